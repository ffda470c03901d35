"""Filters, links to a filtered view, the CSV of what is shown and prices, in a real browser."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports import gas, write_report
from zkmark.suites.result import Result

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[1] / "suites" / "example_workloads.json"
SHOWN = """return [...document.querySelectorAll("#results tr[data-e]")]
             .filter((row) => row.checkVisibility()).map((row) => row.innerText)"""


@pytest.fixture
def page(example: Any, tmp_path: Path) -> Path:
    return write_report([example], tmp_path / "page.html")


@pytest.fixture
def opened(browser: Any, page: Path) -> Iterator[Any]:
    browser.open(page)
    browser.until('return document.documentElement.dataset.view === "ready"')
    yield browser
    assert browser.complaints() == []


def test_a_filter_holds_for_tables_and_charts(opened: Any) -> None:
    whole = opened.script(SHOWN)
    opened.choose("backend", "numba")
    rows = opened.script(SHOWN)
    assert 0 < len(rows) < len(whole)
    assert all("numba" in row for row in rows)
    # The case's name stays with what is left of its rows.
    assert all("ntt/" in row or "merkle/" in row or "msm/" in row for row in rows)
    heads = opened.script(
        """return [...document.querySelectorAll("table.heat thead th")]
             .filter((head) => head.checkVisibility())
             .map((head) => head.innerText.split("\\n")[0])"""
    )
    assert heads[2:] == ["numba"]
    opened.choose("case", "no such case")
    assert opened.script(SHOWN) == []
    assert not opened.script(
        'return [...document.querySelectorAll("figure")].some((one) => one.checkVisibility())'
    )
    opened.script('document.querySelector("#filters button[type=reset]").click()')
    opened.until(f"return (() => {{ {SHOWN} }})().length === {len(whole)}")


def test_a_link_gives_the_view_back(opened: Any, page: Path) -> None:
    opened.choose("backend", "cpu")
    opened.choose("case", "2^10")
    rows = opened.script(SHOWN)
    link = opened.script('return document.getElementById("permalink").href')
    assert link.endswith("#view:backend=cpu&case=2%5E10")
    assert opened.script("return location.href") == link
    opened.driver.get("about:blank")
    opened.driver.get(link)
    opened.until('return document.documentElement.dataset.view === "ready"')
    assert opened.script(SHOWN) == rows
    assert opened.script("return document.querySelector('#filters [name=backend]').value") == "cpu"


def test_a_link_with_nonsense_shows_everything(opened: Any, page: Path) -> None:
    whole = opened.script(SHOWN)
    opened.driver.get("about:blank")
    opened.driver.get(f"{page.as_uri()}#view:backend=abacus&nothing=1")
    opened.until('return document.documentElement.dataset.view === "ready"')
    assert opened.script(SHOWN) == whole


def test_the_csv_holds_what_is_shown(opened: Any) -> None:
    opened.choose("backend", "numba")
    text = opened.driver.execute_async_script(
        """const done = arguments[0], create = URL.createObjectURL;
           URL.createObjectURL = (blob) => { blob.text().then(done); return create(blob); };
           HTMLAnchorElement.prototype.click = () => {};
           document.getElementById("csv").click()"""
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    assert {row["backend"] for row in rows} == {"numba"}
    assert any(float(row["total_seconds"] or 0) > 0 for row in rows)


def test_filters_can_be_had_by_keyboard_alone(opened: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    opened.script('document.querySelector("#filters select").focus()')
    names = []
    for _ in range(6):
        names.append(
            opened.script(
                "return document.activeElement.name || document.activeElement.id "
                "|| document.activeElement.type"
            )
        )
        ActionChains(opened.driver).send_keys(Keys.TAB).perform()
    assert names == ["kernel", "backend", "case", "reset", "permalink", "csv"]


def test_prices_change_the_gas_as_the_model_says(
    browser: Any,
    result_of: Callable[[Any], Result],
    tmp_path: Path,
) -> None:
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    browser.open(write_report([result_of(document)], tmp_path / "page.html"))
    browser.until('return document.documentElement.dataset.view === "ready"')
    read = """return Object.fromEntries([...document.querySelector("tr[data-proof]")
                .querySelectorAll("[data-gas]")]
                .map((one) => [one.dataset.gas, one.textContent]))"""
    for prices in (
        {},
        {"gasprice": 2.5, "floor": 64},
        {"execution": 20_000_000},
        {"blobprice": 7, "inputs": 2},
        {"byte": -1},
    ):
        browser.script(
            "for (const [name, value] of Object.entries(arguments[0]))"
            ' document.querySelector(`#prices [name="${name}"]`).value = value;'.replace(
                "arguments[0]", json.dumps(prices)
            )
            + 'document.getElementById("prices").dispatchEvent(new Event("input"))'
        )
        valid = {name: value for name, value in prices.items() if value >= 0}
        execution = valid.pop("execution", None)
        want = gas.gas_of(43_000, valid, execution)
        assert browser.script(read) == {
            "execution": gas.whole(want.execution),
            "calldata": gas.whole(want.calldata),
            "fits": "" if want.fits else "above the most of a transaction",
            "calldataEth": gas.eth(want.calldata_eth),
            "blobs": gas.whole(want.blobs),
            "blobGas": gas.whole(want.blob_gas),
            "blobsEth": gas.eth(want.blobs_eth),
            "blobsFit": "",
        }
        wrap = gas.wrap_of(valid)
        assert browser.script(read.replace("tr[data-proof]", "#wrap")) == {
            "bytes": gas.whole(wrap.bytes),
            "execution": gas.whole(wrap.execution),
            "calldata": gas.whole(wrap.calldata),
            "calldataEth": gas.eth(wrap.eth),
        }
        browser.script('document.querySelector("#prices button").click()')
        browser.until(
            "return [...document.querySelectorAll('#prices input')]"
            ".every((one) => one.value === one.defaultValue)"
        )
    assert browser.complaints() == []


def test_a_page_without_scripts_has_prices_and_no_controls(
    browser: Any,
    page: Path,
) -> None:
    browser.open(page, scripts=False)
    try:
        from selenium.webdriver.common.by import By

        assert not browser.driver.find_element(By.ID, "filters").is_displayed()
        assert browser.driver.find_element(By.CSS_SELECTOR, "table.heat").is_displayed()
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize(("size", "width"), [("desktop", 1280), ("phone", 390)])
def test_pages_of_workloads_do_not_overflow(
    browser: Any, result_of: Callable[[Any], Result], tmp_path: Path, size: str, width: int
) -> None:
    result = result_of(json.loads(EXAMPLE.read_text(encoding="utf-8")))
    browser.open(write_report([result, result], tmp_path / "page.html"), size)
    browser.until('return document.documentElement.dataset.view === "ready"')
    assert browser.script("return document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []
