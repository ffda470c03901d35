"""``zkmark verify``: a proof in a file, from its bytes, the program's digest and what is public."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from zkmark.cli import options
from zkmark.cli.claim import Claim, claim_path, parse_digest, parse_numbers, read_claim
from zkmark.cli.errors import RefusalError, refusing
from zkmark.cli.prove_command import shown
from zkmark.cli.terminal import emit_json, print_pairs
from zkmark.exit_codes import ExitCode
from zkmark.reports import quantities as q

_EPILOG = """\b
Examples:
  zkmark verify sudoku.proof
  zkmark verify mine.proof --program mine.masm --inputs 3,4 --outputs 5
  zkmark verify mine.proof --digest 3f…c1 --inputs 3,4 --outputs 5 --security 128
"""


def verify_command(
    proof: Annotated[Path, typer.Argument(metavar="FILE", help="A proof.")],
    program: Annotated[
        str | None,
        typer.Option(
            "--program",
            help="The program that it must be of: a workload, or a .masm file.",
            metavar="WHAT",
        ),
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option("--variant", help="That workload's variant.", show_default="its first one"),
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option(
            "--digest",
            help="The digest of the program that it must be of.",
            metavar="HEX",
            show_default="that of the claim beside the proof",
        ),
    ] = None,
    inputs: Annotated[
        str | None,
        typer.Option(
            "--inputs",
            help="The public inputs that it must have: top first; @FILE reads them.",
            metavar="NUMBERS",
            show_default="those of the claim",
        ),
    ] = None,
    outputs: Annotated[
        str | None,
        typer.Option(
            "--outputs",
            help="The public outputs that it must have.",
            metavar="NUMBERS",
            show_default="those of the claim",
        ),
    ] = None,
    security: Annotated[
        int,
        typer.Option(
            "--security", help="Bits of conjectured security that it must have.", metavar="BITS"
        ),
    ] = 96,
    as_json: options.Json = False,
) -> None:
    """Verify a proof: say whether its program makes these outputs of these inputs.

    What is not given is taken from the claim that `zkmark prove --out` wrote beside the proof, and
    is shown. Ends with 0 if the proof holds and with 6 if it does not.
    """
    from zkmark.provers.stackvm.proving import verify

    if proof.is_dir():
        raise RefusalError(f"{proof} is a folder, want a proof")
    with refusing():
        data = proof.read_bytes()
        claim = _claim(proof, program, variant, digest, inputs, outputs, data)
        began = perf_counter()
        verdict = verify(data, bytes.fromhex(claim.digest), claim.inputs, claim.outputs, security)
        seconds = perf_counter() - began
    if as_json:
        emit_json(
            {
                "ok": verdict.ok,
                "reason": verdict.reason,
                "security": verdict.security,
                "seconds": seconds,
                **claim.to_json(),
            }
        )
    else:
        print_pairs(
            [
                ("program", claim.digest),
                ("public inputs", shown(claim.inputs)),
                ("public outputs", shown(claim.outputs)),
                ("verdict", verdict.reason if verdict.ok else f"rejected: {verdict.reason}"),
                ("security", f"{verdict.security} bits conjectured" if verdict.ok else q.MISSING),
                ("time", q.seconds(seconds)),
            ]
        )
    if not verdict.ok:
        raise typer.Exit(ExitCode.INCORRECT_OUTPUT)


def _claim(
    proof: Path,
    program: str | None,
    variant: str | None,
    digest: str | None,
    inputs: str | None,
    outputs: str | None,
    data: bytes,
) -> Claim:
    """Return what the proof is held to: what is given, and from its claim what is not."""
    if program is not None and digest is not None:
        raise RefusalError("--digest: it cannot be given with --program, which has one")
    if variant is not None and program is None:
        raise RefusalError("--variant: it goes with --program")
    known_digest = None if digest is None else parse_digest(digest)
    if program is not None:
        known_digest = _digest_of(program, variant, data)
    known_inputs = None if inputs is None else parse_numbers(inputs, "--inputs")
    known_outputs = None if outputs is None else parse_numbers(outputs, "--outputs")
    if known_digest is not None and known_inputs is not None and known_outputs is not None:
        return Claim(known_digest, known_inputs, known_outputs)
    path = claim_path(proof)
    if not path.exists():
        given = {"digest": known_digest, "inputs": known_inputs, "outputs": known_outputs}
        lacking = " and ".join(f"--{name}" for name, value in given.items() if value is None)
        raise RefusalError(f"there is no claim {path}: give {lacking}")
    found = read_claim(path)
    return Claim(
        found.digest if known_digest is None else known_digest,
        found.inputs if known_inputs is None else known_inputs,
        found.outputs if known_outputs is None else known_outputs,
    )


def _digest_of(program: str, variant: str | None, data: bytes) -> str:
    """Return a program's digest at the options of a proof: they are part of it."""
    from zkmark.provers.stackvm.proving import Compiled
    from zkmark.provers.stark.options import Options
    from zkmark.provers.stark.proof import Proof, ProofError
    from zkmark.provers.workloads.catalogue import WORKLOADS, make_workload

    if program in WORKLOADS:
        source = make_workload(program, variant).source
    elif variant is not None:
        raise RefusalError(f"--variant: only workloads have it, and {program} is none")
    else:
        source = Path(program).read_text(encoding="utf-8")
    try:
        chosen = Proof.from_bytes(data).options
    except ProofError:
        chosen = Options()  # the verifier will say what is wrong with the proof
    return Compiled(source, chosen).digest.hex()


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("verify", epilog=_EPILOG)(verify_command)
