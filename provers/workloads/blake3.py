"""The BLAKE3 hash of a message, computed by the machine's 32-bit instructions."""

from __future__ import annotations

import re

from zkmark.kernels.hashes.api import hash_bytes
from zkmark.kernels.seeded import SeededStream
from zkmark.provers.workloads.workload import Workload, padded, read_program

SENTENCE = b"The quick brown fox jumps over the lazy dog"
"""The message of the published figures."""

FOX = "quick-brown-fox"
"""The variant that has it."""

MOST_BYTES = (1 << 32) - 1
_BLOCK = 64
_WORD = 4
_VARIANT = re.compile(r"bytes-(\d{1,10})")


def length_of(variant: str, scale: int) -> int:
    """Return the bytes of a variant's message; ``ValueError`` for an unknown variant."""
    if variant == FOX:
        length = len(SENTENCE) * scale
    elif found := _VARIANT.fullmatch(variant):
        length = int(found[1]) * scale
    else:
        raise ValueError(f"variant: got {variant!r}, want {FOX} or bytes-<n>")
    if length > MOST_BYTES:
        raise ValueError(
            f"variant: got {length} bytes ({variant}, scale {scale}), want at most {MOST_BYTES}"
        )
    return length


def message_of(variant: str, scale: int, seed: int = 1) -> bytes:
    """Return a variant's message, ``scale`` times; ``ValueError`` for an unknown variant."""
    length = length_of(variant, scale) // scale
    if variant == FOX:
        return SENTENCE * scale
    return SeededStream(seed, variant).bytes(length).tobytes() * scale


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
