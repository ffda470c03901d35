"""A slowdown on purpose: what the gate's self-test looks for on a machine whose noise is real."""

from __future__ import annotations

import time
from typing import Any

from zkmark.kernels.case import Array, Inputs
from zkmark.kernels.implementation import Plan


def slowed(plan: Plan, share: float | None) -> Plan:
    """Return a plan whose every step takes longer by a share of what it took; the same for none."""
    return plan if not share else _SlowedPlan(plan, share)


class _SlowedPlan(Plan):
    """Does what another plan does, then waits, busy, as a slower kernel would be."""

    def __init__(self, plan: Plan, share: float) -> None:
        self._plan = plan
        self._share = share

    def __getattr__(self, name: str) -> Any:
        # What only some plans have is theirs; what every plan has is written below.
        return getattr(self._plan, name)

    def _wait(self, began: float) -> None:
        now = time.perf_counter()
        until = now + self._share * (now - began)
        while time.perf_counter() < until:
            pass

    def upload(self, inputs: Inputs) -> Any:
        began = time.perf_counter()
        uploaded = self._plan.upload(inputs)
        self._wait(began)
        return uploaded

    def compute(self, uploaded: Any) -> Any:
        began = time.perf_counter()
        result = self._plan.compute(uploaded)
        self._wait(began)
        return result

    def download(self, result: Any) -> Array:
        began = time.perf_counter()
        output = self._plan.download(result)
        self._wait(began)
        return output

    def differences(self) -> list[str]:
        return self._plan.differences()
