"""Suite files: cases written down in TOML, and errors that say where and what is wrong.

A suite file looks like this (the suites beside this module are examples to copy)::

    [suite]
    name = "mine"                      # the file's name unless given
    description = "What it is for."

    [suite.settings]                   # all optional; see zkmark.suites.settings
    time_budget = 5                    # seconds for each case and backend
    relative_width = 0.02              # stop when the interval is this narrow

    [[case]]                           # as many as you like; lists multiply out
    kernel = "ntt"                     # ntt, msm, merkle or stackvm
    field = ["goldilocks", "babybear"] # the kernel's own parameters, each a value or a list
    size = "2^10..2^20/2"              # elements, points or leaves: one, a range, with step, a list
    backends = ["available", "reference"]

``size`` is a number (``1000``, MSM only), a power (``"2^10"``), a range of powers
(``"2^10..2^16"``, ``"2^10..2^16/2"`` for every second one) or a list of these. ``backends`` holds
names, tables (``{backend = "cpu", threads = 1}``, ``{backend = "fpga", board = "u250"}``), and
``"available"``: every backend that can run the case here, except the slow ``reference``, ``peer``
and ``fpga``, whose times are modelled. Left out, it is ``["available"]``.
``"peer"`` is every library that is built and has the case. ``threads = [1, "all"]`` runs each
backend on each of these numbers of threads, and ``target = 0.8`` says what ratio of zkmark's time
to the best peer's is aimed for.
"""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

from zkmark.backends import BACKEND_NAMES, BOARD_BACKENDS, backend_kind, backend_statuses
from zkmark.backends.threads import available_threads
from zkmark.hardware_profiles.boards import board_ids
from zkmark.kernels.case import CASE_TYPES, Case, case_type
from zkmark.suites.errors import SuiteFileError
from zkmark.suites.settings import Settings
from zkmark.suites.suite import (
    AVAILABLE,
    NOT_AVAILABLE,
    Contender,
    Suite,
    expanded,
    group_cases,
)
from zkmark.suites.toml_lines import TomlLines

_FOLDER = Path(__file__).parent
_LARGEST_LOG_SIZE = 40
_RANGE = re.compile(r"2\^(\d{1,2})(?:\.\.2\^(\d{1,2})(?:/(\d{1,2}))?)?")
_SIZE_FORMS = '1000, "2^10", "2^10..2^16", "2^10..2^16/2" or a list of these'
_OWN_KEYS = ("backends", "threads", "target")
_CONTENDER_KEYS = ("backend", "implementation", "threads", "isa", "device", "board")


def list_suites() -> list[Path]:
    """Return the files of the suites that come with zkmark, by name."""
    return sorted(_FOLDER.glob("*.toml"))


def find_suite(name_or_path: str | Path) -> Suite:
    """Load a suite by the name of one that comes with zkmark, or from a file.

    Raises ``SuiteFileError`` when there is none such or the file is wrong.
    """
    text = str(name_or_path)
    known = {path.stem: path for path in list_suites()}
    if text in known:
        return load_suite(known[text])
    if text.endswith(".toml") or "/" in text or Path(text).is_file():
        return load_suite(Path(text))
    raise SuiteFileError(
        f"suite: got {text!r}, want one of {', '.join(known)} or the path of a .toml file"
        + _near(text, known)
    )


def load_suite(path: Path, available: Sequence[str] | None = None) -> Suite:
    """Read a suite file.

    ``available`` names the backends that ``"available"`` stands for, those of this machine unless
    given. Raises ``SuiteFileError`` naming the file, the line, the key, what it got and what it
    wants.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SuiteFileError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SuiteFileError(f"{path}: is not UTF-8 text") from None
    try:
        document = tomllib.loads(text)
    # Besides TOMLDecodeError, for whole numbers too long to be read and for too deep nesting.
    except (ValueError, RecursionError) as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) if place else len(text.splitlines())
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise SuiteFileError(f"{path}:{line}: is not TOML: {what}") from None
    return _Reader(path, TomlLines(text), available).suite(document)


def parse_sizes(value: object) -> list[int]:
    """Return the sizes that a size stands for: ``"2^10..2^12"`` is 1024, 2048, 4096.

    Raises ``ValueError`` for anything else than the forms named in the module's text.
    """
    if isinstance(value, list):
        if not value:
            raise ValueError(f"size: got an empty list, want {_SIZE_FORMS}")
        return list(dict.fromkeys(itertools.chain.from_iterable(parse_sizes(v) for v in value)))
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return [value]
    if isinstance(value, str):
        compact = value.replace(" ", "")
        if compact.isascii() and compact.isdigit():
            return [int(compact)]
        if found := _RANGE.fullmatch(compact):
            low, high, step = (int(g) if g else None for g in found.groups())
            assert low is not None
            last = low if high is None else high
            if low > last:
                raise ValueError(f"size: got {value!r}, want the smaller end first")
            if last > _LARGEST_LOG_SIZE:
                raise ValueError(f"size: got {value!r}, want at most 2^{_LARGEST_LOG_SIZE}")
            if step == 0:
                raise ValueError(f"size: got {value!r}, want a step from 1")
            return [1 << log for log in range(low, last + 1, step or 1)]
    raise ValueError(f"size: got {value!r}, want {_SIZE_FORMS}")


def available_backends() -> list[str]:
    """Return the measured backends that run here, but neither the reference nor peers."""
    wanted = [
        name
        for name in BACKEND_NAMES
        if name not in NOT_AVAILABLE and backend_kind(name) == "measured"
    ]
    return [status.name for status in backend_statuses(wanted) if status.available]


def parameter_values(kernel: str, name: str) -> list[str] | None:
    """Return the ids that a kernel's parameter may have; ``None`` where that is not a list."""
    if name == "field":
        from zkmark.kernels.fields.parameters import FIELDS

        return list(FIELDS)
    if name == "curve":
        from zkmark.kernels.curves.parameters import CURVES

        return list(CURVES)
    if name == "hash":
        from zkmark.kernels.hashes.parameters import HASHES

        return list(HASHES)
    return None


def _near(got: object, allowed: Iterable[str]) -> str:
    matches = difflib.get_close_matches(str(got), list(allowed), n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def _on_threads(contender: Contender, threads: int) -> Contender:
    """Return a contender on a number of threads; the reference and hardware know none."""
    options = dict(contender.options)
    hardware = backend_kind(contender.backend) == "modelled"
    if contender.backend == "reference" or hardware or "threads" in options:
        return contender
    return replace(contender, options=tuple(sorted({**options, "threads": threads}.items())))


class _Reader:
    """Reads one parsed file; every complaint goes through ``fail``."""

    def __init__(self, path: Path, lines: TomlLines, available: Sequence[str] | None) -> None:
        self.path = path
        self.lines = lines
        self.available = available

    def fail(self, line: int, text: str) -> NoReturn:
        raise SuiteFileError(f"{self.path}:{line}: {text}")

    def unknown(self, line: int, key: str, allowed: Sequence[str], where: str) -> NoReturn:
        text = f"{key}: unknown key in {where}, want one of {', '.join(allowed)}"
        self.fail(line, text + _near(key, allowed))

    def wrong(self, line: int, key: str, got: object, allowed: Sequence[str]) -> NoReturn:
        self.fail(
            line, f"{key}: got {got!r}, want one of {', '.join(allowed)}" + _near(got, allowed)
        )

    def suite(self, document: dict[str, Any]) -> Suite:
        for key, value in document.items():
            if key not in ("suite", "case"):
                # A table of its own stands under its name, a bare key at the top of the file.
                line = self.lines.line(key) if isinstance(value, dict | list) else 1
                line = line if line > 1 else self.lines.line("", key)
                self.unknown(line, key, ["[suite]", "[suite.settings]", "[[case]]"], "the file")
        head = document.get("suite", {})
        if not isinstance(head, dict):
            self.fail(self.lines.line("", "suite"), "suite: want a table, written [suite]")
        texts = {"name": self.path.stem, "description": ""}
        for key, value in head.items():
            line = self.lines.line("suite", key)
            if key == "settings":
                continue
            if key not in texts:
                self.unknown(line, key, ["name", "description", "settings"], "[suite]")
            if not isinstance(value, str) or (key == "name" and not value.strip()):
                self.fail(line, f"{key}: got {value!r}, want text in quotes")
            texts[key] = value
        settings = self.settings(head.get("settings", {}))
        tables = document.get("case", [])
        if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
            self.fail(self.lines.line("case"), "case: want tables, each written [[case]]")
        if not tables:
            self.fail(1, "case: got none, want at least one [[case]]")
        pairs = []
        targets: dict[Case, float] = {}
        for index, table in enumerate(tables):
            contenders = self.contenders(index, table)
            target = self.target(index, table)
            for case in self.cases(index, table):
                pairs.append((case, [e for c in contenders for e in expanded(c, case.kernel)]))
                if target is not None:
                    targets[case] = target
        groups = group_cases(pairs, targets)
        return Suite(texts["name"], groups, settings, texts["description"].strip(), self.path)

    def target(self, index: int, table: dict[str, Any]) -> float | None:
        target = table.get("target")
        if target is None:
            return None
        if isinstance(target, bool) or not isinstance(target, int | float) or target <= 0:
            line = self.lines.line("case", "target", index)
            self.fail(line, f"target: got {target!r}, want a number above 0")
        return float(target)

    def settings(self, values: object) -> Settings:
        if not isinstance(values, dict):
            self.fail(
                self.lines.line("suite", "settings"),
                f"settings: got {values!r}, want a table, written [suite.settings]",
            )
        for name in values:
            if name not in Settings.names():
                line = self.setting_line(name)
                self.unknown(line, name, Settings.names(), "[suite.settings]")
        try:
            return Settings.from_mapping(values)
        except ValueError as error:
            self.fail(self.setting_line(str(error).split(":")[0]), str(error))

    def setting_line(self, name: str) -> int:
        line = self.lines.line("suite.settings", name)
        # Written as an inline table: settings = { ... }
        return line if line > 1 else self.lines.line("suite", "settings")

    def cases(self, index: int, table: dict[str, Any]) -> list[Case]:
        def line(key: str | None = None) -> int:
            return self.lines.line("case", key, index)

        if "kernel" not in table:
            self.fail(line(), f"kernel: missing, want one of {', '.join(CASE_TYPES)}")
        kernels = self.values(index, "kernel", table["kernel"])
        found: list[Case] = []
        for kernel in kernels:
            if not isinstance(kernel, str) or kernel not in CASE_TYPES:
                self.wrong(line("kernel"), "kernel", kernel, list(CASE_TYPES))
            found += self.cases_of_kernel(index, kernel, table, line)
        return found

    def cases_of_kernel(
        self, index: int, kernel: str, table: dict[str, Any], line: Callable[..., int]
    ) -> list[Case]:
        cls = case_type(kernel)
        names = [one.name for one in fields(cls)]
        sized = next((name for name in ("log_size", "size") if name in names), None)
        own = [name for name in names if name not in ("log_size", "size")]
        allowed = ["kernel", *own, *(["size"] if sized else []), *_OWN_KEYS]
        for key in table:
            if key not in allowed:
                self.unknown(line(key), key, allowed, f"a case of {kernel}")
        axes: list[list[tuple[str, Any]]] = []
        for key in own:
            if key in table:
                axes.append([(key, v) for v in self.parameter(index, kernel, key, table[key])])
        if sized:
            if "size" not in table:
                self.fail(line(), f"size: missing, want {_SIZE_FORMS}")
            axes.append([(sized, v) for v in self.sizes(line("size"), sized, table["size"])])
        cases = []
        for combination in itertools.product(*axes):
            try:
                cases.append(cls.from_parameters(dict(combination)))
            except (ValueError, TypeError) as error:
                key = str(error).split(":")[0]
                key = "size" if key == "log_size" else key
                self.fail(line(key if key in table else None), str(error))
        return cases

    def sizes(self, line: int, sized: str, value: object) -> list[int]:
        try:
            sizes = parse_sizes(value)
        except ValueError as error:
            self.fail(line, str(error))
        if sized == "size":
            return sizes
        for size in sizes:
            if size < 1 or size & (size - 1):
                self.fail(line, f"size: got {size}, want a power of two for this kernel")
        return [size.bit_length() - 1 for size in sizes]

    def parameter(self, index: int, kernel: str, key: str, value: object) -> list[Any]:
        values = self.values(index, key, value)
        allowed = parameter_values(kernel, key)
        if allowed is not None:
            for one in values:
                if one not in allowed:
                    self.wrong(self.lines.line("case", key, index), key, one, allowed)
        return values

    def values(self, index: int, key: str, value: object) -> list[Any]:
        if isinstance(value, list):
            if not value:
                line = self.lines.line("case", key, index)
                self.fail(line, f"{key}: got an empty list, want at least one value")
            return value
        return [value]

    def contenders(self, index: int, table: dict[str, Any]) -> list[Contender]:
        line = self.lines.line("case", "backends", index)
        found: list[Contender] = []
        for one in self.values(index, "backends", table.get("backends", AVAILABLE)):
            if isinstance(one, dict):
                found.append(self.contender(line, one))
            elif one == AVAILABLE:
                if self.available is None:
                    self.available = available_backends()
                found += [Contender(name, optional=True) for name in self.available]
            elif isinstance(one, str) and one in BACKEND_NAMES:
                found.append(Contender(one))
            else:
                self.wrong(line, "backends", one, [AVAILABLE, *BACKEND_NAMES])
        if "threads" not in table:
            return found
        axis = self.threads(index, table["threads"])
        on_threads = [_on_threads(contender, number) for number in axis for contender in found]
        return list(dict.fromkeys(on_threads))

    def threads(self, index: int, value: object) -> list[int]:
        """Return the numbers of threads that a case names, each once: ``"all"`` as a number."""
        line = self.lines.line("case", "threads", index)
        most = available_threads()
        found = []
        for one in self.values(index, "threads", value):
            if one == "all":
                found.append(most)
            elif isinstance(one, int) and not isinstance(one, bool) and one >= 1:
                found.append(one)
            else:
                self.fail(line, f'threads: got {one!r}, want a whole number from 1 or "all"')
        return list(dict.fromkeys(found))

    def contender(self, line: int, table: dict[str, Any]) -> Contender:
        for key in table:
            if key not in _CONTENDER_KEYS:
                self.unknown(line, key, _CONTENDER_KEYS, "a table of backends")
        name = table.get("backend")
        if name not in BACKEND_NAMES:
            self.wrong(line, "backend", name, list(BACKEND_NAMES))
        implementation = table.get("implementation")
        if implementation is not None and not isinstance(implementation, str):
            self.fail(line, f"implementation: got {implementation!r}, want text in quotes")
        options = {k: v for k, v in table.items() if k not in ("backend", "implementation")}
        threads = options.get("threads", 1)
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
            self.fail(line, f"threads: got {threads!r}, want a whole number from 1")
        if (board := options.get("board")) is not None:
            if name not in BOARD_BACKENDS:
                only = " and ".join(BOARD_BACKENDS)
                self.fail(line, f"board: only the backend {only} has boards, not {name}")
            if board not in board_ids():
                self.wrong(line, "board", board, board_ids())
        return Contender(name, implementation, tuple(sorted(options.items())))
