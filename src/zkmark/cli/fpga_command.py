"""``zkmark fpga``: the hardware designs, what they take of a board, and the boards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.names import near
from zkmark.cli.options import Json
from zkmark.cli.terminal import complain, emit_json, print_pairs, print_table, say
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.backends.fpga.design import Design
    from zkmark.hardware_profiles.boards import Board

_EPILOG = """\b
Examples:
  zkmark fpga list                       the designs and what each computes
  zkmark fpga report --board u55c        every design on a board
  zkmark fpga report goldilocks-multiplier
  zkmark fpga synthesise goldilocks-multiplier --ecp5
  zkmark fpga boards
"""
_NAMES = {"lut": "LUT", "ff": "FF", "dsp": "DSP", "bram36": "BRAM36", "uram": "URAM"}
_PARTS_OF_LUT = {"logic": "logic", "srl": "shift registers", "lutram": "memory"}

Row = dict[str, Any]


def _complete_design(incomplete: str) -> list[str]:
    from zkmark.kernels.fpga import designs

    return [name for name in designs() if name.startswith(incomplete)]


def _complete_board(incomplete: str) -> list[str]:
    from zkmark.hardware_profiles.boards import board_ids

    return [name for name in board_ids() if name.startswith(incomplete)]


Utilisation = Annotated[
    float | None,
    typer.Option(
        "--utilisation",
        help="Share of what the board's platform leaves that instances may fill.",
        metavar="SHARE",
        show_default="0.7",
    ),
]
BoardId = Annotated[
    str,
    typer.Option("--board", help="Board.", metavar="ID", autocompletion=_complete_board),
]


def _design(name: str) -> Design:
    from zkmark.kernels.fpga import designs

    known = designs()
    name = name.removeprefix("fpga/")
    if name not in known:
        raise RefusalError(f"fpga: got {name!r}{near(name, known)}")
    return known[name]


def _board(id: str) -> Board:
    from zkmark.hardware_profiles.boards import board, board_ids

    if id not in board_ids():
        raise RefusalError(f"--board: got {id!r}{near(id, board_ids())}")
    return board(id)


def _list_row(design: Design) -> Row:
    from zkmark.kernels.fpga_resources import synthesised

    entry = synthesised(design)
    state = "no" if entry is None else "composed" if "composed_of" in entry else "yes"
    return {
        "name": design.name,
        "top": design.top,
        "parameters": dict(design.parameters),
        "about": design.about,
        "clock_hertz": None if design.clock is None else design.clock.hertz,
        "clock_source": None if design.clock is None else design.clock.source,
        "synthesised": state,
        "ecp5_hertz": (entry or {}).get("ecp5", {}).get("fmax_hertz"),
    }


def list_designs(as_json: Json = False) -> None:
    """List the designs: what each computes, its clock, and whether it was synthesised."""
    from zkmark.kernels.fpga import designs

    rows = [_list_row(design) for design in designs().values()]
    if as_json:
        emit_json(rows)
        return
    columns = ["design", "top", "computes", "clock", "synthesised", "ECP5"]
    print_table(
        columns,
        [
            [
                row["name"],
                row["top"],
                row["about"],
                _megahertz(row["clock_hertz"]),
                row["synthesised"],
                _megahertz(row["ecp5_hertz"]),
            ]
            for row in rows
        ],
        right=("clock", "ECP5"),
        narrow_drops=("top", "ECP5", "computes"),
    )


def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[DESIGN]",
            help="Design.",
            autocompletion=_complete_design,
            show_default="a table of all of them",
        ),
    ] = None,
    board: BoardId = "u250",
    utilisation: Utilisation = None,
    as_json: Json = False,
) -> None:
    """Show what a design takes of a board, its clock, how many instances fit and what limits them.

    Nothing here was measured on a board. Resources are synthesised, a clock for UltraScale+ is
    declared (its source says by whom it was reached), one for ECP5 placed and routed.
    """
    from zkmark.kernels.fpga import designs
    from zkmark.kernels.fpga_resources import MOST_UTILISATION

    share = MOST_UTILISATION if utilisation is None else utilisation
    if not 0 < share <= 1:
        raise RefusalError(f"--utilisation: got {share:g}, want a share above 0 and up to 1")
    on = _board(board)
    if name is None:
        rows = [_report(design, on, share) for design in designs().values()]
        if as_json:
            emit_json(rows)
        else:
            _print_all(rows, on, share)
        return
    found = _report(_design(name), on, share)
    if as_json:
        emit_json(found)
    else:
        _print_one(found, on)


def _report(design: Design, on: Board, share: float) -> Row:
    from zkmark.backends.fpga.synthesis import BEFORE_PACKING
    from zkmark.hardware_profiles.boards import RESOURCES, ULTRASCALE_PLUS
    from zkmark.kernels.fpga_resources import Fit, clock_on, fit, resources_on, synthesised

    row: Row = {
        "design": design.name,
        "top": design.top,
        "parameters": dict(design.parameters),
        "about": design.about,
        "latency": design.latency,
        "board": on.id,
        "part": on.part,
        "utilisation": share,
    }
    try:
        clock = clock_on(design, on)
        row |= {"clock_hertz": clock.hertz, "clock_source": clock.source}
    except ValueError as error:
        row |= {"clock_hertz": None, "clock_source": None, "no_clock": str(error)}
    used = resources_on(design, on.family)
    if isinstance(used, str):
        return {**row, "resources": None, "instances": None, "reason": used}
    entry = synthesised(design) or {}
    room = fit(design, on, share)
    of_part = {one: used.get(one, 0) / on.resources[one] for one in RESOURCES if on.resources[one]}
    row |= {
        "resources": dict(used),
        "of_part": of_part,
        "composed_of": entry.get("composed_of"),
        "tool": entry.get("tool"),
        "note": BEFORE_PACKING if on.family == ULTRASCALE_PLUS else None,
    }
    if not isinstance(room, Fit):
        return {**row, "instances": None, "reason": room}
    return {**row, "instances": room.instances, "limit": room.limit}


def _print_all(rows: list[Row], on: Board, share: float) -> None:
    from zkmark.hardware_profiles.boards import RESOURCES

    columns = ["design", "clock", *(_NAMES[one] for one in RESOURCES), "fit", "limited by"]
    lines = []
    for row in rows:
        used = row["resources"]
        cells = (
            ["-"] * len(RESOURCES) if used is None else [_count(used.get(n, 0)) for n in RESOURCES]
        )
        label = f"{row['design']} (composed)" if row.get("composed_of") else row["design"]
        limit = "not synthesised" if used is None else _NAMES.get(row.get("limit", ""), "-")
        lines.append(
            [label, _megahertz(row["clock_hertz"]), *cells, _count(row["instances"]), limit]
        )
    title = f"{on.name}: instances at {share:.0%} of what its platform leaves"
    print_table(columns, lines, title=title, right=(*columns[1:-1],), narrow_drops=("URAM", "FF"))
    for note in dict.fromkeys(row["note"] for row in rows if row.get("note")):
        print(f"Resources {note}.")


def _print_one(row: Row, on: Board) -> None:
    clock = row.get("no_clock") or f"{_megahertz(row['clock_hertz'])}: {row['clock_source']}"
    parameters = ", ".join(f"{name} = {value}" for name, value in row["parameters"].items())
    pairs = [
        ("design", f"{row['design']} (module {row['top']})"),
        ("computes", row["about"]),
        *([("parameters", parameters)] if parameters else []),
        ("cycles", row["latency"] or "no formula in its source"),
        ("clock", clock),
        ("board", f"{on.name}, {on.part}"),
    ]
    if on.memory is not None:
        one = on.memory
        pairs.append(
            (
                "memory",
                f"{one.kind}, {one.channels} x {one.word_bits} bits, "
                f"{one.bytes_per_second / 1e9:.4g} GB/s, of which {one.efficiency:.0%} are reached",
            )
        )
    link = "none"
    if on.pcie_bytes_per_second is not None:
        link = f"{on.pcie}, {on.pcie_bytes_per_second / 1e9:.3g} GB/s each way by DMA"
    pairs.append(("PCIe", link))
    if row["instances"] is None:
        print_pairs([*pairs, ("resources", row["reason"])])
        return
    fit = f"{row['instances']} at {row['utilisation']:.0%} of what the platform leaves"
    pairs.append(("instances", f"{fit}, limited by {_NAMES[row['limit']]}"))
    if row["composed_of"]:
        blocks = ", ".join(f"{count} x {name}" for name, count in row["composed_of"].items())
        pairs.append(("composed", f"{blocks}; what ties them is not counted"))
    print_pairs(pairs)
    print()
    _print_resources(row["resources"], row["of_part"], row["instances"], on)
    if row["note"]:
        print(f"Resources {row['note']}.")


def _print_resources(
    used: Mapping[str, float], of_part: Mapping[str, float], instances: int, on: Board
) -> None:
    lines = []
    for name, label in _NAMES.items():
        total = on.resources[name]
        whole = (on.shell[name] + instances * used.get(name, 0)) / total if total else 0
        cells = [_count(used.get(name, 0)), f"{of_part.get(name, 0):.2%}"]
        lines.append([label, *cells, _count(on.shell[name]), f"{whole:.1%}", _count(total)])
        if name == "lut":
            for part, words in _PARTS_OF_LUT.items():
                if used.get(part):
                    lines.append([f"  {words}", _count(used[part]), "", "", "", ""])
    all_of = "it" if instances == 1 else f"{instances} of them"
    columns = ["resource", "one", "of the part", "platform", f"with {all_of}", "part"]
    print_table(columns, lines, right=tuple(columns[1:]))


def synthesise(
    names: Annotated[
        list[str],
        typer.Argument(metavar="DESIGN...", help="Designs.", autocompletion=_complete_design),
    ],
    ecp5: Annotated[
        bool,
        typer.Option("--ecp5", help="Place and route for ECP5 as well, for a clock. Minutes."),
    ] = False,
    seconds: Annotated[
        float,
        typer.Option("--seconds", help="Longest that a tool may take.", metavar="N", min=1),
    ] = 3600.0,
) -> None:
    """Synthesise designs for AMD UltraScale+ and keep what they take of a part.

    That is kept in the user's cache, where it comes before what zkmark brings.
    """
    from zkmark.backends.fpga.synthesis import BEFORE_PACKING, SynthesisError
    from zkmark.backends.fpga.tools import MissingToolError, find_nextpnr, find_yosys
    from zkmark.kernels.fpga_resources import load_table, make_entry, save_table, user_table

    chosen = [_design(name) for name in dict.fromkeys(names)]
    try:
        find_yosys()
        if ecp5:
            find_nextpnr()
    except MissingToolError as error:
        raise RefusalError(str(error), ExitCode.NOT_BUILT) from error
    failed = False
    for design in chosen:
        say(f"Synthesising {design.name}")
        try:
            entry = make_entry(design, seconds, ecp5)
        except SynthesisError as error:
            complain(str(error))
            failed = True
            continue
        with refusing("the cache of designs"):
            save_table(user_table(), {**load_table(user_table()), design.name: entry})
        print(f"{design.name}: {_in_words(entry['resources'])}, in {entry['seconds']:.0f} s")
        if ecp5:
            placed = entry["ecp5"]
            print(
                f"{design.name} on {placed['part']}: {_megahertz(placed['fmax_hertz'])} after "
                f"place-and-route, {_in_words(placed['resources'])}"
            )
    say(f"Resources for UltraScale+ {BEFORE_PACKING}.")
    if failed:
        raise typer.Exit(ExitCode.NOT_BUILT)


def list_boards(as_json: Json = False) -> None:
    """List the boards that times are modelled for; their files name every figure's source."""
    from dataclasses import asdict

    from zkmark.hardware_profiles.boards import RESOURCES, board, board_ids

    boards = [board(id) for id in board_ids()]
    if as_json:
        emit_json([{**asdict(one), "room": one.room} for one in boards])
        return
    columns = ["board", "name", "family", *(_NAMES[one] for one in RESOURCES)]
    columns += ["memory", "GB/s", "PCIe", "W"]
    lines = []
    for one in boards:
        memory = one.memory
        lines.append(
            [
                *(one.id, one.name, one.family),
                *(_count(one.resources[name]) for name in RESOURCES),
                "-" if memory is None else f"{memory.channels} x {memory.kind}",
                "-" if memory is None else f"{memory.bytes_per_second / 1e9:.3g}",
                one.pcie or "-",
                "-" if one.power_watts is None else f"{one.power_watts:g}",
            ]
        )
    right = (*(_NAMES[one] for one in RESOURCES), "GB/s", "W")
    print_table(columns, lines, right=right, narrow_drops=("name", "FF", "family", "PCIe"))


def _in_words(resources: Mapping[str, float]) -> str:
    return ", ".join(f"{_count(resources.get(n, 0))} {label}" for n, label in _NAMES.items())


def _count(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _megahertz(hertz: float | None) -> str:
    return "-" if hertz is None else f"{hertz / 1e6:.0f} MHz"


def register(app: typer.Typer) -> None:
    """Add the command and its parts to the application."""
    group = typer.Typer(
        no_args_is_help=False,
        rich_markup_mode=app.rich_markup_mode,
        help="Look at the hardware designs, synthesise them, and see what fits a board.",
        epilog=_EPILOG,
    )
    group.command("list", epilog=_EPILOG)(list_designs)
    group.command("report", epilog=_EPILOG)(report)
    group.command("synthesise", epilog=_EPILOG)(synthesise)
    group.command("boards", epilog=_EPILOG)(list_boards)
    app.add_typer(group, name="fpga")
