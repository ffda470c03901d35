"""Transforms by published libraries; the programs stand in ``peers/``."""

from __future__ import annotations

from zkmark.kernels.implementation import Implementation
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.peer import OutputForm, PeerImplementation, output_form


def _form(case: NttCase) -> OutputForm:
    return output_form(case.field_parameters.dtype, case.shape)


def _plonky3(case: NttCase) -> str | None:
    if case.field not in ("babybear", "koalabear", "goldilocks"):
        return f"Plonky3 has no NTT over {case.field}"
    if case.direction == "inverse" and case.order == "bit-reversed":
        return "Plonky3 has no inverse NTT from bit-reversed order"
    return None


def _arkworks(case: NttCase) -> str | None:
    if case.field not in ("bn254-fr", "bls12-381-fr", "pallas-fp", "vesta-fp"):
        return f"arkworks is not asked for NTTs over {case.field}"
    return _only_natural("arkworks", case)


def _gnark(case: NttCase) -> str | None:
    if case.field not in ("bn254-fr", "bls12-381-fr"):
        return f"gnark-crypto is not asked for NTTs over {case.field}"
    return None


def _only_natural(library: str, case: NttCase) -> str | None:
    return f"{library} has no NTT in bit-reversed order" if case.order == "bit-reversed" else None


IMPLEMENTATIONS: list[Implementation] = [
    PeerImplementation("plonky3", "ntt", _plonky3, _form),
    PeerImplementation("arkworks", "ntt", _arkworks, _form),
    PeerImplementation("gnark-crypto", "ntt", _gnark, _form),
]
