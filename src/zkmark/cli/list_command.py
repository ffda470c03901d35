"""``zkmark list``: backends, devices, kernels, parameter sets, workloads, suites and profiles."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from zkmark.cli.errors import RefusalError
from zkmark.cli.names import near
from zkmark.cli.options import Device, Json
from zkmark.cli.terminal import console, emit_json, is_terminal, print_table

_EPILOG = """\b
Examples:
  zkmark list
  zkmark list fields
  zkmark list backends --json
  zkmark list devices --device pocl
  zkmark list profiles --kind gpu
  zkmark list profiles --match h100
"""

Row = dict[str, Any]


def _backends() -> list[Row]:
    from zkmark.backends import backend_statuses

    return [
        {
            "name": status.name,
            "available": status.available,
            "device": status.device,
            "reason": status.reason,
        }
        for status in backend_statuses()
    ]


def _devices() -> list[Row]:
    from zkmark.backends import list_devices

    return [
        {
            "index": device.index,
            "backend": device.backend,
            "name": device.name,
            "platform": device.platform,
            "kind": device.kind,
            "memory": device.memory_bytes,
            "units": device.compute_units,
            "driver": device.driver,
        }
        for device in list_devices()
    ]


def _keep_device(rows: list[Row], device: str) -> list[Row]:
    from zkmark.backends import find_device

    try:
        kept = {(one.backend, one.index) for one in find_device(device).values()}
    except ValueError as error:
        raise RefusalError(f"--{error}") from error
    return [row for row in rows if (row["backend"], row["index"]) in kept]


_ABOUT_KERNELS = {
    "ntt": "number-theoretic transform over a prime field",
    "msm": "multi-scalar multiplication on an elliptic curve",
    "merkle": "Merkle tree from leaves to root",
    "stackvm": "whole programs of a stack machine: compiled, proven by a STARK, verified",
}


def _kernels() -> list[Row]:
    from zkmark.backends import BACKEND_NAMES
    from zkmark.kernels import implementations_of
    from zkmark.provers import CASE_TYPES

    return [
        {
            "name": kernel,
            "about": _ABOUT_KERNELS.get(kernel, "a kernel of a plugin"),
            "backends": [name for name in BACKEND_NAMES if implementations_of(kernel, name)],
        }
        for kernel in CASE_TYPES
    ]


def _fields() -> list[Row]:
    from zkmark.kernels.fields.parameters import EXTENSION_FIELDS, FIELDS

    rows: list[Row] = [
        {
            "id": field.id,
            "bits": field.bits,
            "two_adicity": field.two_adicity,
            "bytes": field.bytes_per_element,
            "modulus": hex(field.modulus),
            "extends": None,
            "degree": 1,
        }
        for field in FIELDS.values()
    ]
    for extension in EXTENSION_FIELDS.values():
        base = extension.base
        rows.append(
            {
                "id": extension.id,
                "bits": base.bits * extension.degree,
                "two_adicity": None,
                "bytes": base.bytes_per_element * extension.degree,
                "modulus": hex(base.modulus),
                "extends": base.id,
                "degree": extension.degree,
            }
        )
    return rows


def _curves() -> list[Row]:
    from zkmark.kernels.curves.parameters import CURVES

    return [
        {
            "id": curve.id,
            "base_field": _id_of(curve.base_field),
            "scalar_field": _id_of(curve.scalar_field),
            "equation": f"y^2 = x^3 + {curve.b}",
        }
        for curve in CURVES.values()
    ]


def _id_of(field: Any) -> str:
    return str(getattr(field, "id", field))


def _hashes() -> list[Row]:
    from zkmark.kernels.hashes.parameters import HASHES

    return [
        {
            "id": found.id,
            "kind": found.kind,
            "field": None if found.field is None else _id_of(found.field),
        }
        for found in HASHES.values()
    ]


def _workloads() -> list[Row]:
    from zkmark.provers.workloads.catalogue import WORKLOADS

    return [
        {"name": name, "variants": list(kind.variants), "about": kind.about, "scale": kind.scaled}
        for name, kind in WORKLOADS.items()
    ]


def _suites() -> list[Row]:
    from zkmark.suites.suite_file import list_suites, load_suite

    rows: list[Row] = []
    for path in list_suites():
        suite = load_suite(path)
        rows.append(
            {
                "name": suite.name,
                "cases": len(suite.groups),
                "about": suite.description,
                "file": str(path),
            }
        )
    return rows


def _profiles() -> list[Row]:
    from zkmark.hardware_profiles import plain
    from zkmark.hardware_profiles.catalogue import catalogue, catalogue_profile, source_kinds

    rows: list[Row] = []
    for entry in catalogue():
        profile = catalogue_profile(entry.id)
        rows.append(
            {
                "id": entry.id,
                "kind": entry.kind,
                "name": entry.name,
                "usd_per_hour": plain(profile, "economics.price_per_hour"),
                "sources": source_kinds(profile),
            }
        )
    return rows


def _keep_profiles(rows: list[Row], kind: str | None, match: str | None) -> list[Row]:
    from zkmark.hardware_profiles.catalogue import KINDS

    if kind is not None and kind not in KINDS:
        raise RefusalError(f"--kind: got {kind!r}{near(kind, KINDS)}")
    words = (match or "").lower().split()
    return [
        row
        for row in rows
        if kind in (None, row["kind"])
        and all(word in f"{row['id']} {row['name']}".lower() for word in words)
    ]


_SECTIONS: dict[str, Callable[[], list[Row]]] = {
    "backends": _backends,
    "devices": _devices,
    "kernels": _kernels,
    "fields": _fields,
    "curves": _curves,
    "hashes": _hashes,
    "workloads": _workloads,
    "suites": _suites,
    "profiles": _profiles,
}


# Shown when asked for by name: it says nothing of what can be measured here.
_ASKED_FOR = ("profiles",)


def _complete_section(incomplete: str) -> list[str]:
    return [name for name in _SECTIONS if name.startswith(incomplete)]


def _complete_kind(incomplete: str) -> list[str]:
    from zkmark.hardware_profiles.catalogue import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


_PROFILE_TITLES = {
    "processor": "Processors",
    "gpu": "GPUs",
    "fpga": "FPGA boards",
    "instance": "Cloud instances",
}


def _print_profiles(rows: list[Row]) -> None:
    """Print a table a kind, with how many figures there are, and how many from primary sources."""
    groups = {kind: [row for row in rows if row["kind"] == kind] for kind in _PROFILE_TITLES}
    shown = {kind: found for kind, found in groups.items() if found}
    for index, (kind, found) in enumerate(shown.items()):
        if index and not is_terminal(sys.stdout):
            print()
        columns = ["id", "name", *(["USD/h"] if kind == "instance" else []), "primary", "figures"]
        lines = [
            [
                *(row["id"], row["name"]),
                *([f"{row['usd_per_hour']:g}"] if kind == "instance" else []),
                *(str(row["sources"]["primary"]), str(sum(row["sources"].values()))),
            ]
            for row in found
        ]
        right = ("USD/h", "primary", "figures")
        print_table(columns, lines, title=_PROFILE_TITLES[kind], right=right)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)


def _print_section(name: str, rows: list[Row]) -> None:
    if not rows:
        print(f"{name.capitalize()}: none")
        return
    if name == "profiles":
        _print_profiles(rows)
        return
    if name == "backends":
        shown = [
            {
                "backend": row["name"],
                "runs here": row["available"],
                "device, or why not": row["device"] if row["available"] else row["reason"],
            }
            for row in rows
        ]
    elif name == "devices":
        shown = [{**row, "memory": f"{row['memory'] / 2**30:.1f} GiB"} for row in rows]
    else:
        # A modulus fills a line and tells a reader little; it stays in the JSON.
        shown = [{k: v for k, v in row.items() if k not in ("modulus", "degree")} for row in rows]
    columns = list(shown[0])
    print_table(
        [column.replace("_", " ") for column in columns],
        [[_cell(row[column]) for column in columns] for row in shown],
        title=name.capitalize(),
        right=("bits", "two adicity", "bytes", "cases", "index", "memory", "units"),
    )


def list_command(
    what: Annotated[
        str | None,
        typer.Argument(
            help="backends, devices, kernels, fields, curves, hashes, workloads, suites or "
            "profiles.",
            autocompletion=_complete_section,
            metavar="[WHAT]",
            show_default="all but profiles",
        ),
    ] = None,
    device: Device = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="Of the profiles, those of this kind: processor, gpu, fpga or instance.",
            autocompletion=_complete_kind,
            metavar="KIND",
        ),
    ] = None,
    match: Annotated[
        str | None,
        typer.Option(
            "--match",
            help="Of the profiles, those with every word of this in id or name.",
            metavar="TEXT",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what can be measured here, and with what.

    Backends (with why not for those missing), devices, kernels, fields, curves, hashes, workloads,
    suites; and, when asked for, the catalogue of hardware profiles.
    """
    if what is not None and what not in _SECTIONS:
        raise RefusalError(f"list: got {what!r}{near(what, _SECTIONS)}")
    if device is not None and what not in (None, "devices"):
        raise RefusalError(f"--device: it chooses among devices, not among {what}")
    for option, given in (("--kind", kind), ("--match", match)):
        if given is not None and what != "profiles":
            raise RefusalError(f"{option}: it chooses among profiles: zkmark list profiles")
    chosen = (
        [what]
        if what
        else ["devices"]
        if device is not None
        else [name for name in _SECTIONS if name not in _ASKED_FOR]
    )
    sections = {name: _SECTIONS[name]() for name in chosen}
    if device is not None:
        sections["devices"] = _keep_device(sections["devices"], device)
    if "profiles" in sections:
        sections["profiles"] = _keep_profiles(sections["profiles"], kind, match)
    if as_json:
        emit_json(sections)
        return
    for index, (name, rows) in enumerate(sections.items()):
        if index and not is_terminal(sys.stdout):
            console(sys.stdout).print()
        _print_section(name, rows)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("list", epilog=_EPILOG)(list_command)
