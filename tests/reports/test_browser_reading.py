"""The page as it is read: at two widths, in both colour schemes, on paper, by keyboard alone."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports import write_report
from zkmark.suites.result import Result

pytestmark = pytest.mark.browser

SUITES = Path(__file__).parents[1] / "suites"
WIDTHS = {"desktop": 1280, "phone": 390}
SCHEMES = [("desktop", False), ("desktop", True), ("phone", False), ("phone", True)]
READY = 'return document.documentElement.dataset.view === "ready"'
FITTED = "return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true))))"


def result_of(name: str) -> Result:
    return Result(json.loads((SUITES / f"example_{name}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kernels beside designs, and workloads, of two machines."""
    folder = tmp_path_factory.mktemp("page")
    return write_report([result_of("modelled"), result_of("workloads")], folder / "page.html")


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many machines that no paper is wide enough for a column each."""
    folder = tmp_path_factory.mktemp("wide")
    few = result_of("result")
    few.document["cases"] = [c for c in few.cases if c["parameters"].get("log_size") == 10]
    return write_report([few] * 8, folder / "page.html")


def show(browser: Any, page: Path, size: str = "desktop", *, dark: bool = False) -> None:
    browser.open(page, size, dark=dark)
    browser.until(READY)
    browser.script(FITTED)


@pytest.fixture
def without_scripts(browser: Any) -> Iterator[Any]:
    yield browser
    browser.command("Emulation.setScriptExecutionDisabled", value=False)
    browser.command("Emulation.setEmulatedMedia", media="", features=[])


@pytest.mark.parametrize(("size", "dark"), SCHEMES)
def test_everything_unfolded_is_in_the_window_and_open_to_all(
    browser: Any, page: Path, size: str, dark: bool
) -> None:
    show(browser, page, size, dark=dark)
    browser.script("for (const one of document.querySelectorAll('details')) one.open = true")
    browser.script(FITTED)
    beyond = browser.script(
        """const width = document.documentElement.clientWidth;
           return [...document.querySelectorAll("body *")].filter((one) =>
             one.checkVisibility() && !one.closest(".scroll > *, pre > *, .skip, svg")
             && one.getBoundingClientRect().right > width + 0.5
           ).map((one) => one.outerHTML.slice(0, 90))"""
    )
    assert beyond == []
    assert browser.script("return document.documentElement.scrollWidth") <= WIDTHS[size]
    # A box of its own for what is wider: reached by keyboard, and no other box is.
    boxes = browser.script(
        """return [...document.querySelectorAll(".scroll")].filter((box) => box.offsetParent)
             .map((box) => [box.ariaLabel, box.scrollWidth > box.clientWidth + 1
               || box.classList.contains("long"), box.tabIndex === 0])"""
    )
    assert len(boxes) > 15
    assert [label for label, scrolls, reached in boxes if scrolls != reached] == []
    assert any(scrolls for _, scrolls, _ in boxes) or size == "desktop"

    # Contrast differs by scheme, boxes by width: two of the four have all of both.
    if dark != (size == "phone"):
        return
    axe = pytest.importorskip("axe_core_python", reason="the package axe-core-python is missing")
    browser.driver.execute_script((files(axe) / "axe.min.js").read_text(encoding="utf-8"))
    found = browser.driver.execute_async_script(
        """const done = arguments[0];
           axe.run(document, {resultTypes: ["violations"]}).then((found) => done(
             found.violations.map((one) => [one.id, one.nodes.map((node) => node.html)])))"""
    )
    assert found == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_on_every_colour_of_the_heat_map_can_be_read(
    browser: Any, page: Path, dark: bool
) -> None:
    show(browser, page, dark=dark)
    colours = browser.script(
        """const canvas = document.createElement("canvas");
           const paint = canvas.getContext("2d", {willReadFrequently: true});
           const rgb = (...layers) => {
             for (const layer of layers) { paint.fillStyle = layer; paint.fillRect(0, 0, 1, 1); }
             return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
           };
           const ground = getComputedStyle(document.body).backgroundColor;
           return [...document.querySelectorAll(".heat td[style] :is(b, small), .heat td[style]")]
             .map((one) => [rgb(getComputedStyle(one).color),
               rgb(ground, getComputedStyle(one.closest("td")).backgroundColor)])"""
    )
    assert len(colours) > 4
    assert all(contrast(text, ground) >= 4.5 for text, ground in colours)


def contrast(one: list[int], other: list[int]) -> float:
    """The contrast of two colours as WCAG 2 defines it."""

    def luminance(colour: list[int]) -> float:
        parts = [c / 255 for c in colour]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_labels_of_a_phones_charts_neither_touch_nor_are_cut_off(browser: Any, page: Path) -> None:
    show(browser, page, "phone")
    wrong = browser.script(
        """const wrong = [];
           for (const chart of document.querySelectorAll(".chart")) {
             const frame = chart.getBoundingClientRect();
             const places = (kind) => [...chart.querySelectorAll(kind)]
               .map((label) => label.getBoundingClientRect());
             const across = places(".xtick text").sort((a, b) => a.left - b.left);
             if (across.length === 0) wrong.push([chart.id, "none"]);
             for (const [place, label] of across.entries())
               if (place && label.left < across[place - 1].right) wrong.push([chart.id, "touch"]);
             const down = places(".ytick text").sort((a, b) => a.top - b.top);
             for (const [place, label] of down.entries())
               if (place && label.top < down[place - 1].bottom - 3) wrong.push([chart.id, "pile"]);
             for (const label of [...across, ...down])
               if (label.left < frame.left - 1 || label.right > frame.right + 1)
                 wrong.push([chart.id, "cut off"]);
             const plot = chart.querySelector(".nsewdrag").getBoundingClientRect();
             if (plot.width < 0.45 * frame.width) wrong.push([chart.id, "squeezed"]);
           }
           return wrong"""
    )
    assert wrong == []


def test_a_tables_head_stays_in_sight(browser: Any, page: Path) -> None:
    show(browser, page)
    top = browser.script(
        """const table = document.querySelector("#results table");
           scrollTo(0, table.getBoundingClientRect().top + scrollY + 120);
           return table.querySelector("thead th").getBoundingClientRect().top"""
    )
    assert top == pytest.approx(0, abs=1)


def test_what_a_row_is_about_stays_in_sight_on_a_phone(browser: Any, page: Path) -> None:
    show(browser, page, "phone")
    places = browser.script(
        """const box = document.querySelector("#results .scroll");
           const [name, backend] = box.querySelectorAll("tbody tr:first-child th");
           const before = name.getBoundingClientRect().left;
           box.scrollLeft = 150;
           return [before, name.getBoundingClientRect().left,
             backend.getBoundingClientRect().left < name.getBoundingClientRect().right]"""
    )
    assert places[0] == pytest.approx(places[1], abs=1)
    assert places[2]


def test_the_whole_page_can_be_had_by_keyboard_alone(browser: Any, page: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(key: str) -> None:
        ActionChains(browser.driver).send_keys(key).perform()

    show(browser, page, "phone")
    # Whatever can be used and is to be seen, in the page's order; one of a group of choices.
    wanted = browser.script(
        """window.stops = [...document.querySelectorAll(
             "a[href], button, input, select, summary, [tabindex='0']")]
             .filter((one) => one.checkVisibility() && !(one.type === "radio" && !one.checked));
           return window.stops.map((one) => one.outerHTML.slice(0, 60))"""
    )
    assert len(wanted) > 40
    reached = []
    for _ in range(len(wanted)):
        press(Keys.TAB)
        reached.append(
            browser.script(
                """const one = document.activeElement, style = getComputedStyle(one);
                   const box = one.getBoundingClientRect();
                   return [window.stops.indexOf(one), style.outlineStyle !== "none"
                     && parseFloat(style.outlineWidth) >= 2, box.bottom > 0
                     && box.top < innerHeight && box.right > 0 && box.left < innerWidth]"""
            )
        )
    assert [place for place, _, _ in reached] == list(range(len(wanted)))
    assert all(outlined for _, outlined, _ in reached)
    assert all(in_sight for _, _, in_sight in reached)

    # The link that skips what stands before the results.
    browser.script("document.activeElement.blur(); scrollTo(0, 0)")
    browser.script("document.querySelector('.skip').focus()")
    press(Keys.ENTER)
    assert browser.until(
        """const top = document.getElementById("results").getBoundingClientRect().top;
           return Math.abs(top) < 100 || top < innerHeight / 2"""
    )
    press(Keys.TAB)
    assert browser.script(
        "return document.getElementById('results').contains(document.activeElement)"
    )
    # A box scrolls by its arrows, and what is folded unfolds.
    browser.script("document.querySelector('#results .scroll').focus()")
    for _ in range(3):
        press(Keys.ARROW_RIGHT)
    browser.until("return document.querySelector('#results .scroll').scrollLeft > 20")
    browser.script("document.querySelector('#noise summary').focus()")
    press(Keys.ENTER)
    assert browser.script("return document.querySelector('#noise details').open")
    press(Keys.SPACE)
    assert not browser.script("return document.querySelector('#noise details').open")


def printed(browser: Any) -> Any:
    """Return the page as a PDF document."""
    pdfium = pytest.importorskip("pypdfium2", reason="the package pypdfium2 is missing")
    paper = browser.command("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
    return pdfium.PdfDocument(b64decode(paper["data"]))


def words_on(document: Any) -> set[str]:
    """Return what stands inside of the paper's edges, without the spaces that lines end with."""
    texts = []
    for page in document:
        inside = page.get_textpage()
        texts.append(inside.get_text_bounded())
    return set(re.split(r"\s+", " ".join(texts)))


def test_paper_holds_every_row_of_every_table_in_light_colours(browser: Any, page: Path) -> None:
    show(browser, page, dark=True)
    words = browser.script(
        """const words = new Set();
           for (const cell of document.querySelectorAll("td.n, td.total")) {
             const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
             while (texts.nextNode()) {
               if (texts.currentNode.parentNode.closest(".visually-hidden, .unscripted")) continue;
               for (const word of texts.currentNode.data.split(/\\s+/)) if (word) words.add(word);
             }
           }
           return [...words]"""
    )
    count = "return document.querySelectorAll('details:not([open])').length"
    folded = browser.script(count)
    assert folded > 5
    document = printed(browser)
    assert len(words) > 150
    missing = set(words) - words_on(document)
    assert missing == set()
    for page_of_paper in document:
        picture = page_of_paper.render(scale=0.5).to_pil().convert("L")
        shades = picture.histogram()
        assert picture.getpixel((2, 2)) == 255
        assert sum(shades[200:]) > 0.75 * sum(shades)
    # The screen has back what it had.
    assert (
        browser.script("return document.querySelectorAll('details:not([open])').length") == folded
    )
    browser.until("return !document.documentElement.classList.contains('light')")


def test_a_table_wider_than_paper_gets_smaller(browser: Any, wide: Path) -> None:
    show(browser, wide)
    heads = browser.script(
        """return [...document.querySelectorAll(".heat thead th")].map((one) => one.innerText)"""
    )
    assert len(heads) == 2 + 8 * 3
    text = " ".join(page.get_textpage().get_text_bounded() for page in printed(browser))
    for head in heads:
        assert head.split("\n")[0] in text
    # And so does the last column itself, to its end.
    assert text.count("H: reference") > 1


def test_without_scripts_paper_holds_what_is_folded(without_scripts: Any, page: Path) -> None:
    browser = without_scripts
    browser.open(page, dark=True, scripts=False)
    document = printed(browser)
    words = words_on(document)
    # Of a machine's fields, and of a proof's steps.
    assert {"/proc/meminfo", "execution"} <= words
    picture = document[0].render(scale=0.5).to_pil().convert("L")
    assert picture.getpixel((2, 2)) == 255


@pytest.mark.parametrize("size", list(WIDTHS))
def test_without_scripts_nothing_is_wider_than_the_window(
    without_scripts: Any, page: Path, size: str
) -> None:
    browser = without_scripts
    browser.open(page, size, scripts=False)
    assert browser.command("Page.getLayoutMetrics")["cssContentSize"]["width"] <= WIDTHS[size]


TABLES = """return [...document.querySelectorAll("table")].map((one) => one.textContent)"""


def test_a_packed_page_has_every_table_and_draws_what_is_near(
    browser: Any, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(browser, page)
    tables = browser.script(TABLES)
    charts = browser.script("return document.querySelectorAll('.chart').length")
    monkeypatch.setattr("zkmark.reports.page.LARGEST", 0)
    results = [result_of("modelled"), result_of("workloads")]
    packed = write_report(results, tmp_path / "packed.html")
    html = packed.read_text(encoding="utf-8")
    assert html.count("<table") < len(tables)
    # As if there were too many curves for drawing all at once.
    assert "AT_ONCE = 600" in html
    packed.write_text(html.replace("AT_ONCE = 600", "AT_ONCE = 0"), encoding="utf-8")
    browser.command("Page.setBypassCSP", enabled=True)
    try:
        show(browser, packed)
    finally:
        browser.command("Page.setBypassCSP", enabled=False)
    assert browser.script(TABLES) == tables
    drawn = "return document.querySelectorAll('.js-plotly-plot').length"
    assert browser.script(drawn) < charts
    browser.script("document.querySelector('#noise .chart').scrollIntoView()")
    browser.until("return document.querySelector('#noise .chart .main-svg')")
    assert browser.script(drawn) < charts
    # Boxes learn whether they fit when they come near.
    browser.script("document.getElementById('results').scrollIntoView()")
    browser.until("return document.querySelector('#results .scroll.fits')")
    # On paper there are all of them.
    browser.script('dispatchEvent(new Event("beforeprint"))')
    browser.until(f"{drawn} === {charts}")
    browser.script('dispatchEvent(new Event("afterprint"))')
    assert browser.complaints() == []
