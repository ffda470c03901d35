"""Multi-scalar multiplications by published libraries; the programs stand in ``peers/``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkmark.kernels.implementation import Implementation
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.peer import OutputForm, PeerImplementation, output_form


def _form(case: MsmCase) -> OutputForm:
    return output_form(np.dtype(np.uint64), case.curve_parameters.point_shape)


def _on(library: str, *curves: str, empty: bool = True) -> Callable[[MsmCase], str | None]:
    """Return what says why a library with these curves cannot compute a case."""

    def unsupported(case: MsmCase) -> str | None:
        if case.fixed_base:
            return f"{library} is not asked for sums with a fixed base"
        if case.curve not in curves:
            return f"{library} is not asked for sums on {case.curve}"
        return None if case.size or empty else f"{library} takes no empty sum"

    return unsupported


_ALL = ("bn254-g1", "bls12-381-g1", "pallas", "vesta")

IMPLEMENTATIONS: list[Implementation] = [
    PeerImplementation("arkworks", "msm", _on("arkworks", *_ALL), _form),
    PeerImplementation("blst", "msm", _on("blst", "bls12-381-g1", empty=False), _form),
    PeerImplementation(
        "gnark-crypto", "msm", _on("gnark-crypto", "bn254-g1", "bls12-381-g1"), _form
    ),
    PeerImplementation(
        "halo2curves", "msm", _on("halo2curves", "bn254-g1", "pallas", "vesta"), _form
    ),
]
