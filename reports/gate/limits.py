"""What each case may take: tolerances and absolute limits, from a TOML file.

[gate]
tolerance = 0.05             # every case may be that much slower: 5 %
max_pairs = 201              # pairs of processes at most, for `zkmark ab`

[[case]]                     # as many as you like; the last that matches a case counts
match = "ntt/goldilocks/*"   # the case's name, as the gate prints it; * and ? stand for any text
tolerance = 0.03
limit = "20 ms"              # the head's median may never exceed that, whatever the base takes
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NoReturn

from zkmark.reports.gate.rule import DEFAULT_MAX_PAIRS, DEFAULT_TOLERANCE, FEWEST_PAIRS
from zkmark.suites.errors import SuiteFileError
from zkmark.suites.toml_lines import TomlLines

_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_TIME = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)\s*(s|ms|us|µs|ns)\s*")
_GATE_KEYS = ("tolerance", "max_pairs")
_CASE_KEYS = ("match", "tolerance", "limit")
_MOST_PAIRS = 100_000


class LimitsFileError(SuiteFileError):
    """A file of tolerances and limits is wrong: the text names file, line, key and what is wanted.

    It is a usage error like a wrong suite file.
    """


@dataclass(frozen=True)
class Requirement:
    """What one case is held to; ``limit`` is in seconds."""

    tolerance: float = DEFAULT_TOLERANCE
    limit: float | None = None


@dataclass(frozen=True)
class _Rule:
    match: str
    tolerance: float | None
    limit: float | None


@dataclass(frozen=True)
class Limits:
    """The requirements of all cases, and how many pairs may be spent on them."""

    tolerance: float = DEFAULT_TOLERANCE
    max_pairs: int = DEFAULT_MAX_PAIRS
    rules: tuple[_Rule, ...] = ()

    def of(self, case: str) -> Requirement:
        """Return what a case is held to."""
        found = Requirement(self.tolerance)
        for rule in self.rules:
            if fnmatchcase(case, rule.match):
                tolerance = found.tolerance if rule.tolerance is None else rule.tolerance
                limit = found.limit if rule.limit is None else rule.limit
                found = Requirement(tolerance, limit)
        return found

    def unused(self, cases: Sequence[str]) -> list[str]:
        """Return the patterns that match none of the cases: a misspelt one guards nothing."""
        return [
            rule.match
            for rule in self.rules
            if not any(fnmatchcase(case, rule.match) for case in cases)
        ]

    def with_changes(self, tolerance: float | None, max_pairs: int | None) -> Limits:
        """Return a copy with what the command line says; a tolerance there is every case's."""
        found = self
        if tolerance is not None:
            check_tolerance(tolerance)
            rules = tuple(replace(rule, tolerance=None) for rule in self.rules)
            found = replace(found, tolerance=tolerance, rules=rules)
        if max_pairs is not None:
            check_max_pairs(max_pairs)
            found = replace(found, max_pairs=max_pairs)
        return found


def check_tolerance(value: Any) -> float:
    """Return a tolerance; ``ValueError`` unless it is a share from 0 to 10."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
        raise ValueError(f"tolerance: got {value!r}, want a share from 0 to 10 (0.05 is 5 %)")
    return float(value)


def check_max_pairs(value: Any) -> int:
    """Return a number of pairs; ``ValueError`` unless it is enough for a verdict."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not FEWEST_PAIRS <= value <= _MOST_PAIRS:
        raise ValueError(
            f"max_pairs: got {value!r}, want a whole number from {FEWEST_PAIRS} to {_MOST_PAIRS}"
        )
    return int(value)


def parse_time(value: Any) -> float:
    """Return the seconds of ``"20 ms"``; ``ValueError`` for anything else."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None or float(found[1]) <= 0:
        raise ValueError(f'limit: got {value!r}, want a time such as "20 ms" (s, ms, us or ns)')
    return float(found[1]) * _UNITS[found[2]]


def load_limits(path: Path) -> Limits:
    """Read a file of tolerances and limits.

    Raises ``LimitsFileError`` naming the file, the line, the key, what it got and what it wants.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LimitsFileError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise LimitsFileError(f"{path}: is not UTF-8 text") from None
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise LimitsFileError(f"{path}: is not TOML: {error}") from None
    return _Reader(path, TomlLines(text)).limits(document)


class _Reader:
    def __init__(self, path: Path, lines: TomlLines) -> None:
        self.path = path
        self.lines = lines

    def fail(self, line: int, text: str) -> NoReturn:
        raise LimitsFileError(f"{self.path}:{line}: {text}")

    def limits(self, document: dict[str, Any]) -> Limits:
        for key in document:
            if key not in ("gate", "case"):
                line = max(self.lines.line(key), self.lines.line("", key))
                self.fail(line, f"{key}: unknown key, want [gate] and [[case]]")
        head = document.get("gate", {})
        if not isinstance(head, dict):
            self.fail(self.lines.line("", "gate"), "gate: want a table, written [gate]")
        self.known(head, "gate", _GATE_KEYS)
        found = Limits()
        for key, check in (("tolerance", check_tolerance), ("max_pairs", check_max_pairs)):
            if key in head:
                value = self.checked(check, head[key], self.lines.line("gate", key))
                found = replace(found, **{key: value})
        tables = document.get("case", [])
        if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
            self.fail(self.lines.line("case"), "case: want tables, each written [[case]]")
        rules = tuple(self.rule(index, table) for index, table in enumerate(tables))
        return replace(found, rules=rules)

    def rule(self, index: int, table: dict[str, Any]) -> _Rule:
        self.known(table, "case", _CASE_KEYS, index)
        match = table.get("match", "*")
        if not isinstance(match, str) or not match:
            line = self.lines.line("case", "match", index)
            self.fail(line, f"match: got {match!r}, want a case's name, perhaps with *")
        values: dict[str, Any] = {"tolerance": None, "limit": None}
        for key, check in (("tolerance", check_tolerance), ("limit", parse_time)):
            if key in table:
                line = self.lines.line("case", key, index)
                values[key] = self.checked(check, table[key], line)
        if values == {"tolerance": None, "limit": None}:
            line = self.lines.line("case", None, index)
            self.fail(line, "case: it says neither tolerance nor limit")
        # A name without its contender stands for all of them.
        return _Rule(match if " on " in match or match.endswith("*") else f"{match}*", **values)

    def known(
        self, table: dict[str, Any], name: str, allowed: Sequence[str], index: int = 0
    ) -> None:
        for key in table:
            if key not in allowed:
                near = get_close_matches(key, allowed, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self.fail(
                    self.lines.line(name, key, index),
                    f"{key}: unknown key, want one of {', '.join(allowed)}{hint}",
                )

    def checked(self, check: Any, value: Any, line: int) -> Any:
        try:
            return check(value)
        except ValueError as error:
            self.fail(line, str(error))
