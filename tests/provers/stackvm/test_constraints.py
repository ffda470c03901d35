"""Every constraint of the machine is needed: a trace that breaks this one alone is found out."""

from __future__ import annotations

import pytest
from tests.provers.stackvm.mutations import breaking, example
from tests.provers.stackvm.programs import EXAMPLES

from zkmark.provers.stackvm.air import machine_air

CONSTRAINTS = [
    (whole, table.name, constraint.name)
    for whole in (True, False)
    for table in machine_air(whole).tables
    for constraint in table.constraints
]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_break_nothing(name: str, whole: bool) -> None:
    findings = example(name, whole).findings()
    assert not findings, findings


@pytest.mark.parametrize(("whole", "table", "constraint"), CONSTRAINTS)
def test_a_trace_that_breaks_one_constraint_is_found_out(
    whole: bool, table: str, constraint: str
) -> None:
    trace = breaking(table, constraint, whole)
    assert trace.air is machine_air(whole)
    assert {(broken.table, broken.constraint) for broken in trace.findings().constraints} == {
        (table, constraint)
    }
