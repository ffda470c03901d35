"""``zkmark bench``: one case from the command line, without a suite file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zkmark.cli import options
from zkmark.cli.economics import Machine, PowerWatts, PricePerHour, declared_economics
from zkmark.cli.errors import refusing
from zkmark.cli.measuring import (
    check_backends,
    check_board,
    check_device,
    check_isa,
    check_threads,
    check_waves,
    finish,
    measure,
    with_board,
    with_device,
    with_isa,
)
from zkmark.cli.names import check_name, completer
from zkmark.cli.sizes import log_of, parse_size

_EPILOG = """\b
Examples:
  zkmark bench ntt --field goldilocks --size 2^16
  zkmark bench msm --curve bls12-381-g1 --size 2^12 --threads 1
  zkmark bench merkle --hash poseidon2-babybear-16 --size 2^12
  zkmark bench workload fibonacci --variant iter-1000
"""
_NTT_EPILOG = """\b
Examples:
  zkmark bench ntt --field goldilocks --size 2^16
  zkmark bench ntt --field babybear --size 2^12 --batch 64 --backend cpu --backend numba
  zkmark bench ntt --field goldilocks --size 2^12 --backend fpga --board u250
  zkmark bench ntt --field bn254-fr --size 2^14 --direction inverse --order bit-reversed --coset
"""
_MSM_EPILOG = """\b
Examples:
  zkmark bench msm --curve bn254-g1 --size 2^12
  zkmark bench msm --curve pallas --size 1000 --threads 1 --json
"""
_MERKLE_EPILOG = """\b
Examples:
  zkmark bench merkle --hash sha-256 --size 2^14
  zkmark bench merkle --hash blake3 --size 2^14 --leaf-width 1024
  zkmark bench merkle --hash poseidon2-goldilocks-12 --size 2^10 --leaf-width 8
  zkmark bench merkle --hash sha-256 --size 2^14 --backend opencl --device 0
"""

_WORKLOAD_EPILOG = """\b
Examples:
  zkmark bench workload sudoku-strict --security 128
  zkmark bench workload fibonacci --variant iter-1000 --scale 100 --time-budget 60
  zkmark bench workload blake3 --variant bytes-10000 --hash poseidon2-goldilocks-12
"""

Size = Annotated[
    str,
    typer.Option(
        "--size", "-n", help="How many: a whole number or a power (2^16).", metavar="SIZE"
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Keep the result and its report: a .json file, or a folder.",
        metavar="PATH",
        show_default="nothing is kept",
    ),
]

Waves = Annotated[
    Path | None,
    typer.Option(
        "--waves",
        help="Write every signal of the simulated design to this file; with --backend fpga alone.",
        metavar="FILE.vcd",
        show_default="nothing is written",
    ),
]


def _complete(words: tuple[str, ...]) -> Any:
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


def _case(kernel: str, **parameters: Any) -> Any:
    import zkmark.provers  # noqa: F401 - its case types are known from then on
    from zkmark.kernels.case import case_from_parameters

    with refusing():
        return case_from_parameters(kernel, parameters)


def ntt(
    field: Annotated[
        str,
        typer.Option(
            "--field", "-f", help="Prime field.", metavar="ID", autocompletion=completer("field")
        ),
    ],
    size: Size,
    batch: Annotated[
        int, typer.Option("--batch", help="Transforms side by side.", metavar="N")
    ] = 1,
    direction: Annotated[
        str,
        typer.Option(
            "--direction",
            help="forward or inverse.",
            metavar="WAY",
            autocompletion=_complete(("forward", "inverse")),
        ),
    ] = "forward",
    order: Annotated[
        str,
        typer.Option(
            "--order",
            help="natural, or bit-reversed values in the transformed domain.",
            metavar="ORDER",
            autocompletion=_complete(("natural", "bit-reversed")),
        ),
    ] = "natural",
    coset: Annotated[bool, typer.Option("--coset", help="On the generator's coset.")] = False,
    backend: options.Backends = None,
    threads: options.Threads = None,
    isa: options.Isa = None,
    device: options.Device = None,
    board: options.Board = None,
    waves: Waves = None,
    time_budget: options.TimeBudget = None,
    seed: options.Seed = None,
    machine: Machine = None,
    price_per_hour: PricePerHour = None,
    power_watts: PowerWatts = None,
    output: Output = None,
    as_json: options.Json = False,
) -> None:
    """Measure one number-theoretic transform."""
    check_name("field", field)
    with refusing():
        log_size = log_of(parse_size(size), "an NTT")
    case = _case(
        "ntt",
        field=field,
        log_size=log_size,
        batch=batch,
        direction=direction,
        order=order,
        coset=coset,
    )
    said = (price_per_hour, power_watts, machine)
    _measure(
        case, backend, threads, isa, device, board, waves, time_budget, seed, said, output, as_json
    )


def msm(
    curve: Annotated[
        str,
        typer.Option(
            "--curve", "-c", help="Curve.", metavar="ID", autocompletion=completer("curve")
        ),
    ],
    size: Size,
    fixed_base: Annotated[
        bool,
        typer.Option(
            "--fixed-base", help="Points known beforehand; their multiples are made in upload."
        ),
    ] = False,
    backend: options.Backends = None,
    threads: options.Threads = None,
    isa: options.Isa = None,
    device: options.Device = None,
    board: options.Board = None,
    waves: Waves = None,
    time_budget: options.TimeBudget = None,
    seed: options.Seed = None,
    machine: Machine = None,
    price_per_hour: PricePerHour = None,
    power_watts: PowerWatts = None,
    output: Output = None,
    as_json: options.Json = False,
) -> None:
    """Measure one multi-scalar multiplication."""
    check_name("curve", curve)
    with refusing():
        points = parse_size(size)
    case = _case("msm", curve=curve, size=points, fixed_base=fixed_base)
    said = (price_per_hour, power_watts, machine)
    _measure(
        case, backend, threads, isa, device, board, waves, time_budget, seed, said, output, as_json
    )


def merkle(
    hash_id: Annotated[
        str,
        typer.Option("--hash", help="Hash.", metavar="ID", autocompletion=completer("hash")),
    ],
    size: Size,
    leaf_width: Annotated[
        int | None,
        typer.Option(
            "--leaf-width",
            help="Bytes or field elements in one leaf.",
            metavar="N",
            show_default="64 bytes or 8 elements",
        ),
    ] = None,
    leaf_type: Annotated[
        str | None,
        typer.Option(
            "--leaf-type",
            help="bytes, or the field of the leaves' elements.",
            metavar="TYPE",
            show_default="what the hash takes",
        ),
    ] = None,
    backend: options.Backends = None,
    threads: options.Threads = None,
    isa: options.Isa = None,
    device: options.Device = None,
    board: options.Board = None,
    waves: Waves = None,
    time_budget: options.TimeBudget = None,
    seed: options.Seed = None,
    machine: Machine = None,
    price_per_hour: PricePerHour = None,
    power_watts: PowerWatts = None,
    output: Output = None,
    as_json: options.Json = False,
) -> None:
    """Measure hashing one Merkle tree, from its leaves to its root."""
    from zkmark.kernels.hashes.parameters import hash_parameters

    check_name("hash", hash_id)
    with refusing():
        log_size = log_of(parse_size(size), "a Merkle tree")
    if leaf_width is None:
        leaf_width = 64 if hash_parameters(hash_id).kind == "bytes" else 8
    case = _case(
        "merkle", hash=hash_id, log_size=log_size, leaf_width=leaf_width, leaf_type=leaf_type
    )
    said = (price_per_hour, power_watts, machine)
    _measure(
        case, backend, threads, isa, device, board, waves, time_budget, seed, said, output, as_json
    )


def workload(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A workload (zkmark list workloads).",
            autocompletion=completer("workload"),
        ),
    ],
    variant: Annotated[
        str | None,
        typer.Option("--variant", help="Its variant.", show_default="its first one"),
    ] = None,
    scale: options.Scale = None,
    security: options.Security = 96,
    hash_id: options.CommitmentHash = "blake3",
    blowup: options.Blowup = 8,
    backend: options.Backends = None,
    threads: options.Threads = None,
    isa: options.Isa = None,
    device: options.Device = None,
    time_budget: options.TimeBudget = None,
    seed: options.Seed = None,
    machine: Machine = None,
    price_per_hour: PricePerHour = None,
    power_watts: PowerWatts = None,
    output: Output = None,
    as_json: options.Json = False,
) -> None:
    """Measure one whole program: compile, prove, verify."""
    case = _case(
        "stackvm",
        workload=name,
        variant=variant,
        scale=1 if scale is None else scale,
        security=security,
        hash=hash_id,
        blowup=blowup,
    )
    said = (price_per_hour, power_watts, machine)
    _measure(
        case, backend, threads, isa, device, None, None, time_budget, seed, said, output, as_json
    )


def _measure(
    case: Any,
    backend: list[str] | None,
    threads: int | None,
    isa: str | None,
    device: str | None,
    board: str | None,
    waves: Path | None,
    time_budget: float | None,
    seed: int | None,
    said: tuple[float | None, float | None, str | None],
    output: Path | None,
    as_json: bool,
) -> None:
    from zkmark.suites.settings import Settings
    from zkmark.suites.suite import CaseGroup, Contender, Suite, expanded
    from zkmark.suites.suite_file import available_backends

    backends = check_backends(backend)
    check_threads(threads)
    check_isa(isa, backends)
    having = check_device(device, backends)
    check_board(board, backends)
    check_waves(waves, backends)
    with refusing():
        settings = Settings().with_changes(time_budget=time_budget, threads=threads)
    if backends is None:
        contenders = [Contender(name, optional=True) for name in available_backends()]
    else:
        contenders = [c for name in backends for c in expanded(Contender(name), case.kernel)]
    suite = Suite("bench", (CaseGroup(case, tuple(contenders)),), settings, f"{case.slug}, alone")
    suite = with_board(with_device(with_isa(suite, isa), device, having), board)
    result = measure(suite, output, seed=seed, economics=declared_economics(*said))
    raise typer.Exit(finish(result, with_report=output is not None, as_json=as_json))


def register(app: typer.Typer) -> None:
    """Add the command and its kernels to the application."""
    group = typer.Typer(
        no_args_is_help=False,
        rich_markup_mode=app.rich_markup_mode,
        help="Measure one case, without a suite file.",
        epilog=_EPILOG,
    )
    group.command("ntt", epilog=_NTT_EPILOG)(ntt)
    group.command("msm", epilog=_MSM_EPILOG)(msm)
    group.command("merkle", epilog=_MERKLE_EPILOG)(merkle)
    group.command("workload", epilog=_WORKLOAD_EPILOG)(workload)
    app.add_typer(group, name="bench")
