"""The ``peer`` backend: published libraries in processes of their own, measured beside zkmark.

``catalogue`` lists the peers, ``build`` compiles them when asked to, ``process`` talks to one.
Which library computes which case stands in ``kernels/<kernel>/peer``.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from zkmark.backends.base import Backend, BackendStatus
from zkmark.backends.threads import check_threads


class PeerBackend(Backend):
    """Runs peers on ``threads`` threads; each times its library's call itself.

    A peer's compute alone compares with zkmark's: how data reaches another process is no part of
    what a user of its library waits for.
    """

    name = "peer"
    clock = "peer"
    ranked_phase: ClassVar[Literal["total", "compute"]] = "compute"
    in_this_process: ClassVar[bool] = False

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(check_threads(threads))

    @classmethod
    def status(cls) -> BackendStatus:
        """Say which peers are built."""
        from zkmark.backends.peer.build import peer_states

        states = peer_states()
        built = [one.peer.name for one in states if one.program is not None]
        details = {one.peer.name: one.state for one in states}
        if not built:
            missing = all(one.state == "toolchain missing" for one in states)
            reason = "no peer is built; run `zkmark peers build`"
            if missing:
                reason = "no peer is built and cargo is missing; install Rust from "
                reason += "https://rustup.rs, then run `zkmark peers build`"
            return BackendStatus(cls.name, False, reason=reason, details=details)
        return BackendStatus(cls.name, True, device=", ".join(built), details=details)

    def activate(self) -> None:
        """Do nothing: each process is told its threads."""
