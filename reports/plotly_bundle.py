"""plotly.js, as plotly.py brings it, without the chart types that a report does not draw.

The whole library is 4.8 MB of text, 1.9 MB compressed and encoded: more than a report may weigh. The file is a
bundle of some 1200 modules, ``var NAME=W((exports,module)=>{...});``, that call each other as ``NAME()``, and one of
them registers every chart type in a list. This module shortens that list and leaves out the modules that nothing
calls any more, as a bundler does with unused code. It asserts the structure it relies on; if a plotly release
changes it, the whole bundle is used and the report is larger.
"""

from __future__ import annotations

import base64
import gzip
import os
import re
import tempfile
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# The chart types that reports draw, besides scatter, which is part of the core.
TRACES = frozenset({"bar"})
# Raised whenever the pruning changes, so that nothing stale is read from the cache.
_PRUNER = 1

_MODULE = re.compile(r"var ([\w$]+)=W\(")
_CALL = re.compile(r"(?<![\w$.])([\w$]+)\(\)")
_REGISTRATION = re.compile(r"register\(\[((?:[\w$]+\(\),?)+)\]\)")
_IDENTITY = re.compile(r'moduleType:"\w+",name:"([\w-]+)"')
_FORWARD = re.compile(r"exports=([\w$]+)\(\)")
# A slash after one of these starts a regular expression, not a division.
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%~^<>")
_WORD_BEFORE_REGEX = re.compile(
    r"(?:^|[^\w$.])(?:return|typeof|case|in|of|void|delete|do|else|throw)$"
)


class BundleError(ValueError):
    """The bundle does not have the structure that pruning relies on."""


def _end_of_string(text: str, start: int) -> int:
    end = start + 1
    while text[end] != text[start]:
        end += 2 if text[end] == "\\" else 1
    return end + 1


def _end_of_template(text: str, start: int) -> int:
    end = start + 1
    while text[end] != "`":
        if text[end] == "\\":
            end += 2
        elif text.startswith("${", end):
            end = _end_of_group(text, end + 1)
        else:
            end += 1
    return end + 1


def _end_of_regex(text: str, start: int) -> int:
    end, in_class = start + 1, False
    while text[end] != "/" or in_class:
        if text[end] == "\\":
            end += 1
        elif text[end] == "[":
            in_class = True
        elif text[end] == "]":
            in_class = False
        end += 1
    return end + 1


def _end_of_group(text: str, start: int) -> int:
    """Return the index after the bracket that closes the one at ``start``."""
    depth, at, before = 0, start, ""
    while True:
        char = text[at]
        if char in "\"'":
            at, before = _end_of_string(text, at), "x"
        elif char == "`":
            at, before = _end_of_template(text, at), "x"
        elif text.startswith("//", at):
            at = text.index("\n", at)
        elif text.startswith("/*", at):
            at = text.index("*/", at) + 2
        elif char == "/" and (
            before in _BEFORE_REGEX or _WORD_BEFORE_REGEX.search(text[max(0, at - 12) : at])
        ):
            at, before = _end_of_regex(text, at), "x"
        else:
            depth += (char in "([{") - (char in ")]}")
            at += 1
            if depth == 0:
                return at
            if not char.isspace():
                before = char


def _identity(name: str, bodies: Mapping[str, str]) -> str | None:
    """Return the name of the chart type that a module defines or forwards to."""
    for _ in range(4):
        body = bodies.get(name, "")
        if found := _IDENTITY.search(body):
            return found[1]
        if not (forward := _FORWARD.search(body)):
            return None
        name = forward[1]
    return None


def prune(source: str, traces: frozenset[str] = TRACES) -> str:
    """Return the bundle with only the given chart types; ``BundleError`` if it is built otherwise."""
    spans: list[tuple[int, int, str]] = []
    for match in _MODULE.finditer(source):
        end = _end_of_group(source, match.end() - 1)
        if source[end] != ";" or (spans and match.start() < spans[-1][1]):
            raise BundleError(f"module {match[1]} does not end where modules do")
        spans.append((match.start(), end + 1, match[1]))
    bodies = {name: source[start:end] for start, end, name in spans}

    registrations = [(n, m) for n, body in bodies.items() for m in _REGISTRATION.finditer(body)]
    if len(registrations) != 1:
        raise BundleError(f"{len(registrations)} lists of chart types, not one")
    home, listed = registrations[0]
    kept = [call for call in listed[1].split(",") if _identity(call[:-2], bodies) in traces]
    if {_identity(call[:-2], bodies) for call in kept} != traces:
        raise BundleError("not every chart type that is needed is in the list")
    bodies[home] = bodies[home][: listed.start(1)] + ",".join(kept) + bodies[home][listed.end(1) :]

    outside, last = [], 0
    for start, end, _ in spans:
        outside.append(source[last:start])
        last = end
    outside.append(source[last:])
    wanted: set[str] = set()
    todo = ["".join(outside)]
    while todo:
        for name in set(_CALL.findall(todo.pop())) & bodies.keys() - wanted:
            wanted.add(name)
            todo.append(bodies[name])

    parts, last = [], 0
    for start, end, name in spans:
        parts += [source[last:start], bodies[name] if name in wanted else ""]
        last = end
    return "".join(parts) + source[last:]


def _cache_file() -> Path:
    import platformdirs
    import plotly

    name = f"plotly-{plotly.__version__}-pruned-{_PRUNER}.js.gz.txt"
    return Path(platformdirs.user_cache_dir("zkmark", appauthor=False)) / name


def _store(path: Path, text: str) -> None:
    """Keep the bundle for the next report; a cache that cannot be written is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            file.write(text)
        os.replace(file.name, path)
    except OSError:
        pass


@cache
def encoded_bundle() -> str:
    """Return the pruned bundle, compressed with gzip and encoded in base64."""
    from plotly.offline import get_plotlyjs

    cached = _cache_file()
    try:
        return cached.read_text()
    except OSError:
        pass
    source = get_plotlyjs()
    try:
        source = prune(source)
    except (BundleError, IndexError, ValueError) as error:
        warnings.warn(
            f"the charts' library could not be pruned ({error}); the report is about 1 MB larger",
            stacklevel=2,
        )
        return base64.b64encode(gzip.compress(source.encode(), 9, mtime=0)).decode()
    text = base64.b64encode(gzip.compress(source.encode(), 9, mtime=0)).decode()
    _store(cached, text)
    return text
