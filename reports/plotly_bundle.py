"""The part of plotly.js that our charts need, small enough to travel inside of every report.

The plotly package brings plotly.js whole: maps, 3-D scenes and all, 1.5 MB compressed. Here it is
taken apart, only the traces that we draw are left registered, and what they do not need is dropped.
The outcome is kept in the user's cache folder. If anything about the bundle is not as expected, the
report takes it whole and says so.
"""

from __future__ import annotations

import gzip
import os
import re
import tempfile
import warnings
import zlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zkmark.reports.javascript_bundle import (
    BundleError,
    Module,
    reachable,
    split_body,
    split_modules,
)

# Raise when the pruning below changes: cached bundles of other versions are not used.
PRUNER_VERSION = 1
# Beside scatter, which is part of plotly.js's core.
TRACES = ("bar",)
# Pruned plotly.js 4.1 has 1.1 MB. Far from that, the pruning has gone wrong.
_EXPECTED_BYTES = range(600_000, 2_000_000)

_BODY = "var Plotly=(()=>{"
_ROOT = re.compile(r"return ([A-Za-z_$][\w$]*)\(\);$")
_REGISTER = re.compile(r"\.register\(\[((?:[A-Za-z_$][\w$]*\(\),?)+)\]\)")
_ALIAS = re.compile(r"([A-Za-z_$][\w$]*)\.exports=([A-Za-z_$][\w$]*)\(\)\}\);$")
_TRACE = re.compile(r'moduleType:"trace",name:"(\w+)"')


class ReportWarning(UserWarning):
    """A report came out, but not as it should be; the text says what is different."""


@dataclass(frozen=True)
class PlotlyBundle:
    """plotly.js as a page carries it.

    ``packed``: the script, gzipped, in base64. ``sha256``: base64 of the script's SHA-256, for the
    page's Content-Security-Policy. ``warning``: why it is the whole plotly.js, if it is.
    """

    packed: str
    sha256: str
    version: str
    warning: str | None = None


def prune(source: str, traces: Sequence[str] = TRACES) -> str:
    """Return plotly.js with scatter and the named traces only.

    Raises ``BundleError`` if ``source`` is not built as this function expects.
    """
    head = source.find(_BODY)
    if head < 0:
        raise BundleError(f"{_BODY!r} is not in it")
    start = head + len(_BODY)
    statements, end = split_body(source, start)
    modules = split_modules(statements)
    root = _ROOT.search(modules[-1].text)
    if root is None:
        raise BundleError("its body does not end by running the root module")
    index = next((i for i, m in enumerate(modules) if root[1] in m.names), None)
    if index is None:
        raise BundleError(f"the root module {root[1]} is not in it")
    modules[index] = _register_only(modules[index], modules, traces)
    body = "".join(module.text for module in reachable(modules))
    return source[:start] + body + source[end:]


def _register_only(root: Module, modules: Sequence[Module], traces: Sequence[str]) -> Module:
    """Return the root module with its list of traces and components cut down."""
    register = _REGISTER.search(root.text)
    if register is None:
        raise BundleError("the root module registers no list of traces")
    by_name = {name: module for module in modules for name in module.names}
    found = {}
    for name in register[1].replace("()", "").split(","):
        module = by_name.get(name)
        # lib/bar.js only hands on src/traces/bar/index.js.
        while module is not None and (alias := _ALIAS.search(module.text)):
            module = by_name.get(alias[2])
        trace = _TRACE.search(module.text) if module else None
        if trace:
            found[trace[1]] = name
    missing = [trace for trace in traces if trace not in found]
    if missing:
        raise BundleError(f"the trace {missing[0]} is not among those registered")
    kept = ",".join(f"{found[trace]}()" for trace in traces)
    text = root.text[: register.start(1)] + kept + root.text[register.end(1) :]
    return Module(text, root.names)


@cache
def plotly_bundle() -> PlotlyBundle:
    """Return plotly.js for a page: pruned, from the cache where it was pruned before.

    Falls back to plotly.js whole, with a ``ReportWarning``, when the pruning fails.
    """
    from plotly import __version__ as version

    cached = _cache_file(version)
    script = _read_cache(cached)
    if script is None:
        source = _installed_source()
        try:
            script = prune(source)
            if len(script) not in _EXPECTED_BYTES:
                raise BundleError(f"{len(script)} bytes are left of it, far from what is expected")
        except BundleError as error:
            text = (
                f"plotly.js of plotly {version} could not be cut down ({error}), so the page "
                "carries it whole and is larger than 1.5 MB"
            )
            warnings.warn(text, ReportWarning, stacklevel=2)
            return _bundle(source, version, text)
        _write_cache(cached, script)
    return _bundle(script, version)


def _installed_source() -> str:
    from importlib.resources import files

    resource = files("plotly") / "package_data" / "plotly.min.js"
    return resource.read_text(encoding="utf-8")


def pack(text: str) -> str:
    """Return a text gzipped and in base64, as a page's script unpacks it."""
    # mtime=0: the same text gives the same page.
    return b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def _bundle(script: str, version: str, warning: str | None = None) -> PlotlyBundle:
    from hashlib import sha256

    digest = b64encode(sha256(script.encode()).digest()).decode()
    return PlotlyBundle(pack(script), digest, version, warning)


def _cache_file(version: str) -> Path:
    from platformdirs import user_cache_path

    safe = re.sub(r"[^\w.+-]", "-", version)
    kinds = "-".join(("scatter", *TRACES))
    name = f"plotly-{safe}-{kinds}-pruner-{PRUNER_VERSION}.js.gz"
    return user_cache_path("zkmark") / name


def _read_cache(path: Path) -> str | None:
    """Return the cached script; ``None`` if there is none that can be read and has its size."""
    try:
        script = gzip.decompress(path.read_bytes()).decode()
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    return script if len(script) in _EXPECTED_BYTES else None


def _write_cache(path: Path, script: str) -> None:
    """Keep a script, whole or not at all; a cache that cannot be written is not missed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(gzip.compress(script.encode(), 6, mtime=0))
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
    except OSError:
        return
