"""The order in which contenders take their turns: random, but the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence


def round_order(seed: int, slug: str, round_number: int, labels: Sequence[str]) -> list[str]:
    """Return the labels of a round in their random order.

    The order depends on the seed, the case and the round only, not on what ran before, so a resumed
    run goes on with the orders that it would have had. Within a round every contender runs once,
    close in time: comparing by rounds takes out what drifts, and the random order takes out what a
    contender does to the one after it.
    """
    order = sorted(labels)
    random.Random(f"zkmark/{seed}/{slug}/{round_number}").shuffle(order)
    return order
