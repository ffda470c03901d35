"""Every constraint of the machine is needed: a trace that breaks this one alone is found out."""

from __future__ import annotations

import pytest
from tests.provers.stackvm.mutations import breaking, example
from tests.provers.stackvm.programs import EXAMPLES

from zkmark.provers.stackvm.air import machine_air

CONSTRAINTS = [
    (table.name, constraint.name)
    for table in machine_air().tables
    for constraint in table.constraints
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_break_nothing(name: str) -> None:
    findings = example(name).findings()
    assert not findings, findings


@pytest.mark.parametrize(("table", "constraint"), CONSTRAINTS)
def test_a_trace_that_breaks_one_constraint_is_found_out(table: str, constraint: str) -> None:
    findings = breaking(table, constraint).findings()
    assert {(broken.table, broken.constraint) for broken in findings.constraints} == {
        (table, constraint)
    }
