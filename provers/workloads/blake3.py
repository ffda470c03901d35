"""The BLAKE3 hash of a message, computed by the machine's 32-bit instructions."""

from __future__ import annotations

import re

from zkmark.kernels.hashes.api import hash_bytes
from zkmark.kernels.seeded import SeededStream
from zkmark.provers.workloads.workload import Workload, padded, read_program

SENTENCE = b"The quick brown fox jumps over the lazy dog"
"""The message of the published figures."""

MOST_BYTES = (1 << 32) - 1
_BLOCK = 64
_WORD = 4
_VARIANT = re.compile(r"bytes-(\d{1,10})")


def message_of(variant: str, scale: int, seed: int = 1) -> bytes:
    """Return a variant's message, ``scale`` times; ``ValueError`` for an unknown variant."""
    if variant == "quick-brown-fox":
        message = SENTENCE
    elif found := _VARIANT.fullmatch(variant):
        if int(found[1]) * scale > MOST_BYTES:
            raise ValueError(
                f"variant: got {int(found[1]) * scale} bytes ({variant}, scale {scale}), "
                f"want at most {MOST_BYTES}"
            )
        message = SeededStream(seed, variant).bytes(int(found[1])).tobytes()
    else:
        raise ValueError(f"variant: got {variant!r}, want quick-brown-fox or bytes-<n>")
    return message * scale


def message_advice(message: bytes) -> tuple[int, ...]:
    """Return a message as the program reads it: words, and before the last block how it ends."""
    whole = len(message) // _BLOCK * _BLOCK
    advice = _words(message[:whole])
    last = message[whole:]
    if last or not message:
        words, rest = divmod(len(last), _WORD)
        advice += [words, rest >> 1, rest & 1, *_words(last[: words * _WORD])]
        advice.append(int.from_bytes(last[words * _WORD :], "little"))
    return tuple(advice)


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[i : i + _WORD], "little") for i in range(0, len(data), _WORD)]


def blake3_of(
    message: bytes, name: str = "blake3", variant: str = "message", scale: int = 1
) -> Workload:
    """Return the workload of any message; the digest is that of the reference in Python."""
    digest = _words(hash_bytes("blake3", message))
    return Workload(
        name=name,
        variant=variant,
        scale=scale,
        source=read_program("blake3"),
        inputs=(len(message),),
        advice=message_advice(message),
        outputs=padded(tuple(digest)),
        items=len(message),
        item_unit="bytes",
        claim=(
            "A secret message of public length has the public BLAKE3 digest; who knows the message "
            "sees from the digest that it is this one."
        ),
    )


def blake3(name: str, variant: str, scale: int, seed: int = 1) -> Workload:
    """Return the workload of a variant's message."""
    return blake3_of(message_of(variant, scale, seed), name, variant, scale)
