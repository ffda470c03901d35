"""How a suite measures: the settings, what each means, and which values it may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from zkmark.suites.statistics import FEWEST_FOR_INTERVAL


def _setting(default: float | int | None, least: float, most: float, what: str) -> Any:
    return field(default=default, metadata={"least": least, "most": most, "what": what})


@dataclass(frozen=True)
class Settings:
    """How long and how often every case is measured.

    Raises ``ValueError("name: got X, want Y")`` for a value out of its range.
    """

    min_processes: int = _setting(
        FEWEST_FOR_INTERVAL, 1, 1000, "processes at least, for each case and backend"
    )
    max_processes: int = _setting(30, 1, 1000, "processes at most, for each case and backend")
    time_budget: float = _setting(
        20.0, 0.1, 86400.0, "seconds for each case and backend, starting processes included"
    )
    relative_width: float = _setting(
        0.02, 1e-6, 10.0, "stop when the 95 % interval is this narrow, as a share of the median"
    )
    process_seconds: float = _setting(0.5, 0.001, 3600.0, "seconds of sampling in one process")
    max_samples: int = _setting(50, 3, 10000, "samples at most in one process")
    timeout: float = _setting(300.0, 1.0, 86400.0, "seconds after which a process counts as hung")
    reference_limit: float = _setting(
        1.0, 0.0, 86400.0, "seconds of reference at most to get the expected output from it"
    )
    threads: int | None = _setting(None, 1, 65536, "threads of every backend; unset: all")

    def __post_init__(self) -> None:
        for one in fields(self):
            object.__setattr__(self, one.name, _checked(one, getattr(self, one.name)))
        if self.max_processes < self.min_processes:
            raise ValueError(
                f"max_processes: got {self.max_processes}, want at least min_processes "
                f"({self.min_processes})"
            )

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of all settings."""
        return [one.name for one in fields(cls)]

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Make settings from plain values; ``ValueError`` for an unknown name or a bad value."""
        for name in values:
            if name not in cls.names():
                raise ValueError(f"{name}: unknown setting, want one of {', '.join(cls.names())}")
        return cls(**values)

    def with_changes(self, **changes: Any) -> Settings:
        """Return a copy with some settings changed; those given as ``None`` stay as they are."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})

    def to_json(self) -> dict[str, Any]:
        """Return the settings as result documents keep them."""
        return asdict(self)

    def expected_seconds(self) -> float:
        """Guess how long one case on one backend takes, before anything ran."""
        process = self.process_seconds + 0.5
        most = min(self.time_budget, self.max_processes * process)
        return max(self.min_processes * process, most)


def _checked(one: Any, value: Any) -> int | float | None:
    """Return the value in the setting's own type; ``ValueError`` if it is none or out of range."""
    whole = isinstance(one.default, int) or one.name == "threads"
    if value is None and one.default is None:
        return None
    least, most = one.metadata["least"], one.metadata["most"]
    if (
        isinstance(value, bool)
        or not isinstance(value, int if whole else int | float)
        or not least <= value <= most
    ):
        what = "a whole number" if whole else "a number"
        raise ValueError(f"{one.name}: got {value!r}, want {what} from {least:g} to {most:g}")
    return int(value) if whole else float(value)
