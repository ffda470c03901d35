"""What a proof costs on Ethereum, in gas: a model from its size and the protocol's prices.

Nothing here was measured on a chain. Posting is arithmetic on the proof's bytes. What an EVM
contract would spend on verifying is not known: the proof systems here have no such contract. So
the only figure given for it is a lower bound, and a reader who knows better can put it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.reports import quantities as q

TITLE = "Proofs, and what Ethereum would charge for them"
LEAD = (
    "Size and security are those of the proofs that were made and verified. Gas is a model and was "
    "not measured on a chain: it follows from the size and from the protocol's prices below."
)
# What a proof's bytes fill: 31 of a field element's 32 bytes are below the modulus of any content.
_ELEMENTS_PER_BLOB, _BYTES_PER_ELEMENT = 4096, 31
BLOB_CAPACITY = _ELEMENTS_PER_BLOB * _BYTES_PER_ELEMENT
_WORD = 32
_WEI_PER_GWEI = 1e9


@dataclass(frozen=True)
class Price:
    """One price of the model. ``key`` names it in the page; ``source``: where it is laid down."""

    key: str
    name: str
    value: float
    unit: str
    source: str


# The protocol's, and two of the market, which are examples: they change every few seconds.
PRICES = (
    Price("transaction", "a transaction", 21_000, "gas", "Yellow Paper, appendix G"),
    Price("byte", "a byte of calldata", 16, "gas", "EIP-2028, a byte that is not zero"),
    Price(
        "floor",
        "the floor for a byte",
        40,
        "gas",
        "EIP-7623: 10 for a token, 4 tokens for a byte that is not zero; EIP-7976 makes it 64 "
        "where it is in force",
    ),
    Price("hash", "KECCAK256", 30, "gas", "Yellow Paper, appendix G"),
    Price("word", "a word of 32 bytes hashed", 6, "gas", "Yellow Paper, appendix G"),
    Price("cap", "the most of a transaction", 16_777_216, "gas", "EIP-7825, 2^24 since Fusaka"),
    Price("blob", "a blob", 131_072, "blob gas", "EIP-4844, GAS_PER_BLOB"),
    Price(
        "gasprice", "a unit of gas", 1, "gwei", "an example; the market's changes with each block"
    ),
    Price(
        "blobprice",
        "a unit of blob gas",
        1,
        "gwei",
        "an example; the market's changes with each block, and is 1 wei at the least (EIP-4844)",
    ),
)
FORMULAS = (
    "Calldata: transaction + max(byte × bytes + execution, floor × bytes). Every byte is counted "
    "as one that is not zero, which overstates a proof of evenly spread bytes by less than 0.3 %.",
    "Execution, unless you put it in: hash + word × ⌈bytes / 32⌉, a lower bound. A verifier hashes "
    "every byte of a proof at least once, and the EVM has no cheaper hash; what it computes beside "
    "that is not known here, and a hash that the EVM does not offer costs far more.",
    "A transaction that would take more gas than one may is marked: its proof does not fit whole.",
    f"Blobs: ⌈bytes / {BLOB_CAPACITY}⌉ of them, 31 bytes in each of 4096 field elements. They post "
    "a proof and verify nothing: a contract cannot read a blob. The transaction itself is counted.",
)


def default_prices() -> dict[str, float]:
    """Return the prices by their keys."""
    return {price.key: price.value for price in PRICES}


@dataclass(frozen=True)
class Gas:
    """What one proof costs: gas of a transaction with calldata; blobs, their gas, and both in ETH.

    ``calldata`` is a lower bound unless the verifier's execution gas was given; ``fits``: whether
    one transaction may use as much.
    """

    execution: float
    calldata: float
    calldata_eth: float
    blobs: int
    blob_gas: float
    blobs_eth: float
    fits: bool


def gas_of(
    size: int, prices: Mapping[str, float] | None = None, execution: float | None = None
) -> Gas:
    """Return the gas of a proof of some bytes; ``execution``: of verifying it, if that is known."""
    if size < 0:
        raise ValueError(f"size: got {size} bytes, want 0 or more")
    price = {**default_prices(), **(prices or {})}
    if execution is None:
        execution = price["hash"] + price["word"] * -(-size // _WORD)
    data = max(price["byte"] * size + execution, price["floor"] * size)
    calldata = price["transaction"] + data
    blobs = -(-size // BLOB_CAPACITY)
    blob_gas = blobs * price["blob"]
    blob_fees = price["transaction"] * price["gasprice"] + blob_gas * price["blobprice"]
    return Gas(
        execution,
        calldata,
        calldata * price["gasprice"] / _WEI_PER_GWEI,
        blobs,
        blob_gas,
        blob_fees / _WEI_PER_GWEI,
        calldata <= price["cap"],
    )


@dataclass(frozen=True)
class ProofRow:
    """A workload's proof as text. ``labels``: the backends that made one of that size."""

    title: str
    slug: str
    labels: tuple[str, ...]
    bytes: int
    size: str
    security: str
    proven: str
    execution: str
    calldata: str
    calldata_eth: str
    blobs: str
    blob_gas: str
    blobs_eth: str
    fits: bool


def proof_rows(cases: Sequence[tuple[str, Mapping[str, Any]]]) -> list[ProofRow]:
    """Return a row for each proof of another size or security, of the entries that have figures."""
    groups: dict[tuple[Any, ...], list[tuple[str, Mapping[str, Any]]]] = {}
    for label, case in cases:
        run = (case["workload"] or {}).get("run")
        if case["status"] != "ok" or run is None or not run["proof"]["bytes"]:
            continue
        security = run["security"]
        key = case["slug"], run["proof"]["bytes"], security["conjectured"], security["proven"]
        groups.setdefault(key, []).append((label, case))
    return list(_proof_rows(groups))


def _proof_rows(
    groups: Mapping[tuple[Any, ...], Sequence[tuple[str, Mapping[str, Any]]]],
) -> Iterator[ProofRow]:
    for (slug, size, conjectured, proven), members in groups.items():
        gas = gas_of(size)
        yield ProofRow(
            members[0][1]["workload"]["title"],
            slug,
            tuple(dict.fromkeys(label for label, _ in members)),
            size,
            q.size(size),
            f"{conjectured} bits",
            q.MISSING if proven is None else f"{proven} bits",
            whole(gas.execution),
            whole(gas.calldata),
            eth(gas.calldata_eth),
            whole(gas.blobs),
            whole(gas.blob_gas),
            eth(gas.blobs_eth),
            gas.fits,
        )


def whole(number: float) -> str:
    """Write a whole number with its thousands apart: ``1 741 000``."""
    return f"{number:,.0f}".replace(",", "\u202f")


def eth(amount: float) -> str:
    """Write an amount of ether with three digits."""
    return f"{q.digits(amount)} ETH"
