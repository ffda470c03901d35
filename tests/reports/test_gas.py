"""The gas of a proof on Ethereum: the formula by hand, its prices, and what a page says of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports import gas, render_html
from zkmark.suites.result import Result

EXAMPLE = Path(__file__).parents[1] / "suites" / "example_workloads.json"


@pytest.fixture
def workloads() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return found


def test_a_proof_costs_what_the_formula_gives_by_hand() -> None:
    found = gas.gas_of(43_000)
    # 1344 words, the last of them not full.
    assert found.execution == 30 + 6 * 1344
    # The floor of 40 a byte is above 16 a byte and the hashing.
    assert found.calldata == 21_000 + 40 * 43_000
    assert found.calldata_eth == pytest.approx(1_741_000e-9)
    assert (found.blobs, found.blob_gas) == (1, 131_072)
    # Blob gas at the reserve price: the blob costs as much as 8192 gas.
    assert found.blobs_eth == pytest.approx((21_000 + 8192) * 1e-9)
    assert found.fits and found.blobs_fit


def test_a_verifier_that_computes_much_is_charged_for_it_and_not_the_floor() -> None:
    known = gas.gas_of(1000, execution=5_000_000)
    assert known.calldata == 21_000 + 16_000 + 5_000_000
    # Up to where execution makes up for the difference between 16 and 40 a byte.
    assert gas.gas_of(1000, execution=24_000).calldata == gas.gas_of(1000, execution=0).calldata
    assert gas.gas_of(1000, execution=24_001).calldata == gas.gas_of(1000).calldata + 1


def test_prices_can_be_others() -> None:
    before_the_floor = gas.gas_of(1000, {"floor": 0}, execution=0)
    assert before_the_floor.calldata == 37_000
    assert gas.gas_of(1000, {"gasprice": 2.5}).calldata_eth == pytest.approx(61_000 * 2.5e-9)
    assert gas.gas_of(1000, {"blobprice": 0}).blobs_eth == pytest.approx(21_000e-9)
    assert gas.gas_of(1000, {"blobprice": 1}).blobs_eth == pytest.approx(152_072e-9)
    # The reserve price follows that of gas.
    assert gas.gas_of(1000, {"gasprice": 30}).blobs_eth == pytest.approx(29_192 * 30e-9)
    assert gas.gas_of(1000, {"blob": 0}).blobs_eth == pytest.approx(21_000e-9)


@pytest.mark.parametrize(("size", "blobs"), [(0, 0), (1, 1), (126_976, 1), (126_977, 2)])
def test_a_blob_holds_31_bytes_in_each_of_its_elements(size: int, blobs: int) -> None:
    assert gas.gas_of(size).blobs == blobs


def test_a_proof_above_the_most_of_a_transaction_is_marked() -> None:
    largest = (16_777_216 - 21_000) // 40
    assert gas.gas_of(largest).fits
    assert not gas.gas_of(largest + 1).fits


def test_a_proof_of_more_blobs_than_a_transaction_takes_is_marked() -> None:
    assert gas.gas_of(6 * 126_976).blobs_fit
    assert not gas.gas_of(6 * 126_976 + 1).blobs_fit


def test_a_groth16_proof_costs_what_the_formula_gives_by_hand() -> None:
    found = gas.wrap_of()
    assert found.bytes == 256 + 5 * 32
    assert found.execution == 45_000 + 4 * 34_000 + 5 * 6150
    # Its execution is far above the floor of its calldata.
    assert found.calldata == 21_000 + 16 * 416 + 211_750
    assert found.eth == pytest.approx(239_406e-9)
    two = gas.wrap_of({"inputs": 2, "gasprice": 3})
    assert two.execution == 193_300
    assert two.eth == pytest.approx((21_000 + 16 * 320 + 193_300) * 3e-9)
    # Where pairings cost nothing the floor of the calldata is what is left.
    free = dict.fromkeys(("pairing", "pair", "mul", "add"), 0.0)
    assert gas.wrap_of(free).calldata == 21_000 + 40 * 416


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="size: got -1 bytes"):
        gas.gas_of(-1)


def test_every_price_names_its_source() -> None:
    assert all(price.source for price in gas.PRICES)
    assert len({price.key for price in gas.PRICES}) == len(gas.PRICES)
    # What a reader may give has a word for what is taken until then.
    given = [price for price in gas.PRICES if price.key not in gas.default_prices()]
    assert [price.key for price in given] == ["blobprice", "execution"]
    assert all(price.instead for price in given)


def test_proofs_of_one_size_share_a_row_and_others_have_their_own(
    workloads: dict[str, Any],
) -> None:
    cases = [(case["label"], case) for case in workloads["cases"]]
    rows = gas.proof_rows(cases)
    assert [row.labels for row in rows] == [("cpu",), ("cpu", "opencl"), ("cpu",)]
    other = copy.deepcopy(workloads["cases"][0])
    other["workload"]["run"]["proof"]["bytes"] = 50_000
    rows = gas.proof_rows([*cases, ("other", other)])
    assert [row.bytes for row in rows if row.title == "sudoku"] == [43_000, 50_000]


def test_what_was_rejected_has_no_gas(workloads: dict[str, Any]) -> None:
    wrong = [(c["label"], c) for c in workloads["cases"] if c["status"] == "incorrect"]
    assert wrong
    assert gas.proof_rows(wrong) == []


def test_a_page_says_that_gas_is_modelled(
    workloads: dict[str, Any], result_of: Callable[[dict[str, Any]], Result], parse: Any
) -> None:
    page = parse(render_html([result_of(workloads)]))
    (name,) = [caption for caption in page.tables if caption.startswith("Proof size and security")]
    assert name.endswith("modelled, not measured")
    row = page.tables[name][1]
    assert row[2:5] == ["42.0 KiB", "96 bits 38 bits", "8 094"]
    assert row[5].startswith("1 741 000")
    (name,) = [caption for caption in page.tables if caption.startswith("Inside of a Groth16")]
    assert name.endswith("modelled, not measured")
    assert page.tables[name][1][1:4] == ["416", "211 750", "239 406"]
    text = " ".join("".join(page.text).split())
    assert "was not measured on a chain" in text
    assert "lower bound" in text
    assert "EIP-7623" in text


def test_a_page_without_proofs_has_no_gas(example: Result) -> None:
    assert 'id="proofs"' not in render_html([example])
