"""Every peer that is built here gives zkmark's outputs; the others are skipped with a reason."""

from __future__ import annotations

import pytest

from zkmark.backends import get_backend
from zkmark.backends.peer.build import peer_state
from zkmark.backends.peer.catalogue import PEERS
from zkmark.kernels.case import CASE_TYPES, Case
from zkmark.kernels.curves.parameters import CURVES
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.hashes.parameters import HASHES
from zkmark.kernels.implementation import implementations_of, run_case
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.peer import PeerImplementation

pytestmark = pytest.mark.peers


def cases() -> list[Case]:
    """Small cases of everything that any peer might have."""
    found: list[Case] = []
    for field in FIELDS:
        for options in (
            {},
            {"batch": 3},
            {"direction": "inverse"},
            {"order": "bit-reversed"},
            {"coset": True},
            {"direction": "inverse", "coset": True, "batch": 2},
            {"direction": "inverse", "order": "bit-reversed"},
        ):
            if FIELDS[field].two_adicity >= 6:
                found += [NttCase(field, log, **options) for log in (1, 6)]  # type: ignore[arg-type]
    found += [MsmCase(curve, size) for curve in CURVES for size in (1, 33, 256)]
    for hash in HASHES.values():
        types = ("bytes", "babybear", "goldilocks") if hash.kind == "bytes" else (None,)
        for kind in types:
            found += [MerkleCase(hash.id, log, w, kind) for log, w in ((1, 8), (4, 64), (3, 11))]
    return found


@pytest.mark.parametrize("threads", [1, None])
@pytest.mark.parametrize("name", [name for name in PEERS if name != "miden-vm"])  # no kernels
def test_outputs_are_those_of_zkmark(name: str, threads: int | None) -> None:
    state = peer_state(PEERS[name])
    if state.program is None:
        pytest.skip(str(state.reason))
    backend = get_backend("peer", threads=threads)
    own = [
        one
        for kernel in CASE_TYPES
        for one in implementations_of(kernel, "peer")
        if isinstance(one, PeerImplementation) and one.name == name
    ]
    computed = 0
    for case in cases():
        for one in own:
            if one.kernel != case.kernel or one.unsupported(case) is not None:
                continue
            inputs = case.make_input(7)
            plan = one.plan(case, backend)
            output, seconds = plan.timed_compute(plan.upload(inputs), 2)
            verdict = case.check(inputs, plan.download(output), 7)
            plan.close()  # type: ignore[attr-defined]
            assert verdict.ok, f"{case.slug}: {verdict.detail}"
            assert seconds > 0
            computed += 1
    assert computed


@pytest.mark.parametrize("name", ["arkworks", "blst", "gnark-crypto", "halo2curves"])
def test_sums_of_exceptional_points_and_scalars(name: str) -> None:
    state = peer_state(PEERS[name])
    if state.program is None:
        pytest.skip(str(state.reason))
    backend, cpu = get_backend("peer", threads=1), get_backend("cpu")
    for curve in CURVES:
        case = MsmCase(curve, 300)
        own = [one for one in implementations_of("msm", "peer") if one.id == f"peer/{name}"]
        if own[0].unsupported(case):
            continue
        points, scalars = case.make_input(7).values()
        infinities, equal = points.copy(), points.copy()
        infinities[::3] = 0
        equal[10:40] = points[10]
        few = scalars.copy()
        few[20:60] = scalars[21]
        for inputs in (
            {"points": infinities, "scalars": scalars},
            {"points": equal, "scalars": few},
            {"points": points, "scalars": scalars * 0},
        ):
            plan = own[0].plan(case, backend)
            got = plan.download(plan.compute(plan.upload(inputs)))
            plan.close()  # type: ignore[attr-defined]
            assert (got == run_case(case, inputs, cpu)).all(), f"{case.slug} {name}"
