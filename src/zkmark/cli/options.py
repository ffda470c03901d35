"""Options that several commands share, with their help texts and shell completion."""

from __future__ import annotations

from typing import Annotated

import typer

from zkmark.cli.errors import RefusalError
from zkmark.cli.names import completer

Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print JSON on standard output; everything else goes to standard error."
    ),
]
Backends = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        "-b",
        help="Measure on this backend only; may be given again.",
        autocompletion=completer("backend"),
        metavar="NAME",
        show_default="the suite's own; for bench every measured one that runs here",
    ),
]
Kernels = Annotated[
    list[str] | None,
    typer.Option(
        "--kernel",
        "-k",
        help="Keep the cases of this kernel; may be given again.",
        autocompletion=completer("kernel"),
        metavar="NAME",
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        help="Keep the NTT cases over this field; may be given again.",
        autocompletion=completer("field"),
        metavar="ID",
    ),
]
Curves = Annotated[
    list[str] | None,
    typer.Option(
        "--curve",
        help="Keep the MSM cases on this curve; may be given again.",
        autocompletion=completer("curve"),
        metavar="ID",
    ),
]
Hashes = Annotated[
    list[str] | None,
    typer.Option(
        "--hash",
        help="Keep the Merkle cases with this hash; may be given again.",
        autocompletion=completer("hash"),
        metavar="ID",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        "-t",
        help="Host threads that kernels may use.",
        metavar="N",
        show_default="every processor of this process",
    ),
]
Isa = Annotated[
    str | None,
    typer.Option(
        "--isa",
        help="Highest instruction-set level of the backend cpu.",
        autocompletion=completer("isa"),
        metavar="LEVEL",
        show_default="the highest that this machine has",
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        "-d",
        help="Device of the backends cuda and opencl: an index or a part of its name.",
        metavar="DEVICE",
        show_default="the first GPU, else the first device",
    ),
]
Board = Annotated[
    str | None,
    typer.Option(
        "--board",
        help="Board that the backend fpga models its time on.",
        autocompletion=completer("board"),
        metavar="ID",
        show_default="the suite's own; u250",
    ),
]
Scale = Annotated[
    int | None,
    typer.Option(
        "--scale",
        help="Make workloads so many times larger.",
        metavar="K",
        show_default="the suite's own; 1",
    ),
]
Security = Annotated[
    int,
    typer.Option("--security", help="Bits of conjectured security, at most 128.", metavar="BITS"),
]
CommitmentHash = Annotated[
    str,
    typer.Option(
        "--hash",
        help="Hash of the commitments.",
        metavar="ID",
        autocompletion=completer("hash"),
    ),
]
Blowup = Annotated[
    int, typer.Option("--blowup", help="The inverse of the code's rate.", metavar="N")
]
TimeBudget = Annotated[
    float | None,
    typer.Option(
        "--time-budget",
        help="Seconds that one case may take on one backend before sampling stops.",
        metavar="SECONDS",
        show_default="the suite's own; 20 for bench",
    ),
]


def _check_seed(value: int | None) -> int | None:
    if value is not None and value < 0:
        raise RefusalError(f"--seed: got {value}, want a whole number from 0")
    return value


Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        help="Seed of every case's input.",
        metavar="N",
        show_default="1",
        callback=_check_seed,
    ),
]
