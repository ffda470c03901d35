"""Options and the bits of security that they come to."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import pytest

from zkmark.provers.stark.options import BLOWUPS, HASHES, Options
from zkmark.provers.stark.security import Statement, conjectured_bits, johnson, security

MILLION = Statement(log_height=20, columns=100, constraints=100, degree=3)


def test_the_default_has_96_bits_as_in_the_published_table() -> None:
    """27 queries, blowup 8, 16 bits of grinding: Miden's 96 bits, by Winterfell's formula."""
    assert conjectured_bits(Options(), MILLION) == 96
    assert Options.for_security() == Options()


@pytest.mark.parametrize("blowup", BLOWUPS)
@pytest.mark.parametrize("bits", [20, 80, 96, 100, 128])
@pytest.mark.parametrize("grinding", [0, 16, 24])
def test_options_for_security_have_it_with_the_fewest_queries(
    bits: int, blowup: int, grinding: int
) -> None:
    options = Options.for_security(bits, blowup=blowup, grinding=grinding)
    assert conjectured_bits(options, MILLION) >= bits
    assert conjectured_bits(replace(options, queries=options.queries - 1), MILLION) < bits


def test_128_bits_are_one_option_away() -> None:
    options = Options.for_security(128)
    assert options == Options(degree=3, queries=38)
    assert conjectured_bits(options, replace(MILLION, fractions=1 << 26)) == 128


def test_grinding_counts_only_on_top_of_80_bits() -> None:
    assert conjectured_bits(Options(queries=26), MILLION) == 77
    assert conjectured_bits(Options(queries=27), MILLION) == 96


def test_the_field_limits_what_queries_can_give() -> None:
    many = Options(queries=200)
    assert conjectured_bits(many, MILLION) == 128 - 23 - 1
    lookups = replace(MILLION, fractions=1 << 31)
    assert conjectured_bits(many, lookups) == 128 - 31 - 1 - 1 - 1  # log2|F| is below 128


def test_unique_decoding_meets_winterfells_figure() -> None:
    """Its own test: blowup 4, 119 queries, 20 bits of grinding, 2^20 rows: 100 bits."""
    options = Options(blowup=4, queries=119, grinding=20, folding=2)
    found = security(options, Statement(log_height=20))
    assert found.unique == 100
    rate = (2**20 + 2) / 2**22
    assert found.unique_steps["queries"] == pytest.approx(20 - 119 * log2((1 + rate) / 2))


def test_johnson_needs_a_larger_field_and_then_fewer_queries() -> None:
    """Winterfell: 69 bits for the quadratic extension however many queries, 100 for the cubic."""
    options = Options(blowup=4, queries=150, grinding=20, folding=2)
    at_most = johnson(options, Statement(log_height=20))
    assert min(at_most.values()) == pytest.approx(69, abs=2)
    assert min(at_most, key=lambda step: at_most[step]) in ("deep", "folding")
    cubic = replace(options, degree=3, queries=81)
    assert security(cubic, Statement(log_height=20)).johnson == 100


def test_every_step_of_the_statement_counts() -> None:
    base = security(Options(queries=120), MILLION)
    assert base.proven == base.unique
    more = replace(MILLION, fractions=1 << 28)
    assert "lookups" in security(Options(queries=120), more).unique_steps
    assert security(Options(queries=120), more).unique_steps["lookups"] < 99
    for field in ("columns", "constraints", "log_height"):
        bigger = replace(MILLION, **{field: getattr(MILLION, field) * 2})
        steps = security(Options(queries=120), bigger).unique_steps
        assert any(steps[name] < base.unique_steps[name] for name in steps)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hash", "sha-256"),
        ("degree", 4),
        ("degree", True),
        ("blowup", 3),
        ("folding", 1),
        ("final_size", 2048),
        ("final_size", 3),
        ("queries", 0),
        ("queries", 513),
        ("grinding", -1),
        ("grinding", 41),
        ("queries", 2.5),
    ],
)
def test_bad_options_are_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name}: got {value!r}, want "):
        Options(**{name: value})  # type: ignore[arg-type]


def test_security_asked_for_must_make_sense() -> None:
    for bits in (0, 129, True):
        with pytest.raises(ValueError, match=r"^bits: got .*, want 1 to 128$"):
            Options.for_security(bits)
    with pytest.raises(ValueError, match=r"^blowup: got 5"):
        Options.for_security(96, blowup=5)


def test_options_say_what_they_are() -> None:
    assert Options(hash=HASHES[1]).to_json()["hash"] == "rpo-256"
    assert str(Options()).startswith("hash blake3, degree 2, blowup 8, folding 8")
