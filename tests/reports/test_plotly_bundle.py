"""The charts' library: cut down, kept, and whole when it cannot be cut down."""

import base64
import gzip
import hashlib
import re
import warnings
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from zkmark.reports import plotly_bundle as pb
from zkmark.reports.javascript_bundle import BundleError


@pytest.fixture(scope="module")
def source():
    return pb._installed_source()


@pytest.fixture(scope="module")
def pruned(source):
    return pb.prune(source)


@pytest.fixture
def fresh(monkeypatch, tmp_path, pruned):
    """No bundle remembered, an empty cache folder, and the pruning that takes seconds done."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(pb, "prune", lambda *_: pruned)
    pb.plotly_bundle.cache_clear()
    yield tmp_path
    pb.plotly_bundle.cache_clear()


def unpack(packed):
    return gzip.decompress(base64.b64decode(packed)).decode()


def test_plotly_is_pinned_to_the_release_whose_bundle_is_known():
    (pin,) = [r for r in map(Requirement, requires("zkmark") or []) if r.name == "plotly"]
    assert {str(one) for one in pin.specifier} == {">=7.1", "<7.2"}
    assert version("plotly") in pin.specifier


def test_the_bundle_is_cut_to_a_quarter(source, pruned):
    assert len(pruned) < 1_250_000 < 4_000_000 < len(source)
    assert len(pb.pack(pruned)) < 550_000


def test_what_is_left_draws_bars_and_curves_and_no_maps(pruned):
    names = set(re.findall(r'moduleType:"trace",name:"(\w+)"', pruned))
    assert names == {"scatter", "bar"}
    for map_or_scene in ("AttributionControl:()=>", "gl_surface3d", "delaunay_triangulate"):
        assert map_or_scene not in pruned


def test_head_tail_and_licences_stay(source, pruned):
    assert pruned.startswith(source[:200])
    assert "Licensed under the MIT license" in pruned[:400]
    tail = source[source.rindex("})();\n/*!") :]
    assert "MIT" in tail
    assert pruned.endswith(tail)


def test_more_traces_can_be_asked_for(source):
    with_heatmap = pb.prune(source, ("bar", "heatmap"))
    assert 'name:"heatmap"' in with_heatmap


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.replace("var Plotly=(()=>{", "var Other=(()=>{"), "is not in it"),
        (lambda s: s.replace(".register([", ".enroll(["), "registers no list"),
        (lambda s: s.replace('moduleType:"trace",name:"bar"', 'name:"bar"'), "trace bar is not"),
        (lambda s: s[: len(s) // 2], "ends inside"),
    ],
)
def test_another_structure_is_refused(source, change, message):
    with pytest.raises(BundleError, match=message):
        pb.prune(change(source))


def test_a_bundle_is_pruned_once_and_then_read_from_the_cache(fresh, monkeypatch):
    first = pb.plotly_bundle()
    assert first.warning is None
    assert version("plotly") == first.version
    script = unpack(first.packed)
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() == first.sha256
    (kept,) = Path(fresh).rglob("plotly-*.js.gz")
    assert version("plotly") in kept.name
    assert f"pruner-{pb.PRUNER_VERSION}" in kept.name
    assert not [p for p in fresh.rglob("*") if p.is_file() and p != kept]

    monkeypatch.setattr(pb, "prune", lambda *_: pytest.fail("pruned again"))
    pb.plotly_bundle.cache_clear()
    assert pb.plotly_bundle() == first


@pytest.mark.parametrize("broken", [b"", b"\x1f\x8b", gzip.compress(b"alert(1)", mtime=0), b"text"])
def test_a_broken_cache_is_made_anew(fresh, broken):
    first = pb.plotly_bundle()
    (kept,) = Path(fresh).rglob("plotly-*.js.gz")
    kept.write_bytes(broken)
    pb.plotly_bundle.cache_clear()
    assert pb.plotly_bundle() == first


def test_a_cache_that_cannot_be_written_is_not_missed(fresh, monkeypatch):
    occupied = fresh / "file"
    occupied.write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(occupied))
    assert pb.plotly_bundle().warning is None


def test_a_bundle_that_cannot_be_pruned_is_taken_whole_with_one_sentence(
    fresh, monkeypatch, source
):
    def fail(*_):
        raise BundleError("its body does not end")

    monkeypatch.setattr(pb, "prune", fail)
    with pytest.warns(pb.ReportWarning, match=r"larger than 1\.5 MB") as caught:
        bundle = pb.plotly_bundle()
    assert len(caught) == 1
    assert unpack(bundle.packed) == source
    assert bundle.warning == str(caught[0].message)
    assert not list(fresh.rglob("*.js.gz"))


def test_a_bundle_of_an_unlikely_size_is_not_trusted(fresh, monkeypatch):
    monkeypatch.setattr(pb, "prune", lambda *_: "var Plotly;")
    with pytest.warns(pb.ReportWarning, match="far from what is expected"):
        assert pb.plotly_bundle().warning


def test_the_same_input_gives_the_same_bytes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pb.pack("text") == pb.pack("text")
