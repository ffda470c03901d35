"""Fiat-Shamir: what a transcript is told decides what it gives, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.kernels.hashes import hash_bytes, hash_elements, hash_parameters
from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stark.options import HASHES
from zkmark.provers.stark.transcript import Label, Transcript, packed

ONE_TWO = np.array([1, 2], dtype=np.uint64)


def digest(hash: str, words: list[int]) -> list[int]:
    """The digest of words by the reference, as words."""
    if hash_parameters(hash).kind == "algebraic":
        return hash_elements(hash, words)
    data = hash_bytes(hash, b"".join(word.to_bytes(8, "little") for word in words))
    return [int.from_bytes(data[i : i + 8], "little") for i in range(0, 32, 8)]


@pytest.mark.parametrize("hash", HASHES)
def test_the_definition(hash: str) -> None:
    transcript = Transcript(hash)
    transcript.tell_elements(Label.PUBLIC, ONE_TWO)
    state = digest(hash, [1, Label.PUBLIC, 2, 0, 0, 0, 0, 1, 2])
    blocks = digest(hash, [2, 0, 0, *state]) + digest(hash, [2, 1, 0, *state])
    drawn = [*transcript.element(3).tolist(), *transcript.element(2).tolist()]
    assert drawn == blocks[:5]
    transcript.tell_elements(Label.MAIN, ONE_TWO)
    state = digest(hash, [1, Label.MAIN, 2, *state, 1, 2])
    assert transcript.element(2).tolist() == digest(hash, [2, 0, 0, *state])[:2]


@pytest.mark.parametrize("hash", HASHES)
def test_everything_told_counts(hash: str) -> None:
    def after(*told: tuple[Label, list[int]]) -> list[int]:
        transcript = Transcript(hash)
        for label, words in told:
            transcript.tell_elements(label, np.array(words, dtype=np.uint64))
        return transcript.element(2).tolist()

    found = [
        after(),
        after((Label.MAIN, [])),
        after((Label.MAIN, [0])),
        after((Label.MAIN, [0, 0])),
        after((Label.MAIN, [1, 2])),
        after((Label.MAIN, [2, 1])),
        after((Label.QUOTIENT, [1, 2])),
        after((Label.MAIN, [1]), (Label.MAIN, [2])),
        after((Label.MAIN, [1, 2]), (Label.MAIN, [])),
    ]
    assert len({tuple(x) for x in found}) == len(found)


def test_words_that_are_no_elements_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    transcript = Transcript("blake3")
    monkeypatch.setattr(transcript, "_drawn", [5, MODULUS - 1, 2**64 - 1, MODULUS])
    assert transcript.element(2).tolist() == [MODULUS - 1, 5]


@pytest.mark.parametrize("hash", HASHES)
def test_indices_ascend_and_differ(hash: str) -> None:
    transcript = Transcript(hash)
    indices = transcript.indices(200, 256)
    assert len(indices) < 200  # a birthday or two, but for a chance of 2^-100
    assert (np.diff(indices) > 0).all()
    assert indices[0] >= 0
    assert indices[-1] < 256
    seen = np.concatenate([Transcript(hash).indices(200, 256), transcript.indices(200, 256)])
    assert len(np.unique(seen)) > 150


def test_bytes_and_integers_become_elements() -> None:
    assert packed(b"\xff" * 8).tolist() == [2**56 - 1, 255]
    assert packed(b"").size == 0
    for hash in HASHES:
        drawn = set()
        for data in (b"", b"\0", b"\0\0", b"\0" * 7, b"\0" * 8):
            transcript = Transcript(hash)
            transcript.tell_bytes(Label.AIR, data)
            drawn.add(tuple(transcript.element(2).tolist()))
        for number in (0, 1, 1 << 32, 2**64 - 1):
            transcript = Transcript(hash)
            transcript.tell_integer(Label.NONCE, number)
            drawn.add(tuple(transcript.element(2).tolist()))
        assert len(drawn) == 9


def test_a_seed_depends_on_what_was_told_and_moves_the_transcript_on() -> None:
    first, second = Transcript("blake3"), Transcript("blake3")
    second.tell_elements(Label.MAIN, ONE_TWO)
    seed = first.seed()
    assert seed.shape == (32,)
    assert seed.tobytes() != second.seed().tobytes()
    assert first.element(2).tolist() != Transcript("blake3").element(2).tolist()
