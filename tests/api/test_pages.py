"""The tables of the documentation hold what the code holds."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from zkmark.exit_codes import ExitCode
from zkmark.kernels.case import case_type
from zkmark.kernels.curves.parameters import CURVES
from zkmark.kernels.fields.parameters import EXTENSION_FIELDS, FIELDS
from zkmark.kernels.hashes.parameters import HASHES
from zkmark.provers import CASE_TYPES
from zkmark.suites.result import STATUSES
from zkmark.suites.settings import Settings
from zkmark.suites.suite_file import list_suites, load_suite

DOCS = Path(__file__).resolve().parents[2] / "docs"


# Less those of plugins, which other tests load.
OWN_KERNELS = [kernel for kernel, (module, _) in CASE_TYPES.items() if module.startswith("zkmark.")]


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def test_settings() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", page("suites"), re.M)
    assert rows == [
        (one.name, "unset" if one.default is None else str(one.default), one.metadata["what"])
        for one in dataclasses.fields(Settings)
    ]


def test_suites_are_named_and_the_example_is_one(tmp_path: Path) -> None:
    text = page("suites")
    for path in list_suites():
        assert f"| `{path.stem}` |" in text
    (example,) = re.findall(r"^```toml\n(.*?)^```$", text, re.M | re.S)
    path = tmp_path / "mine.toml"
    path.write_text(example)
    suite = load_suite(path)
    assert suite.name == "mine"
    assert {group.case.kernel for group in suite.groups} == set(OWN_KERNELS)


def test_workloads_and_what_they_cost() -> None:
    from zkmark.provers.stackvm.assembler import assemble
    from zkmark.provers.stackvm.execution import execute
    from zkmark.provers.workloads.catalogue import WORKLOADS, make_workload

    text = page("workloads")
    for name, kind in WORKLOADS.items():
        (row,) = re.findall(rf"^\| `{name}` \| (`.*?`) \| [a-z]", text, re.M)
        assert re.findall(r"`([^`]+)`", row) == list(kind.variants)
    rows = re.findall(r"^\| `([\w -]+)` \| (\d+) \| (\d+) \| 2\^(\d+) \|$", text, re.M)
    assert len(rows) == 7
    for title, length, cycles, log in rows:
        name, _, variant = title.partition(" ")
        workload = make_workload(name, variant or None)
        program = assemble(workload.source)
        run = execute(program, workload.inputs, workload.advice)
        assert (len(program), run.cycles) == (int(length), int(cycles))
        assert max(table.shape[1] for table in run.witness.values()) == 1 << int(log)


def test_exit_codes() -> None:
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", page("exit-codes"), re.M)
    assert rows == [(str(int(c)), c.name.lower().replace("_", " ")) for c in ExitCode]


def test_fields_with_their_numbers() -> None:
    text = page("kernels")
    rows = {
        found[0]: tuple(map(int, found[1:]))
        for found in re.findall(
            r"^\| `([\w-]+)` \| [^|]+ \| (\d+) \| (\d+) \| (\d+) \|$", text, re.M
        )
    }
    assert rows == {
        one.id: (one.generator, one.two_adicity, one.bytes_per_element) for one in FIELDS.values()
    }
    for one in EXTENSION_FIELDS.values():
        assert f"`{one.id}` is $x^{one.degree} - {one.non_residue}$" in text


def test_curves_and_hashes() -> None:
    text = page("kernels")
    for curve in CURVES.values():
        fields = f"`{curve.base_field}` | `{curve.scalar_field}`"
        assert f"| `{curve.id}` | {fields} | $y^2 = x^3 + {curve.b}$ |" in text
    for found in HASHES.values():
        takes = "bytes" if found.field is None else f"`{found.field}`"
        unit = "bytes" if found.field is None else "elements"
        assert f"| `{found.id}` | {takes} | {found.digest_length} {unit} |" in text


def test_every_parameter_of_a_case_is_a_key_that_the_page_names() -> None:
    text = page("suites")
    for kernel in OWN_KERNELS:
        (row,) = re.findall(rf"^\| `{kernel}` \| (.*)$", text, re.M)
        for one in dataclasses.fields(case_type(kernel)):
            assert f"`{one.name.replace('log_size', 'size')}`" in row


def test_statuses() -> None:
    for status in STATUSES:
        assert f"`{status}`" in page("result-document")
