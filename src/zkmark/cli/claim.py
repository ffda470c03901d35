"""What a proof claims, beside it in a file: the program's digest and what is public."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zkmark.cli.errors import RefusalError

_SCHEMA = "zkmark-claim-1"
_DIGEST_BYTES = 32
# A digest in hexadecimal digits, a list of numbers.
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Claim:
    """That the program of a digest, started on the stack ``inputs``, ends with ``outputs``."""

    digest: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the form that files keep."""
        return {"schema": _SCHEMA, "machine": "stackvm", **asdict(self)}


def claim_path(proof: Path) -> Path:
    """Return where the claim of a proof stands unless another file is named."""
    return proof.with_name(proof.name + ".json")


def write_claim(claim: Claim, path: Path) -> None:
    """Write a claim to a file."""
    path.write_text(json.dumps(claim.to_json(), indent=2) + "\n", encoding="utf-8")


def read_claim(path: Path) -> Claim:
    """Read a claim; refuse a file that is none in one sentence."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or found.get("schema") != _SCHEMA:
            raise ValueError(f'it lacks the mark "schema": "{_SCHEMA}"')
        return Claim(
            parse_digest(found.get("digest")),
            _numbers(found.get("inputs")),
            _numbers(found.get("outputs")),
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RefusalError(f"the claim {path} cannot be read: {reason}") from None
    except (ValueError, RecursionError) as error:
        raise RefusalError(f"{path} is no claim of a proof: {error}") from None


def parse_digest(text: object) -> str:
    """Return a digest in hexadecimal digits; ``ValueError`` for anything else."""
    try:
        data = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    if len(data) != _DIGEST_BYTES:
        raise ValueError(f"digest: got {text!r}, want {2 * _DIGEST_BYTES} hexadecimal digits")
    return data.hex()


def parse_numbers(text: str, name: str) -> tuple[int, ...]:
    """Return the numbers of a list with commas; a name after @ is a file that holds such a list.

    ``ValueError`` for what is no list of numbers, and for a file that cannot be read.
    """
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ValueError(f"{name}: {text[1:]} cannot be read: {reason}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{name}: {text[1:]} is not UTF-8 text") from None
    found = []
    for word in text.replace(",", " ").split():
        try:
            found.append(int(word, 0))
        except ValueError:
            raise ValueError(f"{name}: got {word!r}, want numbers (5, 0x1f) with commas") from None
    return tuple(found)


def _numbers(value: object) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError("its inputs and outputs are no lists")
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise ValueError("its inputs and outputs are no numbers")
    return tuple(value)
