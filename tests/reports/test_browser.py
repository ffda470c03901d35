"""The page in a real browser, opened from disk: charts drawn, nothing loaded, no overflow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports import write_report
from zkmark.reports.palette import variables

pytestmark = pytest.mark.browser

WIDTHS = {"desktop": 1280, "phone": 390}


@pytest.fixture
def page(example: Any, tmp_path: Path) -> Path:
    return write_report([example], tmp_path / "page.html")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", list(WIDTHS))
def test_charts_are_drawn_and_nothing_is_amiss(
    browser: Any, page: Path, size: str, dark: bool
) -> None:
    browser.open(page, size, dark=dark)
    charts = browser.script(
        """return [...document.querySelectorAll(".chart")].map((node) => ({
             id: node.id,
             svgs: node.querySelectorAll("svg.main-svg").length,
             paths: node.querySelectorAll(".cartesianlayer .trace path").length,
             width: node.querySelector("svg.main-svg").getBoundingClientRect().width,
             room: node.clientWidth,
           }))"""
    )
    assert len(charts) == 6
    for chart in charts:
        assert chart["svgs"] > 0
        assert chart["paths"] > 0, chart
        assert chart["width"] == pytest.approx(chart["room"], abs=2)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith(("file:", "data:"))] == []
    width = WIDTHS[size]
    assert browser.script("return document.documentElement.scrollWidth") <= width
    assert browser.script("return document.body.scrollWidth") <= width


def test_desktop_tables_fit_without_scrolling(browser: Any, page: Path) -> None:
    browser.open(page)
    overflowing = browser.script(
        """return [...document.querySelectorAll("#results .scroll, #glance .scroll")]
             .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.ariaLabel)"""
    )
    assert overflowing == []


@pytest.mark.parametrize("size", list(WIDTHS))
def test_modelled_tables_fit_a_desktop_and_scroll_on_a_phone(
    browser: Any,
    modelled: Any,
    result_of: Callable[[Any], Any],
    tmp_path: Path,
    size: str,
) -> None:
    browser.open(write_report([result_of(modelled)], tmp_path / "modelled.html"), size)
    assert browser.complaints() == []
    assert browser.script("return document.documentElement.scrollWidth") <= WIDTHS[size]
    over = browser.script(
        """const box = document.querySelector("#modelled .scroll");
           return box.scrollWidth > box.clientWidth"""
    )
    assert over == (size == "phone")
    # The longest term's bar is hatched: no bar of what was measured is.
    hatched = browser.script(
        """return [...document.querySelectorAll(".bar span, .terms i")].map((bar) => [
             getComputedStyle(bar).backgroundImage.includes("repeating"),
             bar.parentNode.className === "bound"])"""
    )
    assert len(hatched) > 10
    assert all(is_hatched == is_bound for is_hatched, is_bound in hatched)


def test_a_phone_scrolls_tables_inside_of_their_boxes(browser: Any, page: Path) -> None:
    browser.open(page, "phone")
    assert browser.script(
        """const box = document.querySelector("#results .scroll");
           return box.scrollWidth > box.clientWidth && box.tabIndex === 0"""
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_page_and_charts_take_the_systems_colours(browser: Any, page: Path, dark: bool) -> None:
    browser.open(page, dark=dark)
    ground = browser.script("return getComputedStyle(document.body).backgroundColor")
    red = int(ground.removeprefix("rgb(").split(",")[0])
    assert (red < 60) == dark
    colour, text = browser.script(
        """const node = document.getElementById("scaling-0");
           return [node._fullData[0].line.color, node._fullLayout.font.color]"""
    )
    assert colour.lower() == variables(dark)["--cpu"]
    assert (int(text[1:3], 16) > 128) == dark


def test_charts_follow_when_the_system_turns_dark(browser: Any, page: Path) -> None:
    browser.open(page)
    scheme = {"name": "prefers-color-scheme", "value": "dark"}
    browser.command("Emulation.setEmulatedMedia", media="", features=[scheme])
    wanted = variables(dark=True)["--cpu"]
    browser.until(
        f"""return [...document.querySelectorAll("[id^=samples]")].every(
              (node) => node._fullData[0].marker.color.toLowerCase() === "{wanted}")"""
    )


def test_charts_answer_to_hover_zoom_and_legend(browser: Any, page: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By

    browser.open(page)
    chart = browser.driver.find_element(By.ID, "scaling-0")
    layout = browser.script('return document.getElementById("scaling-0")._fullLayout.xaxis.type')
    assert layout == "log"
    browser.script('document.getElementById("scaling-0").scrollIntoView({block: "center"})')
    point = chart.find_element(By.CSS_SELECTOR, ".points path.point")
    ActionChains(browser.driver).move_to_element(point).perform()
    shown = browser.until(
        """return document.querySelector("#scaling-0 .hoverlayer .hovertext")?.textContent"""
    )
    assert "cpu total" in shown
    assert "11.2 µs" in shown

    before = browser.script('return document.getElementById("scaling-0")._fullLayout.xaxis.range')
    drag = chart.find_element(By.CSS_SELECTOR, ".nsewdrag")
    ActionChains(browser.driver).move_to_element_with_offset(
        drag, -80, -60
    ).click_and_hold().move_by_offset(160, 120).release().perform()
    browser.until(
        f"""const range = document.getElementById("scaling-0")._fullLayout.xaxis.range;
            return range[0] > {before[0]} && range[1] < {before[1]}"""
    )

    legend = chart.find_elements(By.CSS_SELECTOR, ".legendtoggle")[0]
    ActionChains(browser.driver).click(legend).perform()
    browser.until(
        """return document.getElementById("scaling-0")._fullData.filter(
             (trace) => trace.visible === "legendonly").length === 1"""
    )
    assert browser.complaints() == []


def test_the_switch_shows_compute_in_place_of_total(browser: Any, page: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    browser.open(page)
    # By keyboard: the arrow moves on to the next choice.
    browser.driver.find_element(By.CSS_SELECTOR, "input[value=total]").send_keys(Keys.ARROW_RIGHT)
    browser.until(
        """const traces = document.getElementById("scaling-0").data;
           return traces.every((t) => (t.visible === true) === (t.meta.phase === "compute"))"""
    )


def test_phases_add_up_to_the_whole(browser: Any, page: Path) -> None:
    browser.open(page)
    widths = browser.script(
        """const bars = [...document.querySelectorAll("#phases-0 .trace.bars")];
           return bars.map((bar) => bar.querySelector("path").getBBox().width)"""
    )
    assert len(widths) == 3
    total = sum(widths)
    assert widths[1] / total == pytest.approx(0.85, abs=0.03)


def test_without_scripts_every_table_is_there_and_open(browser: Any, page: Path) -> None:
    from selenium.webdriver.common.by import By

    browser.open(page, scripts=False)
    try:
        find = browser.driver.find_elements
        tables = find(By.CSS_SELECTOR, "#glance table, #results table, #phases table, #noise table")
        assert len(tables) == 7
        assert all(table.is_displayed() for table in tables)
        assert "11.2 µs" in tables[0].text
        assert not [c for c in find(By.CSS_SELECTOR, ".chart") if c.is_displayed()]
        note = browser.driver.find_element(By.CSS_SELECTOR, "noscript")
        assert "The charts need JavaScript" in note.text
        width = browser.command("Page.getLayoutMetrics")["cssContentSize"]["width"]
        assert width <= 1280
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)


def test_a_browser_that_cannot_unpack_says_so(browser: Any, page: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    text = page.read_text(encoding="utf-8")
    broken.write_text(text.replace('id="library">', 'id="library">AAAA'), encoding="utf-8")
    browser.open(broken)
    assert browser.script('return document.getElementById("failed").offsetHeight') > 0
    assert browser.script("return document.querySelectorAll('.js-plotly-plot').length") == 0


def test_text_of_ill_will_does_not_run(
    browser: Any, hostile: Any, result_of: Callable[[Any], Any], tmp_path: Path
) -> None:
    path = write_report([result_of(hostile)], tmp_path / "page.html")
    browser.open(path)
    assert browser.script("return document.documentElement.dataset.charts") == "6"
    assert browser.script("return window.hacked === undefined")
    assert browser.script("return document.querySelectorAll('img').length") == 0
    assert browser.complaints() == []
    labels = browser.script(
        'return document.querySelector("#samples-0 .yaxislayer-above").textContent'
    )
    assert "<script>window.hacked=1</script>" in labels


def test_paper_is_light_and_charts_fit_it(browser: Any, page: Path) -> None:
    browser.open(page, dark=True)
    inside = browser.script(
        """dispatchEvent(new Event("beforeprint"));
           const node = document.getElementById("scaling-0");
           return [node._fullData[0].line.color, node._fullLayout.width]"""
    )
    assert inside[0].lower() == variables(dark=False)["--cpu"]
    assert inside[1] <= 330
    browser.script('dispatchEvent(new Event("afterprint"))')
    browser.until(
        f"""const node = document.getElementById("scaling-0");
            return node._fullData[0].line.color.toLowerCase() === "{variables(dark=True)["--cpu"]}"
              && Math.abs(node._fullLayout.width - node.clientWidth) < 2"""
    )
    printed = browser.command("Page.printToPDF", printBackground=True)
    assert len(printed["data"]) > 20_000
