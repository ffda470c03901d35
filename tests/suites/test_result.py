"""Result documents: what is accepted, what is refused and how, and the tables made from them."""

import copy
import importlib.util
import json
import math
from pathlib import Path

import pytest

from zkmark.suites.errors import ResultFormatError
from zkmark.suites.migrations import SCHEMA_VERSION, migrate
from zkmark.suites.result import load_result, result_schema, validate_document

HERE = Path(__file__).parent
EXAMPLE = HERE / "example_result.json"


@pytest.fixture
def document():
    return json.loads(EXAMPLE.read_text())


@pytest.fixture
def written(tmp_path, document):
    def write(change=None, text=None):
        changed = copy.deepcopy(document)
        if change is not None:
            change(changed)
        path = tmp_path / "result.json"
        path.write_text(json.dumps(changed) if text is None else text)
        return path

    return write


def test_schema_is_itself_a_valid_schema():
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(result_schema())


def test_examples_are_what_their_maker_makes():
    spec = importlib.util.spec_from_file_location("make_example", HERE / "make_example_result.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    for name, make in maker.EXAMPLES.items():
        assert json.loads(json.dumps(make())) == json.loads((HERE / name).read_text())


def test_example_loads_and_says_that_it_is_an_example():
    result = load_result(EXAMPLE)
    assert "Example" in result.run["note"]
    assert {case["status"] for case in result.cases} == {
        "ok",
        "incorrect",
        "crashed",
        "unsupported",
    }
    assert result.missing == []
    assert result.exit_code == 6


def test_exit_code_without_wrong_output_and_without_any_output(document):
    result = load_result(EXAMPLE)
    result.document["cases"] = [c for c in result.cases if c["status"] != "incorrect"]
    assert result.exit_code == 0
    assert result.missing == [("merkle/sha-256/2^12/64-bytes", "cpu")]
    result.document["cases"] = [c for c in result.cases if c["status"] == "crashed"]
    assert result.exit_code == 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is not JSON"),
        ('{"schema": "zkmark-result", "run"', "it is not JSON"),
        ("[]", "lacks the mark"),
        ('{"schema": "other"}', "lacks the mark"),
        ('{"schema": "zkmark-result"}', "schema_version: got 'None'"),
        ('{"schema": "zkmark-result", "schema_version": "one"}', "schema_version: got 'one'"),
        ('{"schema": "zkmark-result", "schema_version": "1.1.0"}', "required property"),
    ],
)
def test_what_is_no_result_is_refused_in_one_sentence(written, text, sentence):
    path = written(text=text)
    with pytest.raises(ResultFormatError, match="is no ") as refused:
        load_result(path)
    assert sentence in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_missing_file_and_binary_file_are_refused(tmp_path):
    with pytest.raises(ResultFormatError, match="cannot be read: No such file"):
        load_result(tmp_path / "none.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ResultFormatError, match="not UTF-8"):
        load_result(tmp_path / "binary.json")


@pytest.mark.parametrize("version", ["1.4.1", "1.9.0", "2.0.0", "10.0.0"])
def test_future_version_is_refused_with_what_to_do(written, version):
    path = written(lambda d: d.update(schema_version=version))
    with pytest.raises(ResultFormatError, match=f"newer zkmark .schema {version}.*upgrade zkmark"):
        load_result(path)


def _number_of_a_wrong_output(document):
    wrong = next(c for c in document["cases"] if c["status"] == "incorrect")
    wrong["summary"] = document["cases"][0]["summary"]


def _ok_without_verdict(document):
    document["cases"][0]["correctness"]["ok"] = None


def _unknown_status(document):
    document["cases"][0]["status"] = "fine"


def _zero_for_unavailable(document):
    document["cases"][0]["energy_joules"]["value"] = 0


def _no_reason(document):
    del document["profile"]["cpu"]["governor"]["reason"]


@pytest.mark.parametrize(
    "change",
    [
        _number_of_a_wrong_output,
        _ok_without_verdict,
        _unknown_status,
        _zero_for_unavailable,
        _no_reason,
    ],
)
def test_document_that_lies_is_refused(written, change):
    with pytest.raises(ResultFormatError, match="is no valid zkmark result: at "):
        load_result(written(change))


def _modelled_entry_with(**changes):
    def change(document):
        modelled = json.loads((HERE / "example_modelled.json").read_text())
        entry = next(c for c in modelled["cases"] if c["kind"] == "modelled")
        entry.update(changes)
        document["cases"].append(entry)

    return change


_MEASURED = json.loads(EXAMPLE.read_text())["cases"][0]


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": _MEASURED["summary"], "phases": _MEASURED["phases"]},
        {"throughput": _MEASURED["throughput"]},
        {"speedup": _MEASURED["speedup"]},
        {"ranked_phase": "total"},
        {"clock": "host"},
        {"modelled": None},
        {"kind": "measured"},
        # Only an extrapolated case may lack a verdict on its own output.
        {"correctness": {**_MEASURED["correctness"], "ok": None}},
        {"status": "incorrect", "reason": "a wrong output with figures"},
    ],
)
def test_modelled_entry_that_passes_for_a_measured_one_is_refused(written, changes):
    load_result(written(_modelled_entry_with()))
    with pytest.raises(ResultFormatError, match="is no valid zkmark result: at "):
        load_result(written(_modelled_entry_with(**changes)))


def test_measured_entry_with_a_modelled_section_is_refused(written):
    def change(document):
        _modelled_entry_with()(document)
        document["cases"][0]["modelled"] = document["cases"][-1]["modelled"]

    with pytest.raises(ResultFormatError, match="is no valid zkmark result: at "):
        load_result(written(change))


def test_dataframe_keeps_modelled_figures_out_of_measured_columns():
    frame = load_result(HERE / "example_modelled.json").to_dataframe()
    modelled = frame[frame.kind == "modelled"]
    assert list(modelled.phase) == ["modelled"] * 4
    for name in ("median", "low", "high", "items_per_second", "bytes_per_second"):
        assert modelled[name].isna().all()
    assert frame[frame.kind == "measured"].modelled_seconds.isna().all()
    first = modelled.iloc[0]
    assert (first.design, first.board, first.cycles) == ("example-ntt-8", "u250", 770)
    assert first.modelled_seconds == first.modelled_compute_seconds > first.modelled_pcie_seconds
    # The fastest of each case, as a reader would look for it.
    best = frame[frame.phase.isin(["total", "modelled"])].groupby("slug")["median"].idxmin()
    assert set(frame.loc[best].kind) == {"measured"}


def test_migrations_are_applied_in_a_chain(document):
    def to_1_1(old):
        return {**old, "passed": ["1.1.0"]}

    def to_2_0(old):
        return {**old, "passed": [*old["passed"], "2.0.0"]}

    steps = {"1.0.0": ("1.1.0", to_1_1), "1.1.0": ("2.0.0", to_2_0)}
    document["schema_version"] = "1.0.0"
    moved = migrate(document, "old.json", current="2.0.0", steps=steps)
    assert moved["schema_version"] == "2.0.0"
    assert moved["passed"] == ["1.1.0", "2.0.0"]
    with pytest.raises(ResultFormatError, match=r"cannot bring to 2\.0\.0"):
        migrate({**document, "schema_version": "0.9.0"}, "old.json", current="2.0.0", steps=steps)


def test_a_document_of_1_0_0_has_no_ceilings_and_says_so(document, written):
    for case in document["cases"]:
        for name in (
            "ceiling",
            "ranked_phase",
            "differs",
            "target",
            "compute_speedup",
            "gpu",
            "modelled",
        ):
            del case[name]
    document["schema_version"] = "1.0.0"
    result = load_result(written(text=json.dumps(document)))
    assert result.document["schema_version"] == SCHEMA_VERSION
    for case in result.cases:
        assert case["ranked_phase"] == "total"
        assert case["gpu"] is None
        assert case["modelled"] is None
        for side in ("operations", "memory"):
            assert "did not measure ceilings" in case["ceiling"][side]["fraction"]["reason"]
    assert load_result(EXAMPLE).to_dataframe().columns.equals(result.to_dataframe().columns)


def test_current_version_is_the_schema_s_own(document):
    assert document["schema_version"] == SCHEMA_VERSION
    assert result_schema()["$id"].endswith(SCHEMA_VERSION)
    validate_document(document)


def test_dataframe_has_a_row_an_entry_and_phase():
    result = load_result(EXAMPLE)
    frame = result.to_dataframe()
    ok = result.with_status("ok")
    assert len(frame) == 4 * len(ok) + len(result.cases) - len(ok)
    row = frame[
        (frame.slug == "ntt/goldilocks/2^12/forward")
        & (frame.label == "cpu")
        & (frame.phase == "total")
    ]
    summary = result.find("ntt/goldilocks/2^12/forward", "cpu")["summary"]["total"]
    assert row["median"].item() == summary["median"]
    assert row["low"].item() <= row["median"].item() <= row["high"].item()
    assert row["field"].item() == "goldilocks"
    assert row["log_size"].item() == 12
    wrong = frame[frame.status == "incorrect"]
    assert len(wrong) == 1
    assert math.isnan(wrong["median"].item())


def test_samples_dataframe_keeps_every_raw_sample():
    result = load_result(EXAMPLE)
    frame = result.samples_dataframe()
    kept = sum(
        len(group["warmup"]) + len(group["samples"])
        for case in result.cases
        for phase in case["phases"].values()
        for group in phase["processes"]
    )
    assert len(frame) == kept
    assert set(frame["phase"]) == {"upload", "compute", "download", "total"}
    first = frame[
        (frame.slug == "ntt/goldilocks/2^10/forward")
        & (frame.label == "cpu")
        & (frame.phase == "total")
    ]
    assert sorted(first["round"].unique()) == [0, 1, 2, 3, 4, 5]
    assert first["warmup"].sum() == 12
