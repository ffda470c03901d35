"""In what the machines of a page differ, and whether that spoils ratios between them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from zkmark.reports import render_html
from zkmark.reports.differences import differences_of
from zkmark.suites.result import Result

Document = dict[str, Any]


def test_one_result_differs_from_nothing(example: Result) -> None:
    found = differences_of([example])
    assert (found.machines, found.passing, found.spoilers) == ((), (), ())
    assert "What differs" not in render_html([example])


def test_two_runs_of_one_machine_say_that_nothing_differs(example: Result) -> None:
    found = differences_of([example, example])
    assert (found.machines, found.spoilers) == ((), ())
    assert "Nothing that spoils ratios" in render_html([example, example])


def test_another_processor_is_a_difference_and_spoils_nothing(
    document: Document, result_of: Callable[..., Result], parse: Any
) -> None:
    other = copy.deepcopy(document)
    other["profile"]["cpu"]["model"]["value"] = "Other CPU"
    results = [result_of(document), result_of(other)]
    found = differences_of(results)
    assert found.spoilers == ()
    table = parse(render_html(results)).tables["Differences between the machines"]
    assert table[0] == ["field", "A", "B"]
    assert ["cpu.model", "Example CPU", "Other CPU"] in table


def test_another_version_spoils_ratios_and_says_so(
    document: Document, result_of: Callable[..., Result]
) -> None:
    other = copy.deepcopy(document)
    other["run"]["zkmark"]["version"] = "9.9.9"
    results = [result_of(document), result_of(document), result_of(other)]
    (one,) = differences_of(results).spoilers
    assert (one.field, one.first, one.second) == ("run.zkmark.version", "A", "C")
    html = render_html(results)
    mine = document["run"]["zkmark"]["version"]
    assert f"run.zkmark.version (A: {mine}, C: 9.9.9): other code ran." in html
