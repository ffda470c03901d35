"""The ``fpga`` backend: hardware designs, simulated cycle by cycle on the host's processor."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from zkmark.backends.base import Backend, BackendStatus

DEFAULT_BOARD = "u250"


class FpgaBackend(Backend):
    """Simulates designs and models the time that they would take on ``board``.

    ``board`` is an id of the catalogue in ``hardware_profiles/boards``. Nothing runs on a board:
    cycles are simulated, exact, and seconds are modelled from them.
    """

    name = "fpga"
    clock = "simulated-cycles"
    kind: ClassVar[Literal["measured", "modelled"]] = "modelled"

    def __init__(self, threads: int | None = None, board: str = DEFAULT_BOARD) -> None:
        if not isinstance(board, str) or not board:
            raise ValueError(f"board: got {board!r}, want the id of a board")
        super().__init__(1)
        self.board = board

    @classmethod
    def status(cls) -> BackendStatus:
        """Say with which tools it simulates, or which one is missing."""
        from zkmark.backends.fpga.tools import MissingToolError, find_compiler, find_verilator

        try:
            verilator, compiler = find_verilator(), find_compiler()
        except MissingToolError as error:
            return BackendStatus(cls.name, False, reason=str(error))
        device = f"simulated by Verilator {verilator.version}"
        details = {"verilator": verilator.version, "compiler": compiler.version}
        return BackendStatus(cls.name, True, device=device, details=details)

    def activate(self) -> None:
        """Do nothing: a design is built when its plan is made."""

    def describe(self) -> dict[str, Any]:
        """Return the board and the tools."""
        return {"threads": 1, "board": self.board, **self.status().details}
