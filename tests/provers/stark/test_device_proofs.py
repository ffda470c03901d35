"""A proof is the same bytes whichever device makes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zkmark.backends.device import Session
from zkmark.kernels.stark.api import stark_kernels
from zkmark.kernels.stark.device import DeviceStarkKernels
from zkmark.kernels.stark.operations import StarkKernels
from zkmark.provers.stark.examples import Example, fibonacci, lookups
from zkmark.provers.stark.options import HASHES, Options
from zkmark.provers.stark.prover import Prover
from zkmark.provers.stark.verifier import verify

SMALL = Options(blowup=4, folding=4, final_size=4, queries=6, grinding=3)


def prover(toy: Example, kernels: StarkKernels, options: Options) -> Prover:
    return Prover(toy.air, kernels, options, toy.preprocessed)


def check(session: Session, toy: Example, options: Options) -> None:
    """Prove on a device twice and on the processor: all three agree, and the verifier with them."""
    native = prover(toy, stark_kernels("cpu", options.degree), options)
    device = prover(toy, DeviceStarkKernels(session, options.degree), options)
    assert device.digest == native.digest
    want = native.prove(toy.witness, toy.public).to_bytes()
    for _ in range(2):
        assert device.prove(toy.witness, toy.public).to_bytes() == want
    found = verify(toy.air, want, toy.public, digest=device.digest, minimum_security=1)
    assert found, found.reason


@pytest.mark.parametrize("log_height", [2, 5])
def test_one_table(device_session: Session, log_height: int) -> None:
    check(device_session, fibonacci(log_height), SMALL)


@pytest.mark.parametrize("optional", [True, False])
def test_tables_of_several_heights(device_session: Session, optional: bool) -> None:
    check(device_session, lookups(4, optional), SMALL)


def test_a_cubic_extension(device_session: Session) -> None:
    """No column is shorter than a vector, for which other programs would be compiled."""
    options = replace(SMALL, degree=3, blowup=2, folding=2, final_size=8)
    check(device_session, fibonacci(6), options)


@pytest.mark.parametrize("hash", HASHES[1:])
def test_other_hashes(opencl_session: Session, hash: str) -> None:
    check(opencl_session, lookups(4), replace(SMALL, hash=hash))


@pytest.mark.driver
def test_kernels_by_the_name_of_their_backend() -> None:
    toy = fibonacci(3)
    proofs = {
        prover(toy, stark_kernels(name, 2), SMALL).prove(toy.witness, toy.public).to_bytes()
        for name in ("reference", "cpu", "opencl")
    }
    assert len(proofs) == 1
    with pytest.raises(ValueError, match="backend: got 'fpga', want one of reference, cpu"):
        stark_kernels("fpga", 2)
