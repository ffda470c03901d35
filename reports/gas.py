"""What a proof costs on Ethereum, in gas: a model from its size and the protocol's prices.

Nothing here was measured on a chain. Posting is arithmetic on the proof's bytes. What an EVM
contract would spend on verifying is not known: the proof systems here have no such contract. So
the only figure given for it is a lower bound, and a reader who knows better can put it in. For
scale there is what the same statement would take inside of a Groth16 proof, as rollups post it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.reports import quantities as q

TITLE = "Proofs, and what Ethereum would charge for them"
LEAD = (
    "Size and security are those of the proofs that were made and verified. Gas is a model and was "
    "not measured on a chain: it follows from the size and from the protocol's prices below. A "
    "proof is posted as calldata, which a contract can read and verify, or in blobs, which are "
    "cheaper and which no contract can read."
)
WRAP_LEAD = (
    "A rollup may prove with Groth16 that it verified such a proof, and post the Groth16 proof in "
    "its place, as the contracts of RISC Zero and of SP1 take it. That costs the same for each of "
    "the proofs above: the curve's operations and the calldata, at the least. Making the Groth16 "
    "proof is not part of any time on this page."
)
# What a proof's bytes fill: 31 of a field element's 32 bytes are below the modulus of any content.
_ELEMENTS_PER_BLOB, _BYTES_PER_ELEMENT = 4096, 31
BLOB_CAPACITY = _ELEMENTS_PER_BLOB * _BYTES_PER_ELEMENT
_WORD = 32
_WEI_PER_GWEI = 1e9
# A Groth16 proof on BN254 is two points of G1 and one of G2; its check is one call of four pairs.
_WRAP_BYTES, _WRAP_PAIRS = 256, 4


@dataclass(frozen=True)
class Price:
    """One price of the model. ``key`` names it in the page; ``source``: where it is laid down.

    A price without a ``value`` is the reader's to give; until then the model takes ``instead``.
    """

    key: str
    name: str
    value: float | None
    unit: str
    source: str
    instead: str = ""


# The protocol's, and two of the market, which are examples: they change every few seconds.
PRICES = (
    Price(
        "transaction",
        "a transaction",
        21_000,
        "gas",
        "Yellow Paper, appendix G; EIP-2780, planned for Glamsterdam, makes it 15 000 where a "
        "contract is called without value",
    ),
    Price("byte", "a byte of calldata", 16, "gas", "EIP-2028, a byte that is not zero"),
    Price(
        "floor",
        "the floor for a byte",
        40,
        "gas",
        "EIP-7623: 10 for a token, 4 tokens for a byte that is not zero; EIP-7976, planned for "
        "Glamsterdam, makes it 64",
    ),
    Price("hash", "KECCAK256", 30, "gas", "Yellow Paper, appendix G"),
    Price("word", "a word of 32 bytes hashed", 6, "gas", "Yellow Paper, appendix G"),
    Price("cap", "the most gas of a transaction", 16_777_216, "gas", "EIP-7825, 2^24 since Fusaka"),
    Price("blob", "a blob", 131_072, "blob gas", "EIP-4844, GAS_PER_BLOB"),
    Price("blobcap", "the most blobs of a transaction", 6, "blobs", "EIP-7594, since Fusaka"),
    Price(
        "reserve",
        "a blob's reserve price",
        8192,
        "gas",
        "EIP-7918, BLOB_BASE_COST, since Fusaka: where a blob costs less than so much gas, the "
        "price of blob gas no longer falls",
    ),
    Price("pairing", "a check of pairings", 45_000, "gas", "EIP-1108"),
    Price("pair", "each pair in it", 34_000, "gas", "EIP-1108"),
    Price("mul", "a point times a number", 6000, "gas", "EIP-1108, ECMUL"),
    Price("add", "a sum of points", 150, "gas", "EIP-1108, ECADD"),
    Price(
        "inputs",
        "public inputs of a Groth16 proof",
        5,
        "numbers",
        "RISC Zero's verifier contract has 5, Succinct's for SP1 has 2",
    ),
    Price(
        "gasprice", "a unit of gas", 1, "gwei", "an example; the market's changes with each block"
    ),
    Price(
        "blobprice",
        "a unit of blob gas",
        None,
        "gwei",
        "the market's, if you know it; empty takes the reserve price, 1/16 of that of gas",
        "reserve price",
    ),
    Price(
        "execution",
        "verifying a proof of these",
        None,
        "gas",
        "yours, if you know it; empty takes the lower bound",
        "lower bound",
    ),
)
FORMULAS = (
    "Calldata: transaction + max(byte × bytes + execution, floor × bytes). Every byte is counted "
    "as one that is not zero, which overstates a proof of evenly spread bytes by less than 0.3 %.",
    "Execution, which is verifying, unless you put it in: hash + word × ⌈bytes / 32⌉, a lower "
    "bound and no estimate. A verifier hashes every byte of a proof at least once, and the EVM has "
    "no cheaper hash; what it computes beside that is not known here and is far more, and so is a "
    "hash that the EVM does not offer.",
    "A transaction that would take more gas, or more blobs, than one may is marked: its proof does "
    "not fit whole.",
    f"Blobs: ⌈bytes / {BLOB_CAPACITY}⌉ of them, 31 bytes in each of 4096 field elements. They post "
    "a proof and verify nothing. The fee is that of the blobs and of a transaction without "
    "calldata; the blobs' hashes in it cost nothing.",
    "Blob gas has a price of its own, which follows demand. Since Fusaka it does not stay below "
    "reserve / blob = 1/16 of the price of gas, and that is the price taken here.",
)
WRAP_FORMULA = (
    f"pairing + {_WRAP_PAIRS} × pair + inputs × (mul + add) for verifying, {_WRAP_BYTES} + 32 × "
    "inputs bytes as calldata."
)


def default_prices() -> dict[str, float]:
    """Return the prices by their keys; those that are a reader's to give are not among them."""
    return {price.key: price.value for price in PRICES if price.value is not None}


@dataclass(frozen=True)
class Gas:
    """What one proof costs: gas of a transaction with calldata; blobs, their gas, and both in ETH.

    ``calldata`` is a lower bound unless the verifier's execution gas was given; ``fits`` and
    ``blobs_fit``: whether one transaction may use as much.
    """

    execution: float
    calldata: float
    calldata_eth: float
    blobs: int
    blob_gas: float
    blobs_eth: float
    fits: bool
    blobs_fit: bool


def gas_of(
    size: int, prices: Mapping[str, float] | None = None, execution: float | None = None
) -> Gas:
    """Return the gas of a proof of some bytes; ``execution``: of verifying it, if that is known.

    ``prices`` replaces some of the prices by their keys.
    """
    if size < 0:
        raise ValueError(f"size: got {size} bytes, want 0 or more")
    price = {**default_prices(), **(prices or {})}
    if execution is None:
        execution = price["hash"] + price["word"] * -(-size // _WORD)
    calldata = _called(size, execution, price)
    blobs = -(-size // BLOB_CAPACITY)
    blob_gas = blobs * price["blob"]
    reserve = price["gasprice"] * price["reserve"] / price["blob"] if price["blob"] else 0.0
    blob_fees = price["transaction"] * price["gasprice"] + blob_gas * price.get(
        "blobprice", reserve
    )
    return Gas(
        execution,
        calldata,
        calldata * price["gasprice"] / _WEI_PER_GWEI,
        blobs,
        blob_gas,
        blob_fees / _WEI_PER_GWEI,
        calldata <= price["cap"],
        blobs <= price["blobcap"],
    )


def _called(size: float, execution: float, price: Mapping[str, float]) -> float:
    """Return the gas of a transaction with so many bytes of calldata, none of them zero."""
    return price["transaction"] + max(price["byte"] * size + execution, price["floor"] * size)


@dataclass(frozen=True)
class Wrap:
    """What verifying a Groth16 proof takes, at the least, and what its transaction costs."""

    bytes: float
    execution: float
    calldata: float
    eth: float


def wrap_of(prices: Mapping[str, float] | None = None) -> Wrap:
    """Return the gas of a Groth16 proof that stands for any of the proofs (Groth, 2016, on BN254).

    Its verifier adds up one point a public input and checks that a product of pairings is one.
    """
    price = {**default_prices(), **(prices or {})}
    size = _WRAP_BYTES + _WORD * price["inputs"]
    execution = (
        price["pairing"]
        + _WRAP_PAIRS * price["pair"]
        + price["inputs"] * (price["mul"] + price["add"])
    )
    calldata = _called(size, execution, price)
    return Wrap(size, execution, calldata, calldata * price["gasprice"] / _WEI_PER_GWEI)


def wrap_texts() -> dict[str, str]:
    """Return what a Groth16 proof takes at the prices that a page comes with, as text."""
    wrap = wrap_of()
    return {
        "bytes": whole(wrap.bytes),
        "execution": whole(wrap.execution),
        "calldata": whole(wrap.calldata),
        "calldataEth": eth(wrap.eth),
    }


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
    blobs_fit: bool


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
            gas.blobs_fit,
        )


def whole(number: float) -> str:
    """Write a whole number with its thousands apart: ``1 741 000``."""
    return f"{number:,.0f}".replace(",", "\u202f")


def eth(amount: float) -> str:
    """Write an amount of ether with three digits."""
    return f"{q.digits(amount)} ETH"
