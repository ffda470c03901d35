"""``zkmark peers``: build the programs around other people's libraries, and say which are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkmark.cli.errors import RefusalError
from zkmark.cli.names import near
from zkmark.cli.options import Json
from zkmark.cli.terminal import complain, emit_json, print_table, say
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.backends.peer.catalogue import Peer

_EPILOG = """\b
Examples:
  zkmark peers build                 all of them; minutes, and the network, the first time
  zkmark peers build plonky3 blst
  zkmark peers list
  zkmark run versus-peers            zkmark beside every peer that is built
"""


def _complete_peer(incomplete: str) -> list[str]:
    from zkmark.backends.peer.catalogue import PEERS

    return [name for name in PEERS if name.startswith(incomplete)]


def _chosen(names: list[str] | None) -> list[Peer]:
    from zkmark.backends.peer.catalogue import PEERS

    if not names:
        return list(PEERS.values())
    bare = [name.removeprefix("peer/") for name in names]
    for name in bare:
        if name not in PEERS:
            raise RefusalError(f"peers: got {name!r}{near(name, PEERS)}")
    return [PEERS[name] for name in dict.fromkeys(bare)]


def build(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Peers to build.",
            autocompletion=_complete_peer,
            show_default="all of them",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build again what is built already.")
    ] = False,
) -> None:
    """Build peers with this machine's compilers, for its own processor.

    Rust peers need cargo, Go peers need go, and both the network the first time. What is built is
    kept in the user's cache and built again when its sources, the processor or the compiler change.
    """
    from zkmark.backends.peer.build import MissingToolError, PeerBuildError, build_peer

    failed = missing = built = 0
    for peer in _chosen(names):
        try:
            build_peer(peer, say, force)
            built += 1
        except MissingToolError as error:
            missing += 1
            complain(str(error))
        except PeerBuildError as error:
            failed += 1
            complain(str(error))
    # A missing toolchain is none of our failures, unless the peer was asked for by name or there
    # is nothing else.
    if failed or (missing and (names or not built)):
        raise typer.Exit(ExitCode.NOT_BUILT)


def list_peers(as_json: Json = False) -> None:
    """Show the peers: library, version, and whether each is built."""
    from zkmark.backends.peer.build import peer_states

    rows: list[dict[str, Any]] = [
        {
            "name": one.peer.name,
            "id": one.peer.id,
            "library": one.peer.library,
            "version": one.peer.version(),
            "about": one.peer.about,
            "state": one.state,
            "reason": one.reason,
            "program": None if one.program is None else str(one.program),
            "compiler": one.compiler,
        }
        for one in peer_states()
    ]
    if as_json:
        emit_json(rows)
        return
    columns = ["peer", "library", "version", "about", "state"]
    print_table(
        columns,
        [
            [row["id"], row["library"], row["version"] or "-", row["about"], row["state"]]
            for row in rows
        ],
        narrow_drops=("about", "library"),
    )
    for row in rows:
        if row["reason"]:
            say(str(row["reason"]))


def register(app: typer.Typer) -> None:
    """Add the command and its parts to the application."""
    group = typer.Typer(
        no_args_is_help=False,
        rich_markup_mode=app.rich_markup_mode,
        help="Build and list the libraries that zkmark is measured beside.",
        epilog=_EPILOG,
    )
    group.command("build", epilog=_EPILOG)(build)
    group.command("list", epilog=_EPILOG)(list_peers)
    app.add_typer(group, name="peers")
