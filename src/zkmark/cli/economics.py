"""What machines cost and draw, as command lines say it: options, checks and letters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated, Any

import typer

from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.names import completer, near
from zkmark.cli.terminal import complain

# Of more machines than these, none is named: the list of machines is the better answer.
_MOST_NAMED = 5
_ALL = "; zkmark list profiles shows the machines"

PricePerHour = Annotated[
    float | None,
    typer.Option(
        "--price-per-hour",
        metavar="USD",
        help="What an hour of this machine costs, in US dollars; declared, not looked up.",
    ),
]
PowerWatts = Annotated[
    float | None,
    typer.Option(
        "--power-watts",
        metavar="WATTS",
        help="What this machine draws under load; declared, not measured.",
    ),
]
Machine = Annotated[
    str | None,
    typer.Option(
        "--machine",
        metavar="MACHINE",
        help="Take price and power of this machine from an instance of the catalogue (zkmark list "
        "profiles) or from a profile's file.",
        autocompletion=completer("profile"),
    ),
]
Prices = Annotated[
    list[str] | None,
    typer.Option(
        "--price",
        metavar="LETTER=USD",
        help="What an hour of a machine costs, if its profile does not say; the files are A, B, "
        "C... in their order; may be given again: --price A=0.21 --price B=1.80.",
        show_default="what the profiles declare",
    ),
]


def declared_economics(
    price_per_hour: float | None, power_watts: float | None, machine: str | None = None
) -> dict[str, Any]:
    """Return what is declared of this machine; warn if ``machine`` looks like another one."""
    from zkmark.hardware_profiles import economics

    profile = None if machine is None else _rented(machine)
    try:
        return economics(price_per_hour, power_watts, profile)
    except ValueError as error:
        raise RefusalError(f"--{error}") from error


def _rented(name: str) -> dict[str, Any]:
    from zkmark.hardware_profiles import detect_profile
    from zkmark.hardware_profiles.catalogue import catalogue
    from zkmark.hardware_profiles.declared import misfits

    kinds = {entry.id: entry.kind for entry in catalogue()}
    if kinds.get(name, "instance") != "instance":
        raise RefusalError(
            f"--machine: {name} is a {kinds[name]}, which is a part of a machine; want an instance "
            "(zkmark list profiles) or a profile's file"
        )
    profile = machine_profile("--machine", name)
    fields = profile.get("economics", {}).values()
    if not any(field["status"] == "declared" for field in fields):
        raise RefusalError(f"--machine: {name} declares neither price nor power")
    for one in misfits(profile, detect_profile()):
        complain(f"--machine: {name} is not this machine ({one})")
    return profile


def machine_profile(argument: str, name: str) -> dict[str, Any]:
    """Return a profile of the catalogue, by its id, or of a file; refuse what is neither."""
    from zkmark.hardware_profiles import load_profile
    from zkmark.hardware_profiles.catalogue import catalogue, catalogue_profile

    known = [entry.id for entry in catalogue()]
    if name in known:
        return catalogue_profile(name)
    if not Path(name).exists():
        holding = [id for id in known if name.lower() in id]
        hint = near(name, known, _ALL)
        if len(holding) > _MOST_NAMED:
            hint = f"; zkmark list profiles --match {name} shows {len(holding)} that hold it"
        elif holding:
            hint = f"; did you mean {' or '.join(holding)}?"
        raise RefusalError(
            f"{argument}: got {name!r}, want a machine of the catalogue or a profile's file{hint}"
        )
    with refusing():
        return load_profile(name)


def parse_prices(texts: Sequence[str] | None, count: int) -> dict[str, float]:
    """Read what machines cost: a letter and dollars an hour."""
    letters = ascii_uppercase[:count]
    found = {}
    for text in texts or ():
        letter, _, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if letter not in letters or len(letter) != 1 or not math.isfinite(value) or value < 0:
            raise RefusalError(
                f"--price: got {text!r}, want a letter of {', '.join(letters)}, an equals sign and "
                "US dollars an hour, like A=0.21"
            )
        found[letter] = value
    return found
