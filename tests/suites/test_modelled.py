"""Times that are modelled: simulated and checked once, never mixed with what is measured."""

from pathlib import Path

import pytest

from zkmark.suites import Settings, measure_case
from zkmark.suites.case_run import CaseRun
from zkmark.suites.engine import run_suite
from zkmark.suites.events import CaseFinished, ProcessFinished, StageBegun
from zkmark.suites.plugins import load_plugin
from zkmark.suites.result import load_result, validate_document
from zkmark.suites.suite import CaseGroup, Contender, Suite

DESIGNS = str(Path(__file__).with_name("fake_fpga.py"))
design = load_plugin(DESIGNS)
FPGA = Contender("fpga")
# Building a design may take its time on a busy machine.
SETTINGS = Settings(
    min_processes=1,
    max_processes=1,
    time_budget=1.0,
    process_seconds=0.01,
    max_samples=5,
    timeout=240.0,
)

pytestmark = pytest.mark.usefixtures("fpga_tools")


def entries_of(case, contenders=(FPGA,), **more):
    run = CaseRun(CaseGroup(case, tuple(contenders)), SETTINGS, 1, plugins=[DESIGNS], **more)
    return {entry["label"]: entry for entry in run.run()}


@pytest.fixture(scope="module")
def simulated():
    return entries_of(design.fakes.FakeCase(size=64))["fpga"]


@pytest.fixture(scope="module")
def extrapolated():
    return entries_of(design.fakes.FakeCase(size=8192))["fpga"]


def test_simulation_gives_exact_cycles_and_a_modelled_time(simulated):
    assert (simulated["status"], simulated["kind"]) == ("ok", "modelled")
    assert simulated["clock"] == "simulated-cycles"
    assert simulated["path"] == "fpga/fake-triple-1"
    assert simulated["settings"]["board"] == "u250"
    section = simulated["modelled"]
    # An element a cycle, and one cycle through the register.
    assert (section["cycles"]["value"], section["cycles"]["status"]) == (65, "simulated")
    assert section["compared"] == []
    assert section["counters"] == {"items": 64}
    assert section["clock"] == {
        "value": design.HERTZ,
        "unit": "Hz",
        "source": "invented for tests",
        "status": "declared",
    }
    assert section["terms"]["compute"]["value"] == pytest.approx(65 / design.HERTZ)
    assert section["bytes"] == {"to_board": 512, "from_board": 512, "external_memory": 0}


def test_the_longest_term_is_the_time_and_the_throughput_follows_from_it(simulated):
    section = simulated["modelled"]
    known = {n: t["value"] for n, t in section["terms"].items() if t["value"] is not None}
    assert set(known) == {"compute", "pcie"}
    assert section["seconds"]["value"] == max(known.values()) == known[section["bound"]]
    assert section["seconds"]["status"] == "modelled"
    assert section["throughput"]["items_per_second"] == pytest.approx(
        64 / section["seconds"]["value"]
    )
    assert "moves nothing" in section["terms"]["external-memory"]["reason"]
    # Nobody synthesised this design: one instance, and why.
    assert section["instances"]["value"] == 1
    assert "not synthesised" in section["instances"]["source"]


def test_output_of_a_simulation_is_held_to_the_expected_one(simulated):
    assert simulated["correctness"]["ok"] is True
    assert simulated["correctness"]["method"] == "reference"
    assert simulated["correctness"]["processes_checked"] == 1
    (process,) = simulated["processes"]
    assert process["output_digest"] == simulated["correctness"]["output_digest"]


def test_nothing_is_said_to_be_measured(simulated, extrapolated):
    for entry in (simulated, extrapolated):
        for name in ("phases", "summary", "speedup", "compute_speedup"):
            assert entry[name] == {}
        for name in ("throughput", "ranked_phase", "gpu"):
            assert entry[name] is None
        unknown = [entry["energy_joules"], *entry["memory"].values()]
        unknown += [entry["ceiling"][side]["fraction"] for side in ("operations", "memory")]
        assert {field["status"] for field in unknown} == {"unavailable"}
        assert entry["stopping"]["reason"] is None
        # But how fast this machine simulates was.
        assert entry["modelled"]["simulation"]["seconds"]["status"] == "measured"


def test_a_case_too_long_to_simulate_is_extrapolated_from_checked_sizes(extrapolated):
    section = extrapolated["modelled"]
    assert (section["cycles"]["value"], section["cycles"]["status"]) == (8193, "extrapolated")
    assert [(c["slug"], c["simulated"], c["formula"]) for c in section["compared"]] == [
        ("fake/512", 513, 513),
        ("fake/1024", 1025, 1025),
    ]
    correctness = extrapolated["correctness"]
    assert correctness["ok"] is None, "nobody computed this output"
    assert correctness["output_digest"] is None
    assert correctness["processes_checked"] == 0
    assert "fake/512, fake/1024" in correctness["method"]
    assert "was not computed" in correctness["method"]
    assert section["simulation"]["cycles"] == 513 + 1025


@pytest.mark.parametrize(
    ("case", "status", "words"),
    [
        ({"size": 64, "trouble": "wrong"}, "incorrect", "the output's digest is sha256:"),
        ({"size": 8192, "trouble": "wrong"}, "incorrect", "fake/512/wrong: the output is wrong"),
        ({"size": 8192, "trouble": "miscounted"}, "error", "the formula says 1025"),
        ({"size": 64, "trouble": "stuck"}, "error", "stood still"),
        ({"size": 64, "trouble": "unsupported"}, "unsupported", "does not do this"),
        ({"size": 64, "trouble": "bad-input"}, "crashed", "while making the input"),
    ],
)
def test_what_did_not_come_out_right_has_no_cycles(case, status, words):
    entry = entries_of(design.fakes.FakeCase(**case))["fpga"]
    assert (entry["status"], entry["kind"]) == (status, "modelled")
    assert words in entry["reason"]
    assert entry["modelled"] is None
    assert entry["correctness"]["ok"] is (False if status == "incorrect" else None)
    document = load_result(Path(__file__).with_name("example_result.json")).document
    document["cases"] = [entry]
    validate_document(document)


def test_beside_a_measured_contender_it_takes_no_part_in_rounds_and_ratios():
    heard = []
    cpu = Contender("cpu", "fast")
    found = entries_of(
        design.fakes.FakeCase(),
        (FPGA, cpu),
        on_process=lambda label, record: heard.append(label),
    )
    assert heard == ["cpu[fast]", "fpga"], "once, and last: a build disturbs what is measured"
    assert list(found) == ["fpga", "cpu[fast]"]
    measured, modelled = found["cpu[fast]"], found["fpga"]
    assert (measured["status"], modelled["status"]) == ("ok", "ok")
    assert (measured["kind"], measured["modelled"]) == ("measured", None)
    assert measured["speedup"] == measured["compute_speedup"] == {}
    digests = {e["correctness"]["output_digest"] for e in found.values()}
    assert len(digests) == 1, "both are held to one output"


def test_a_run_tells_what_a_simulation_is_about_to_do_and_keeps_a_valid_document(tmp_path):
    cases = [design.fakes.FakeCase(size=size) for size in (64, 8192)]
    suite = Suite("designs", tuple(CaseGroup(case, (FPGA,)) for case in cases), SETTINGS)
    events = []
    result = run_suite(suite, output=tmp_path, plugins=[DESIGNS], on_event=events.append)
    assert result.exit_code == 0
    assert load_result(result.path).document == result.document
    stages = [e.stage for e in events if isinstance(e, StageBegun) and e.slug == "fake/64"]
    assert stages[-3:] == ["building the design", "simulating", "checking the output"]
    assert [e.label for e in events if isinstance(e, ProcessFinished)] == ["fpga", "fpga"]
    assert len([e for e in events if isinstance(e, CaseFinished)]) == 2
    # No share of a ceiling is asked for, so that none is measured.
    assert "measured only when asked" in str(result.profile["ceilings"])


def test_from_python_a_modelled_case_says_that_it_is_one(monkeypatch):
    case = design.fakes.FakeCase(size=64)
    found = measure_case(case, "fpga", board="u250", settings=SETTINGS, plugins=[DESIGNS])
    assert found.ok
    assert (found.kind, found.cycles) == ("modelled", 65)
    assert found.modelled_seconds == pytest.approx(65 / design.HERTZ)
    assert str(found) == (
        "fake/64 on fpga@u250: modelled 3.25e-07 s (65 simulated cycles at 200 MHz, "
        "1 instance on AMD Alveo U250, bound by compute)"
    )
    for attribute in ("seconds", "items_per_second"):
        with pytest.raises(ValueError, match="modelled and not measured"):
            getattr(found, attribute)
    with pytest.raises(ValueError, match="modelled and not measured"):
        found.samples()
    measured = measure_case(case, "cpu", settings=SETTINGS, plugins=[DESIGNS])
    assert measured.kind == "measured"
    with pytest.raises(ValueError, match="measured and not modelled"):
        measured.modelled_seconds  # noqa: B018


def test_an_unknown_board_is_told_the_known_ones():
    found = measure_case(
        design.fakes.FakeCase(), "fpga", board="u251", settings=SETTINGS, plugins=[DESIGNS]
    )
    assert found.status == "unsupported"
    assert "board: got 'u251', want one of " in found.reason
    assert "u250" in found.reason
    with pytest.raises(ValueError, match=r"was not modelled: .*u251"):
        found.modelled  # noqa: B018
