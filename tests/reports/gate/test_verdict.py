"""Verdicts from pairs, and every form in which they are written."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree

import junitparser
import pytest

from zkmark.reports.gate import formats
from zkmark.reports.gate.counts import compare_counts
from zkmark.reports.gate.limits import Limits, load_limits
from zkmark.reports.gate.rule import schedule
from zkmark.reports.gate.verdict import GateReport, Verdict, judge_pairs, undecided
from zkmark.suites.instructions import Counts
from zkmark.suites.pairs import Pair, Reading, Trial

PLAN = schedule(21)
HOSTILE = "a|b <script> `x` %0A ::error:: & \x07"


def trial(case: str, ratio: float, pairs: int = 21, base: float = 0.01) -> Trial:
    # A little noise that is the same above and below.
    noise = [math.exp(0.01 * ((i % 3) - 1)) for i in range(pairs)]
    return Trial(case, [Pair(base, base * ratio * one, i % 2 == 0) for i, one in enumerate(noise)])


def failed(case: str, status: str, side: str = "head") -> Trial:
    return Trial(case, [], side, status, f"it {status}")


def test_slower_and_not_slower() -> None:
    slow, same, fast, near = judge_pairs(
        [trial("slow", 1.2), trial("same", 1.0), trial("fast", 0.5), trial("near", 1.05)],
        Limits(),
        PLAN,
    )
    assert [slow.verdict, same.verdict, fast.verdict, near.verdict] == [
        Verdict.FAIL,
        Verdict.PASS,
        Verdict.PASS,
        Verdict.INCONCLUSIVE,
    ]
    assert slow.ratio == pytest.approx(1.2)
    assert slow.low is not None and slow.low <= slow.ratio
    assert slow.p_slower is not None and slow.p_slower <= 0.025
    assert near.detectable is not None and near.detectable > 0.05
    assert undecided([slow, same, fast, near]) == ["near"]


def test_a_tolerance_is_the_cases_own() -> None:
    limits = Limits(rules=Limits().rules)
    assert judge_pairs([trial("a", 1.2)], limits, PLAN)[0].verdict is Verdict.FAIL
    loose = Limits(tolerance=0.5)
    assert judge_pairs([trial("a", 1.2)], loose, PLAN)[0].verdict is Verdict.PASS


def test_holm_asks_more_of_each_of_many() -> None:
    # At the first look, eleven of eleven above: enough for one case, not for one of ten.
    one = trial("slow", 1.2, pairs=11)
    assert judge_pairs([one], Limits(), schedule())[0].verdict is Verdict.FAIL
    others = [trial(f"same {i}", 1.0, pairs=11) for i in range(9)]
    found = judge_pairs([one, *others], Limits(), schedule())
    assert found[0].verdict is Verdict.INCONCLUSIVE
    assert all(one.verdict is Verdict.PASS for one in found[1:])


def test_an_absolute_limit_counts_whatever_the_base_takes(tmp_path) -> None:
    path = tmp_path / "limits.toml"
    path.write_text('[[case]]\nmatch = "a*"\nlimit = "9 ms"\n')
    limits = load_limits(path)
    over = judge_pairs([trial("a", 1.0, base=0.01)], limits, PLAN)[0]
    assert (over.verdict, over.reason) == (Verdict.FAIL, "takes more than its limit, 0.009 s")
    within = judge_pairs([trial("a", 1.0, base=0.005)], limits, PLAN)[0]
    assert within.verdict is Verdict.PASS
    at_it = judge_pairs([trial("a", 1.0, base=0.009)], limits, PLAN)[0]
    assert at_it.verdict is Verdict.INCONCLUSIVE


def report(*trials: Trial) -> GateReport:
    verdicts = judge_pairs(trials, Limits(), PLAN)
    data = {"pairs": {t.case: t.to_json() for t in trials}}
    return GateReport("pairs", HOSTILE, "head", tuple(verdicts), ("how",), ("beware",), data)


@pytest.mark.parametrize(
    ("trials", "code"),
    [
        ([trial("a", 1.0)], 0),
        ([trial("a", 1.0), trial("b", 1.3)], 1),
        ([trial("a", 1.0), trial("b", 1.05)], 3),
        ([trial("a", 1.3), trial("b", 1.05)], 1),
        ([trial("a", 1.3), failed("b", "incorrect")], 6),
        ([trial("a", 1.0), failed("b", "crashed")], 3),
        ([failed("a", "crashed"), failed("b", "unsupported", "base")], 5),
        ([failed("a", "incorrect")], 6),
        ([], 5),
    ],
)
def test_exit_codes(trials: list[Trial], code: int) -> None:
    assert report(*trials).exit_code == code


EVERY = [
    trial("ntt/x on cpu", 1.3),
    trial(HOSTILE, 1.0),
    trial("near", 1.05),
    failed("broken", "crashed"),
    failed("wrong", "incorrect", "base"),
]


def test_markdown() -> None:
    text = formats.markdown(report(*EVERY))
    table = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(table) == 1 + len(EVERY)
    # What a reader must see first stands first, and nothing breaks a row.
    assert "wrong" in table[1] and "slower by more than 5 %" in table[2]
    assert len({line.replace(r"\|", "").count("|") for line in table}) == 1
    assert "<script>" not in text
    assert "+30.0 %" in text and "beware" in text and "how" in text


def test_junit() -> None:
    text = formats.junit(report(*EVERY))
    root = ElementTree.fromstring(text)
    suite = root.find("testsuite")
    assert suite is not None
    assert {k: suite.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "2",
    }
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert cases["ntt/x on cpu"].get("classname") == "ntt/x"
    failure = cases["ntt/x on cpu"].find("failure")
    assert failure is not None and "slower by more than 5 %" in (failure.get("message") or "")
    assert cases["wrong"].find("error") is not None
    assert cases["near"].find("skipped") is not None


def test_junit_as_its_readers_read_it() -> None:
    found = junitparser.JUnitXml.fromstring(formats.junit(report(*EVERY)))
    (suite,) = found
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (5, 1, 1, 2)


def test_github_annotations_are_one_line_each_and_escape() -> None:
    lines = formats.github_lines(report(*EVERY))
    assert [line.split(" ")[0].split("::")[1] for line in lines].count("error") == 2
    assert all(line.count("\n") == 0 and line.startswith("::") for line in lines)
    assert lines[-1].startswith("::notice ")
    assert "5 %25" in lines[1]
    title = formats.github_lines(report(failed("a: b, c", "crashed")))[0]
    assert "title=zkmark%3A a%3A b%2C c::" in title


def test_json_has_every_value() -> None:
    found = json.loads(formats.as_json(report(*EVERY)))
    assert found["verdict"] == "incorrect"
    assert found["exit_code"] == 6
    assert len(found["data"]["pairs"]["near"]["head"]) == 21
    assert {case["verdict"] for case in found["cases"]} == {v.value for v in Verdict}


def counts(**values: list[int]) -> Counts:
    return Counts("callgrind", dict(values), dict.fromkeys(values, "cpu/avx2"))


def test_counts_of_instructions() -> None:
    found = compare_counts(
        counts(a=[1000] * 3, b=[1000] * 3, c=[1000, 1100, 1000], d=[0]),
        counts(a=[1100] * 3, b=[1000] * 3, c=[1000, 1100, 1000], d=[0]),
        Limits(tolerance=0.05),
        "base",
        "head",
    )
    verdicts = {case.case: case.verdict for case in found.cases}
    assert verdicts == {
        "a": Verdict.FAIL,
        "b": Verdict.PASS,
        "c": Verdict.INCONCLUSIVE,
        "d": Verdict.INCONCLUSIVE,
    }
    assert "1.10 k" in formats.markdown(found)


def test_counts_that_a_side_could_not_give() -> None:
    broken = Counts("callgrind", {}, {}, {"a": Reading("incorrect", None, "it is wrong")})
    found = compare_counts(counts(a=[1]), broken, Limits(), "base", "head")
    assert found.cases[0].verdict is Verdict.INCORRECT
    assert found.exit_code == 6


def test_another_code_path_is_said() -> None:
    other = Counts("callgrind", {"a": [1000]}, {"a": "cpu/portable"})
    found = compare_counts(counts(a=[1000]), other, Limits(), "base", "head")
    assert found.warnings == ("a: base ran cpu/avx2 and head cpu/portable",)
