"""A slowdown on purpose: what the gate's self-test looks for on a machine whose noise is real."""

from __future__ import annotations

import time
from typing import Any

from zkmark.kernels.case import Inputs
from zkmark.kernels.implementation import Procedure, Step


def slowed(procedure: Procedure, share: float | None) -> Procedure:
    """Return a procedure each of whose steps takes longer by a share; the same one for none."""
    return procedure if not share else _Slowed(procedure, share)


class _Slowed(Procedure):
    """Does what another procedure does; after each step it waits, busy, as slower code would be."""

    def __init__(self, procedure: Procedure, share: float) -> None:
        self._procedure = procedure
        self._share = share
        # Its own, not the class's.
        self.phases = procedure.phases  # type: ignore[misc]
        self.core = procedure.core  # type: ignore[misc]

    def steps(self) -> tuple[Step, ...]:
        return tuple(self._slowed(step) for step in self._procedure.steps())

    def _slowed(self, step: Step) -> Step:
        def slower(value: Any) -> Any:
            began = time.perf_counter()
            made = step(value)
            now = time.perf_counter()
            until = now + self._share * (now - began)
            while time.perf_counter() < until:
                pass
            return made

        return slower

    def peak_bytes(self) -> int | None:
        return self._procedure.peak_bytes()

    def differences(self) -> list[str]:
        return self._procedure.differences()

    def details(self, inputs: Inputs) -> dict[str, Any] | None:
        return self._procedure.details(inputs)
