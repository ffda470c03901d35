"""A page of many results: below its limit, with everything in it that a smaller page has."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from zkmark.reports import render_html
from zkmark.reports.packing import END, LARGEST, Packing, columns_of
from zkmark.suites.result import Result

Document = dict[str, Any]


def run_of(document: Document, seed: int, families: int) -> Result:
    """A run of many cases on four backends, with noise of its own."""
    first, noise = document["cases"][0], random.Random(seed)
    cases = []
    for family in range(families):
        for log_size in (12, 16, 20):
            for label in ("cpu", "numba", "cuda", "opencl"):
                case = json.loads(json.dumps(first))
                slow = noise.uniform(0.5, 2)
                case |= {"backend": label, "label": label, "speedup": {}}
                case["slug"] = f"ntt/f{family}/2^{log_size}/forward"
                case["parameters"] |= {"field": f"f{family}", "log_size": log_size}
                for phase in case["phases"].values():
                    for process in phase["processes"]:
                        process["samples"] = [noise.gauss(1e-5, 2e-7) * slow for _ in range(20)]
                for summary in case["summary"].values():
                    for name in ("median", "low", "high"):
                        summary[name] *= slow
                cases.append(case)
    return Result({**document, "cases": cases})


@pytest.fixture
def ten(document: Document) -> list[Result]:
    return [run_of(document, seed, 6) for seed in range(10)]


def parts_of(html: str) -> list[str]:
    packed = re.findall(r'id="packed">([^<]*)<', html)
    return together(json.loads(gzip.decompress(base64.b64decode(packed[0])))) if packed else []


def together(packed: Document) -> list[str]:
    """Put parts together again as the page's script does."""
    columns = [[column.split("\x1f") for column in of] for of in packed["columns"]]
    used = [0] * len(packed["skeletons"])
    parts = []
    for kinds in packed["parts"]:
        html = ""
        for kind in kinds:
            pieces = packed["skeletons"][kind].split("\x01")
            texts = [column[used[kind]] for column in columns[kind]] + [""]
            used[kind] += 1
            html += "".join(piece + text for piece, text in zip(pieces, texts, strict=True))
        parts.append(html)
    return parts


def test_ten_results_are_below_the_limit_and_lose_nothing(ten: list[Result]) -> None:
    html = render_html(ten)
    assert len(html.encode()) < 1_500_000
    parts = parts_of(html)
    assert parts
    # Each part has its place, and each place its part.
    places = re.findall(r'data-packed="(\d+)"', html)
    assert places == [str(place) for place in range(len(parts))]
    whole = html + "".join(parts)
    for letter in "ABCDEFGHIJ":
        # In every case's row; at the largest size of each kernel among phases and noise.
        assert whole.count(f"</i>{letter}: cuda<") >= 3 * 6 + 2 * 6
    # What everybody reads is packed last.
    assert "2^20/" in html.partition('id="results"')[2].partition("</section>")[0]


def test_a_small_page_packs_nothing(example: Result) -> None:
    html = render_html([example])
    assert len(html.encode()) < LARGEST
    assert 'id="packed"' not in html
    assert "<div data-packed" not in html


@pytest.mark.parametrize(("tier", "kept"), [(0, [1, 2]), (1, [2]), (2, [])])
def test_details_are_packed_before_tables(tier: int, kept: list[int]) -> None:
    packing = Packing()
    made = [
        packing.packed(1, lambda: "<p>some 1</p>"),
        packing.packed(2, lambda: "<p>some 2</p>"),
    ]
    html = packing.at(tier, "".join((*made, END)))
    assert [part for part in (1, 2) if f"<p>some {part}</p>" in html] == kept
    assert html.count("<div data-packed") == 2 - len(kept)
    assert parts_of(html) == [f"<p>some {part}</p>" for part in (1, 2) if part not in kept]


def test_a_page_packs_no_more_than_it_must() -> None:
    packing = Packing()
    parts = [packing.packed(part, lambda: "<p>some</p>" * 999) for part in (1, 2)]
    made = "".join((*parts, END))
    for tier in (0, 1, 2):
        assert packing.page(made, len(packing.at(tier, made).encode())) == packing.at(tier, made)


@pytest.mark.parametrize(
    "part",
    [
        "",
        "no tags at all",
        '<table><tr><th>a</th><td class="n">1</td></tr>\n<tr><th>b</th></tr></table>',
        "<p>1 &lt; 2</p><tr><td></td><td> </td><td>x\ny</td></tr>",
        '<i title="">é ×</i><i title="a=&#34;b&#34;">"quoted" and ="so"</i>',
        "<!--part 0--><!--parts-->",
    ],
)
def test_what_is_taken_apart_comes_together_again(part: str) -> None:
    parts = [part, "<tr><td>between</td></tr>", part]
    assert together(json.loads(json.dumps(columns_of(parts)))) == parts


def test_characters_that_html_has_not_are_left_out() -> None:
    assert together(columns_of(["<p>a\x01b\x1fc</p>"])) == ["<p>abc</p>"]


def test_texts_of_a_document_are_only_texts_when_packed(
    hostile: Document, result_of: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zkmark.reports.page.LARGEST", 0)
    parts = parts_of(render_html([result_of(hostile)]))
    assert any("window.hacked" in part for part in parts)
    assert not any("<script>" in part or "<img" in part for part in parts)
