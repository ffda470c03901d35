"""Results to report on: the example document, and ways to change it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from zkmark.suites.result import Result, validate_document

EXAMPLE = Path(__file__).parents[1] / "suites" / "example_result.json"
MODELLED = EXAMPLE.with_name("example_modelled.json")
HOSTILE = "<script>window.hacked=1</script>\"'><img src=x onerror=window.hacked=1>&`|%{x}"

Document = dict[str, Any]


@pytest.fixture(scope="session")
def pruned_libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for all tests of reports: pruning the library of charts takes seconds."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", autouse=True)
def own_cache(pruned_libraries: Path) -> Iterator[None]:
    """The user's cache is left alone, and given back to the files of tests behind these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(pruned_libraries))
        yield


@pytest.fixture
def document() -> Document:
    found: Document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def result_of() -> Callable[[Document], Result]:
    """Make a result of a document that holds to the schema."""

    def make(document: Document) -> Result:
        validate_document(document)
        return Result(document)

    return make


@pytest.fixture
def example(document: Document, result_of: Callable[[Document], Result]) -> Result:
    return result_of(document)


@pytest.fixture
def only(document: Document) -> Callable[..., Document]:
    """Return the document with some of its entries only."""

    def keep(*statuses: str) -> Document:
        document["cases"] = [c for c in document["cases"] if c["status"] in statuses]
        have = {(c["slug"], c["label"]) for c in document["cases"]}
        suite = document["run"]["suite"]
        suite["planned"] = [p for p in suite["planned"] if (p["slug"], p["label"]) in have]
        return document

    return keep


@pytest.fixture
def modelled() -> Document:
    """Transforms beside designs: two simulated, one extrapolated, one with a wrong output."""
    found: Document = json.loads(MODELLED.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def hostile(document: Document) -> Document:
    """The document with a text of ill will wherever a text can come from outside."""
    run = document["run"]
    run["machine"]["hostname"] = run["machine"]["cpu"] = HOSTILE
    run["note"] = run["suite"]["name"] = HOSTILE
    run["command_line"].append(HOSTILE)
    run["packages"][HOSTILE] = HOSTILE
    run["native"]["flags"] = HOSTILE
    document["profile"]["hostname"]["value"] = HOSTILE
    document["profile"]["cpu"]["model"]["value"] = HOSTILE
    document["profile"]["cpu"]["governor"]["reason"] = HOSTILE
    document["profile"]["cpu"][HOSTILE] = dict(document["profile"]["cpu"]["model"])
    for case in document["cases"]:
        case["slug"] = f"{case['slug']}/{HOSTILE}"
        case["label"] = f"{case['label']}{HOSTILE}"
        case["backend"] = f"{case['backend']}{HOSTILE}"
        case["path"] = HOSTILE
        case["counts"]["item_unit"] = HOSTILE
        if case["reason"]:
            case["reason"] = HOSTILE
        if case["throughput"]:
            case["throughput"]["item_unit"] = HOSTILE
    for planned, case in zip(run["suite"]["planned"], document["cases"], strict=True):
        planned.update(slug=case["slug"], label=case["label"])
    return document


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, its tables as cells of text."""

    VOID = frozenset(("meta", "link", "br", "img", "input", "hr", "wbr"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text: list[str] = []
        self._open: list[str] = []
        self._rows: list[list[tuple[str, int, int]]] = []
        self._caption = ""
        self.feed(html)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag in self.VOID:
            return
        self._open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            span = int(found.get("rowspan", 1)), int(found.get("colspan", 1))
            self._rows[-1].append(("", *span))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()
        if tag == "table":
            self.tables[self._caption.strip()] = self._grid()

    def handle_data(self, data: str) -> None:
        if "script" in self._open or "style" in self._open:
            return
        self.text.append(data)
        if "caption" in self._open:
            self._caption += data
        elif "td" in self._open or "th" in self._open:
            text, rows, columns = self._rows[-1][-1]
            # What stands below in a cell is set off as a reader sees it.
            gap = " " if "small" in self._open else ""
            self._rows[-1][-1] = (text + gap + data, rows, columns)

    def _grid(self) -> list[list[str]]:
        """Return the table's rows with its spans filled in; every row must be as wide."""
        grid: dict[tuple[int, int], str] = {}
        for y, row in enumerate(self._rows):
            x = 0
            for text, rows, columns in row:
                while (y, x) in grid:
                    x += 1
                for dy in range(rows):
                    for dx in range(columns):
                        assert (y + dy, x + dx) not in grid, "cells overlap"
                        grid[y + dy, x + dx] = " ".join(text.split())
                x += columns
        width = max(x for _, x in grid) + 1
        height = len(self._rows)
        assert set(grid) == {(y, x) for y in range(height) for x in range(width)}, (
            f"{self._caption.strip()}: not a rectangle"
        )
        return [[grid[y, x] for x in range(width)] for y in range(height)]


@pytest.fixture
def parse() -> Callable[[str], Page]:
    return Page


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
DRIVER = shutil.which("chromedriver") or ""
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)
SIZES = {"desktop": (1280, 900, False), "phone": (390, 844, True)}


class Browser:
    """Chromium, with what is asked of it here."""

    def __init__(self) -> None:
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service

        options = Options()
        options.binary_location = CHROMIUM
        for flag in FLAGS.split():
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))

    def command(self, name: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, arguments)

    def script(self, text: str) -> Any:
        return self.driver.execute_script(text)

    def open(
        self, path: Path, size: str = "desktop", *, dark: bool = False, scripts: bool = True
    ) -> None:
        width, height, mobile = SIZES[size]
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(path.as_uri())
        if scripts:
            self.until("return document.documentElement.dataset.charts")

    def choose(self, name: str, value: str) -> None:
        """Set a field of the filter bar, as a reader does."""
        self.script(
            f"""const field = document.querySelector('#filters [name="{name}"]');
                field.value = "{value}";
                field.dispatchEvent(new Event("input", {{bubbles: true}}))"""
        )

    def until(self, condition: str) -> Any:
        """Wait until a script returns something true; give that back."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            found = self.script(condition)
            if found:
                return found
            time.sleep(0.05)
        pytest.fail(f"never true in 30 s: {condition}")

    def requests(self) -> list[str]:
        """Return every address that was asked for since the page was opened."""
        messages = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        return [
            m["params"]["request"]["url"]
            for m in messages
            if m["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    pytest.importorskip("selenium")
    for found, name, package in (
        (CHROMIUM, "a Chromium", "chromium"),
        (DRIVER, "its driver", "chromium-driver"),
    ):
        if not found:
            pytest.skip(f"{name} is not installed (on Debian: apt-get install {package})")
    started = Browser()
    yield started
    started.driver.quit()
