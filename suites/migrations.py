"""Reading results of older versions: one step a version, applied in a chain.

The schema version is semantic. A new patch version changes descriptions only, a new minor version
adds what older readers may ignore, a new major version changes meanings. Every bump adds one step
here, from the version before it to itself, so that any old document is brought to the current form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zkmark.suites.errors import ResultFormatError

SCHEMA_VERSION = "1.4.0"

Document = dict[str, Any]
Step = tuple[str, Callable[[Document], Document]]


def _to_1_1_0(document: Document) -> Document:
    """Give every case what came with ceilings, peers and their ratios: nobody measured any."""
    reason = "the run was made by a zkmark that did not measure ceilings"

    def none() -> dict[str, Any]:
        return {"value": None, "source": "zkmark", "status": "unavailable", "reason": reason}

    cases = document.get("cases")
    for case in cases if isinstance(cases, list) else []:
        if not isinstance(case, dict):  # the schema will say so
            continue
        case |= {"ranked_phase": "total", "differs": [], "target": None, "compute_speedup": {}}
        shares = {"rate": none(), "roof": none(), "fraction": none()}
        nothing = dict.fromkeys(("unit", "level", "count", "per_byte", "formula"))
        case["ceiling"] = {
            "phase": "compute",
            "bound": None,
            "operations": {**nothing, **shares},
            "memory": {"bytes": None, "rate": none(), "roof": none(), "fraction": none()},
        }
    return document


def _to_1_2_0(document: Document) -> Document:
    """Give every case the place of what a GPU did meanwhile: nobody asked."""
    cases = document.get("cases")
    for case in cases if isinstance(cases, list) else []:
        if isinstance(case, dict):
            case["gpu"] = None
    return document


def _to_1_3_0(document: Document) -> Document:
    """Give every case the place of a modelled time: none was modelled."""
    cases = document.get("cases")
    for case in cases if isinstance(cases, list) else []:
        if isinstance(case, dict):
            case["modelled"] = None
    return document


def _to_1_4_0(document: Document) -> Document:
    """Give every case the place of a workload: none was one."""
    cases = document.get("cases")
    for case in cases if isinstance(cases, list) else []:
        if isinstance(case, dict):
            case["workload"] = None
    return document


# From a version to the next one and the function that makes the change; 1.0.0 was the first.
STEPS: dict[str, Step] = {
    "1.0.0": ("1.1.0", _to_1_1_0),
    "1.1.0": ("1.2.0", _to_1_2_0),
    "1.2.0": ("1.3.0", _to_1_3_0),
    "1.3.0": ("1.4.0", _to_1_4_0),
}


def parse_version(text: str) -> tuple[int, int, int]:
    """Return a version's three numbers; ``ValueError`` when it is none."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(
            f"schema_version: got {text!r}, want three numbers such as {SCHEMA_VERSION}"
        )
    return int(parts[0]), int(parts[1]), int(parts[2])


def migrate(
    document: Document,
    name: str,
    *,
    current: str = SCHEMA_VERSION,
    steps: dict[str, Step] | None = None,
) -> Document:
    """Bring a document to the current version and return it; ``name`` is for messages.

    Raises ``ResultFormatError`` for a version from the future or one that no chain leads on from.
    """
    chain = STEPS if steps is None else steps
    version = document.get("schema_version")
    try:
        numbers = parse_version(version if isinstance(version, str) else repr(version))
    except ValueError as error:
        raise ResultFormatError(f"{name} is no zkmark result: {error}") from None
    if numbers > parse_version(current):
        raise ResultFormatError(
            f"{name} was written by a newer zkmark (schema {version}, this one reads up to "
            f"{current}); upgrade zkmark to read it"
        )
    while document["schema_version"] != current:
        step = chain.get(document["schema_version"])
        if step is None:
            raise ResultFormatError(
                f"{name} has schema {document['schema_version']}, "
                f"which this zkmark cannot bring to {current}"
            )
        target, change = step
        document = change(document)
        document["schema_version"] = target
    return document
