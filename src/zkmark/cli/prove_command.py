"""``zkmark prove``: a workload, or a program of your own, compiled, run and proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkmark.cli import options
from zkmark.cli.claim import Claim, claim_path, parse_numbers, write_claim
from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.files import check_writable
from zkmark.cli.measuring import check_device, check_isa, check_threads
from zkmark.cli.names import check_name, completer, near, workload_names
from zkmark.cli.terminal import emit_json, print_pairs, print_table
from zkmark.exit_codes import ExitCode
from zkmark.reports import quantities as q

if TYPE_CHECKING:
    from zkmark.backends import Backend
    from zkmark.provers.workloads.proving import Proven

_EPILOG = """\b
Examples:
  zkmark prove fibonacci --variant iter-1000 --phases
  zkmark prove sudoku-strict --security 128 --out sudoku.proof
  zkmark prove blake3 --message "The quick brown fox jumps over the lazy dog"
  zkmark prove mine.masm --inputs 3,4 --advice @secret.txt --out mine.proof
"""


@dataclass(frozen=True)
class _Task:
    """What is to be proven. ``outputs`` are those that it must have, if anybody knows them."""

    title: str
    source: str
    inputs: tuple[int, ...]
    advice: tuple[int, ...]
    outputs: tuple[int, ...] | None = None


def prove_command(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A workload (zkmark list workloads) or the path of a program, a .masm file.",
            autocompletion=completer("workload"),
        ),
    ],
    variant: Annotated[
        str | None,
        typer.Option("--variant", help="The workload's variant.", show_default="its first one"),
    ] = None,
    scale: Annotated[
        int, typer.Option("--scale", help="How many times larger than it is.", metavar="K")
    ] = 1,
    message: Annotated[
        str | None, typer.Option("--message", help="The message of blake3.", metavar="TEXT")
    ] = None,
    inputs: Annotated[
        str | None,
        typer.Option(
            "--inputs",
            help="A program's public inputs: the stack at the start, top first; @FILE reads them.",
            metavar="NUMBERS",
        ),
    ] = None,
    advice: Annotated[
        str | None,
        typer.Option(
            "--advice",
            help="A program's secret advice, in the order of reading; @FILE reads it.",
            metavar="NUMBERS",
        ),
    ] = None,
    security: options.Security = 96,
    hash_id: options.CommitmentHash = "blake3",
    blowup: options.Blowup = 8,
    backend: Annotated[
        str,
        typer.Option(
            "--backend",
            "-b",
            help="Backend whose kernels prove.",
            metavar="NAME",
            autocompletion=completer("backend"),
        ),
    ] = "cpu",
    threads: options.Threads = None,
    isa: options.Isa = None,
    device: options.Device = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write the proof here, and what it claims beside it, to the same name and .json.",
            metavar="FILE",
            show_default="nothing is written",
        ),
    ] = None,
    phases: Annotated[
        bool, typer.Option("--phases", help="Show every step of proving with its time.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Prove a workload or a program of your own, and verify the proof.

    A program that fails, at an assertion say, has no proof; the line says where it failed.
    """
    from zkmark.provers.stark.options import Options

    task = _task(what, variant, scale, message, inputs, advice)
    with refusing():
        try:
            chosen = Options.for_security(security, hash=hash_id, blowup=blowup)
        except ValueError as error:
            raise ValueError(f"--{error}".replace("--bits", "--security", 1)) from None
    ready = _backend(backend, threads, isa, device)
    for path in () if out is None else (out, claim_path(out)):
        check_writable(path, "--out")
    seconds, proven, verdict = _run(task, ready, chosen, security)
    if not verdict.ok:
        raise RefusalError(
            f"the verifier rejects the proof: {verdict.reason}", ExitCode.INCORRECT_OUTPUT
        )
    outputs = proven.statement.outputs
    if task.outputs is not None and tuple(outputs) != task.outputs:
        raise RefusalError(
            f"the outputs are wrong: got {shown(outputs)}, want {shown(task.outputs)}",
            ExitCode.INCORRECT_OUTPUT,
        )
    details = proven.details()
    if out is not None:
        claim = Claim(
            details["program"]["digest"],
            tuple(proven.statement.inputs),
            tuple(proven.statement.outputs),
        )
        with refusing("--out"):
            out.write_bytes(proven.data)
            write_claim(claim, claim_path(out))
    if as_json:
        emit_json({"title": task.title, "backend": backend, "seconds": seconds, **details})
        return
    _print(task, backend, seconds, details, phases)
    if out is not None:
        print(out)
        print(claim_path(out))


def _task(
    what: str,
    variant: str | None,
    scale: int,
    message: str | None,
    inputs: str | None,
    advice: str | None,
) -> _Task:
    """Return what is to be proven; refuse options that do not go with it."""
    if what.endswith(".masm") or "/" in what:
        for name, given in (("variant", variant), ("message", message)):
            if given is not None:
                raise RefusalError(f"--{name}: only workloads have it, and {what} is a program")
        if scale != 1:
            raise RefusalError(f"--scale: only workloads have it, and {what} is a program")
        with refusing():
            try:
                source = Path(what).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                raise ValueError(f"{what} is not UTF-8 text") from None
            return _Task(
                what,
                source,
                parse_numbers(inputs or "", "--inputs"),
                parse_numbers(advice or "", "--advice"),
            )
    from zkmark.provers.workloads.blake3 import blake3_of
    from zkmark.provers.workloads.catalogue import WORKLOADS, make_workload

    if what not in WORKLOADS:
        known = near(what, workload_names())
        raise RefusalError(f"prove: {what!r} is no workload and no path of a .masm file{known}")
    for name, given in (("inputs", inputs), ("advice", advice)):
        if given is not None:
            raise RefusalError(f"--{name}: a workload has its own; this is for a program")
    if message is not None:
        if what != "blake3" or variant is not None or scale != 1:
            raise RefusalError("--message: it goes with blake3, without --variant and --scale")
        made = blake3_of(message.encode())
    else:
        with refusing():
            made = make_workload(what, variant, scale)
    return _Task(made.title, made.source, made.inputs, made.advice, made.outputs)


def _backend(name: str, threads: int | None, isa: str | None, device: str | None) -> Backend:
    """Return the backend, ready; refuse one that cannot prove here."""
    from zkmark.backends import get_backend
    from zkmark.kernels.stark.api import BACKENDS

    check_name("backend", name)
    check_threads(threads)
    check_isa(isa, [name])
    check_device(device, [name])
    if name not in BACKENDS:
        raise RefusalError(
            f"--backend: {name} has no kernels for proofs, want one of {', '.join(BACKENDS)}"
        )
    given = {"threads": threads, "isa": isa, "device": device}
    with refusing():
        return get_backend(
            name, **{key: value for key, value in given.items() if value is not None}
        )


def _run(
    task: _Task, backend: Backend, chosen: Any, security: int
) -> tuple[dict[str, float], Proven, Any]:
    """Compile, prove and verify; return seconds by phase, the proof and the verdict."""
    from zkmark.kernels.stark.api import stark_kernels
    from zkmark.provers.stackvm.failures import ExecutionError
    from zkmark.provers.stackvm.proving import Compiled, verify
    from zkmark.provers.stark.phases import Recorder
    from zkmark.provers.workloads.proving import prove_program

    began = perf_counter()
    kernels = stark_kernels(backend, chosen.degree)
    with refusing(task.title):
        start = perf_counter()
        compiled = Compiled(task.source, chosen, kernels)
    ready = perf_counter()
    try:
        with refusing(task.title):
            proven = prove_program(
                compiled, task.inputs, task.advice, Recorder(backend.synchronize)
            )
    except ExecutionError as error:
        raise RefusalError(f"{task.title}: the program fails and has no proof: {error}") from None
    done = perf_counter()
    statement = proven.statement
    verdict = verify(proven.data, compiled.digest, statement.inputs, statement.outputs, security)
    ended = perf_counter()
    seconds = {
        "open": start - began,
        "compile": ready - start,
        "prove": done - ready,
        "verify": ended - done,
        "total": ended - start,
    }
    return seconds, proven, verdict


def shown(values: Sequence[int]) -> str:
    """Write the stack without the zeros at its bottom."""
    shown = list(values)
    while shown and shown[-1] == 0:
        shown.pop()
    return ", ".join(map(str, shown)) or "nothing but zeros"


def _print(
    task: _Task, backend: str, seconds: dict[str, float], details: dict[str, Any], phases: bool
) -> None:
    security, proof, chosen = details["security"], details["proof"], details["options"]
    tables = ", ".join(f"{table['name']} {q.power(table['rows'])}" for table in details["tables"])
    if phases:
        _print_steps(details)
        print()
    print_pairs(
        [
            ("program", f"{task.title}, digest {details['program']['digest']}"),
            ("public inputs", shown(details["inputs"])),
            ("public outputs", shown(details["outputs"])),
            ("run", f"{details['cycles']} cycles; rows of the tables: {tables}"),
            ("backend", backend),
            *(
                (phase, q.seconds(seconds[phase]))
                for phase in ("compile", "prove", "verify", "total")
            ),
            (
                "security",
                f"{security['conjectured']} bits conjectured, {security['proven']} bits proven "
                f"({', '.join(f'{name} {value}' for name, value in chosen.items())})",
            ),
            ("proof", f"{q.size(proof['bytes'])}, verified from its bytes"),
            ("note", "times of a first run, which prepares much: zkmark run measures warm ones"),
        ]
    )


def _print_steps(details: dict[str, Any]) -> None:
    from zkmark.reports.shares import FAMILIES

    rows: list[list[str]] = []
    whole = details["steps"]["seconds"] or 1.0

    def add(step: dict[str, Any], depth: int) -> None:
        family = step.get("family", "")
        rows.append(
            [
                "  " * depth + step["name"],
                FAMILIES.get(family, family),
                q.seconds(step["seconds"]),
                q.percent(step["seconds"] / whole),
                f"{step['bytes']:,}",
                f"{step['multiplications']:,}",
                f"{step['hashes']:,}",
            ]
        )
        for one in step.get("steps", ()):
            add(one, depth + 1)

    add(details["steps"], 0)
    columns = ["step", "kernel", "time", "share", "bytes", "multiplications", "hashes"]
    print_table(columns, rows, right=columns[2:], narrow_drops=("hashes", "bytes"))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("prove", epilog=_EPILOG)(prove_command)
