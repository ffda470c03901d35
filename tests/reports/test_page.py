"""The page: what it says, that it is whole, and that it can do no harm."""

import base64
import copy
import gzip
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from zkmark.reports import render_html, write_report
from zkmark.reports.model import Report
from zkmark.reports.palette import variables
from zkmark.reports.verdict import verdict
from zkmark.suites.ceiling import no_ceiling


def figures_of(html):
    (packed,) = re.findall(r'id="figures">([^<]*)<', html)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def attributes(page, name):
    return [found[name] for _, found in page.elements if name in found]


@pytest.fixture
def html(example):
    return render_html([example])


def test_a_page_of_few_cases_is_far_below_its_limit(html):
    assert len(html.encode()) < 750_000


def test_sections_stand_in_the_order_of_importance(html, parse):
    page = parse(html)
    sections = [found["id"] for tag, found in page.elements if tag == "section"]
    assert sections == [
        "failures",
        "glance",
        "scaling",
        "roofline",
        "phases",
        "economy",
        "results",
        "noise",
        "machine",
        "reproduce",
    ]
    assert [tag for tag, _ in page.elements].count("h1") == 1


def test_links_and_names_fit_together(html, parse):
    page = parse(html)
    ids = attributes(page, "id")
    assert len(ids) == len(set(ids))
    for target in attributes(page, "href"):
        assert target == "data:," or target.removeprefix("#") in ids


def test_nothing_is_loaded_from_anywhere(html, parse):
    page = parse(html)
    assert not attributes(page, "src")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    own = re.sub(r'(?s)<script type="text/plain".*?</script>', "", html)
    assert not re.findall(r"(?:https?:)?//\w[\w.]+", own)


def test_the_policy_lets_the_pages_own_scripts_run_and_nothing_load(html, parse):
    page = parse(html)
    (policy,) = [f["content"] for _, f in page.elements if "http-equiv" in f]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    (script,) = re.findall(r"(?s)<script>(.*?)</script>", html)
    (library,) = re.findall(r'id="library">([^<]*)<', html)
    for text in (script.encode(), gzip.decompress(base64.b64decode(library))):
        assert base64.b64encode(sha256(text).digest()).decode() in policy


def test_tables_have_captions_and_scopes(html, parse):
    page = parse(html)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("caption") == tags.count("table") == len(page.tables)
    assert all("scope" in found for tag, found in page.elements if tag == "th")


def test_a_case_stands_with_all_its_figures(html, parse):
    table = parse(html).tables["NTT"]
    heads, rows = table[0], table[1:]
    assert heads[:3] == ["case", "backend", "total 95 % interval"]
    assert rows[0] == [
        "ntt/goldilocks/2^10/forward",
        "cpu cpu/portable isa avx2",
        "11.2 µs 10.8–12.0 µs",
        "",
        "9.56 µs 9.18–10.2 µs",
        "91.1 M elements/s 1.46 GB/s",
        "71 % arithmetic",
        "132× 122–137",
        "2.06× 1.97–2.25",
        "216 KiB",
    ]


def test_the_fastest_backend_of_a_case_comes_first(html, parse):
    rows = parse(html).tables["NTT"][1:4]
    assert [row[1].split()[0] for row in rows] == ["cpu", "numba", "reference"]


def test_what_was_not_measured_has_a_dash(html, parse):
    row = parse(html).tables["MSM"][1]
    assert row[7:9] == ["–", "–"]


def test_a_share_of_a_ceiling_is_explained(html, parse, document, result_of):
    page = parse(html)
    titles = [found["title"] for _, found in page.elements if "title" in found]
    assert (
        "Arithmetic: 2.14 G of 3.00 G 64-bit products/s (avx2). Memory: 1.71 GB/s of 24.0 GB/s."
    ) in titles
    assert any(title.startswith("Arithmetic: the reference computes in") for title in titles)
    for case in document["cases"]:
        case["ceiling"] = no_ceiling("nobody measured any")
    page = parse(render_html([result_of(document)]))
    assert page.tables["NTT"][1][6] == "–"
    titles = [found["title"] for _, found in page.elements if "title" in found]
    assert "Arithmetic: nobody measured any. Memory: nobody measured any." in titles


def test_the_verdict_names_what_is_wrong(html):
    assert "1 output is incorrect" in html
    assert 'class="verdict bad"' in html


def test_an_incorrect_case_has_no_figure_anywhere(example, parse):
    page = parse(render_html([example]))
    rows = [row for table in page.tables.values() for row in table if "merkle/sha-256" in row[0]]
    assert rows
    for row in rows:
        assert any("incorrect" in cell for cell in row)
        assert not [cell for cell in row[1:] if re.search(r"\d (s|ms|µs|ns|[kMG])|×", cell)]


def test_figures_of_an_incorrect_case_are_not_shown_even_if_a_document_holds_them(document, parse):
    from zkmark.suites.result import Result

    # No document that holds to the schema has them; a report does not rely on that.
    wrong = document["cases"][0]
    wrong["status"], wrong["reason"] = "incorrect", "the output differs"
    html = render_html([Result(document)])
    assert "11.2 µs" not in " ".join(parse(html).text)
    assert "11.2 µs" not in json.dumps(figures_of(html), ensure_ascii=False)


def test_good_and_partial_and_bad_runs_are_told_apart(only, result_of):
    good = only("ok", "unsupported")
    assert 'class="verdict good"' in render_html([result_of(good)])
    good["run"]["suite"]["planned"].append({"slug": "ntt/x", "label": "cpu"})
    html = render_html([result_of(good)])
    assert 'class="verdict partial"' in html
    assert "ntt/x on cpu" in html


def test_a_run_with_no_figure_is_reported_without_charts(only, result_of, parse):
    html = render_html([result_of(only("incorrect", "crashed"))])
    assert "1 output is incorrect; 1 crashed." in html
    assert 'id="library"' not in html
    parse(html)


def test_an_empty_run_is_reported(only, result_of, parse):
    html = render_html([result_of(only())])
    assert "Nothing was measured." in html
    parse(html)


def test_what_is_unsupported_is_no_failure(html, parse):
    page = parse(html)
    listed = page.tables["Entries without figures"]
    assert [row[2] for row in listed[1:]] == ["incorrect", "crashed"]
    assert "backend numba has no implementation of msm" in "".join(page.text)


def test_modelled_figures_have_a_table_of_their_own(modelled, result_of, parse):
    html = render_html([result_of(modelled)])
    page = parse(html)
    head, *rows = page.tables["NTT modelled, not measured"]
    assert head == [
        "case",
        "design",
        "cycles of one instance",
        "clock",
        "board instances",
        "terms the longest in bold",
        "modelled time",
        "throughput modelled",
        "check",
    ]
    # In the order of the run, whatever is fast.
    assert rows[0] == [
        "ntt/goldilocks/2^10/forward",
        "fpga fpga/example-ntt-8",
        "770 simulated",
        "250 MHz declared",
        "AMD Alveo U250 4 instances",
        "compute 770 ns PCIe 520 ns",
        "770 ns modelled",
        "1.33 G elements/s 21.3 GB/s",
        "ok",
    ]
    assert rows[2][2] == "incorrect the output's digest is another one"
    assert rows[3][2] == "≈ 70 000 extrapolated"
    assert rows[3][8] == "– smaller sizes ok"
    text = " ".join("".join(page.text).split())
    assert "250 MHz declared (an example, invented)" in text
    assert "9 fit at 70%, limited by dsp" in text
    assert "2^10/forward 770 cycles (+0.26 %)" in text
    bold = [attributes for tag, attributes in page.elements if attributes.get("class") == "bound"]
    assert len(bold) == 3


def test_modelled_figures_are_in_no_ranking_and_no_chart(modelled, result_of, parse):
    html = render_html([result_of(modelled)])
    tables = parse(html).tables
    # Faster than any of these, and yet not among them.
    assert not [row for row in tables["NTT"] if "fpga" in " ".join(row)]
    best = tables["The fastest backend at the largest size of each kernel and parameter set"]
    assert not [row for row in best if "fpga" in " ".join(row)]
    assert "fpga is fastest" not in html
    assert "fpga" not in json.dumps(figures_of(html))
    assert not [row for row in tables["Noise, entry by entry"] if "fpga" in " ".join(row)]


def test_the_verdict_does_not_count_an_output_that_nobody_computed(modelled, result_of):
    modelled["cases"] = [c for c in modelled["cases"] if c["status"] == "ok"]
    suite = modelled["run"]["suite"]
    suite["planned"] = [{"slug": c["slug"], "label": c["label"]} for c in modelled["cases"]]
    said = verdict(Report([result_of(modelled)]))
    assert said.level == "good"
    assert said.headline == (
        "All 11 outputs are correct, in 4 cases; 1 extrapolated and not computed."
    )
    assert (
        "3 entries modelled, not measured, 1 of them extrapolated from smaller sizes; shown apart."
        in said.details
    )
    modelled["cases"] = [c for c in modelled["cases"] if c["correctness"]["ok"] is None]
    suite["planned"] = [{"slug": c["slug"], "label": c["label"]} for c in modelled["cases"]]
    assert verdict(Report([result_of(modelled)])).headline == (
        "No output was computed; 1 extrapolated and not computed."
    )


def test_text_from_outside_stays_text(hostile, result_of, parse):
    html = render_html([result_of(hostile)])
    page = parse(html)
    assert [tag for tag, _ in page.elements].count("script") == 4
    assert not [tag for tag, _ in page.elements if tag == "img"]
    assert not [f for _, f in page.elements if any(name.startswith("on") for name in f)]
    assert "<script>window" not in html
    assert "window.hacked=1" in "".join(page.text)
    drawn = json.dumps(figures_of(html))
    assert "<script" not in drawn
    assert "<img" not in drawn
    for style in attributes(page, "style"):
        assert "hacked" not in style


def test_every_field_of_the_profile_is_there_with_its_status(html, parse):
    rows = parse(html).tables["Profile of example, Example CPU, 2 processors"]
    governor = next(row for row in rows if row[0] == "governor")
    assert governor[1:3] == ["the virtual machine offers no frequency control", "unavailable"]
    memory = next(row for row in rows if row[0] == "total")
    assert memory[1:3] == ["16.0 GiB", "reported"]


def test_a_throttled_gpu_is_named_with_its_case(document, result_of, parse):
    def measured(value):
        figure = {"value": value, "source": "NVML", "status": "measured", "samples": [value]}
        return {**figure, "low": value - 1e7, "high": value}

    missing = {"value": None, "source": "NVML", "status": "unavailable", "reason": "Not Supported"}
    case = next(case for case in document["cases"] if case["status"] == "ok")
    case["gpu"] = {
        "clock_sm": measured(1.98e9),
        "clock_memory": measured(2.6e9),
        "temperature": measured(60),
        "power": missing,
        "throttle_reasons": {"value": ["SwPowerCap"], "source": "NVML", "status": "reported"},
        "energy": missing,
    }
    text = "".join(parse(render_html([result_of(document)])).text)
    assert f"throttled during {case['slug']} on {case['label']}: SwPowerCap" in text
    assert "ran at 1970 to 1980 MHz" in text
    assert "could be asked: Not Supported." in text


def test_lists_in_a_profile_are_not_lost(document, result_of, parse):
    document["profile"]["gpus"] = {
        "devices": [{"name": {"value": "GPU X", "source": "driver", "status": "reported"}}]
    }
    assert "GPU X" in "".join(parse(render_html([result_of(document)])).text)


@pytest.mark.parametrize(
    "text",
    [
        "zkmark run quick",
        "GNU 12.2.0",
        "-O3 -DNDEBUG",
        "commit 0123456789ab",
        "CPython 3.11.2",
        "numba 0.64.0",
        "portable, avx2",
    ],
)
def test_the_page_says_how_to_reproduce_it(html, text):
    assert text in html[html.index('id="reproduce"') :]


def test_every_sample_is_in_a_chart(example, html):
    figures = figures_of(html)
    drawn = sum(
        len(trace["x"])
        for name, figure in figures.items()
        if name.startswith("samples")
        for trace in figure["data"]
        if trace["marker"].get("opacity")
    )
    raw = sum(
        len(process["samples"])
        for case in example.with_status("ok")
        for process in case["phases"]["total"]["processes"]
    )
    assert drawn == raw == 360


def test_entries_with_a_total_alone_and_without_intervals_are_reported(only, result_of, parse):
    document = only("ok")
    for case in document["cases"]:
        case["phases"] = {"total": case["phases"]["total"]}
        case["summary"] = {"total": case["summary"]["total"]}
        case["summary"]["total"].update(low=None, high=None, relative_width=None, processes=2)
        for ratio in case["speedup"].values():
            ratio.update(low=None, high=None)
    html = render_html([result_of(document)])
    row = parse(html).tables["NTT"][1]
    assert row[2] == "11.2 µs no interval from 2 processes"
    assert row[4] == "–"
    assert 'class="fastest"' not in html
    assert "beyond doubt in none" in html
    assert not any(name.startswith("phases") for name in figures_of(html))


def test_times_and_sizes_of_zero_break_no_logarithmic_axis(only, result_of, parse):
    document = only("ok")
    for case in document["cases"]:
        case["summary"]["total"].update(median=0.0, low=0.0, high=0.0, relative_width=None)
        case["summary"]["compute"].update(median=0.0, low=0.0, high=0.0, relative_width=None)
        if case["kernel"] == "msm":
            case["parameters"]["size"] = 0
    html = render_html([result_of(document)])
    assert "scaling-0" not in figures_of(html)
    parse(html)


def test_samples_beyond_the_axis_are_marked(document, result_of):
    document["cases"][0]["phases"]["total"]["processes"][2]["samples"][1] *= 9
    html = render_html([result_of(document)])
    assert "1 sample lies beyond the axis" in html
    (far,) = [
        trace
        for trace in figures_of(html)["samples-0"]["data"]
        if trace["marker"]["symbol" if "symbol" in trace["marker"] else "size"] == "triangle-right"
    ]
    assert "1 sample beyond, up to +" in far["hovertemplate"]


def test_very_many_samples_show_as_medians_and_ranges(example, monkeypatch):
    from zkmark.reports import charts

    monkeypatch.setattr(charts, "MOST_SAMPLES", 100)
    traces = figures_of(render_html([example]))["samples-0"]["data"]
    assert all("error_x" in trace for trace in traces if "line" in trace["marker"])
    assert not [trace for trace in traces if trace["marker"].get("opacity")]


def test_a_large_run_stays_below_the_limit(document):
    """Twenty families of thirteen sizes, with far more samples than a page can hold."""
    from zkmark.suites.result import Result

    first = document["cases"][0]
    # A different noise in every process, or packing the page would be too easy.
    noise = [[1e-5 * (1 + 0.001 * ((7 * i * p) % 101)) for i in range(40)] for p in range(1, 13)]
    processes = [{"warmup": [], "samples": samples} for samples in noise]
    cases = []
    for family in range(20):
        for log_size in range(10, 23):
            for label in ("cpu", "numba"):
                slug = f"ntt/f{family}/2^{log_size}/forward"
                parameters = {**first["parameters"], "field": f"f{family}", "log_size": log_size}
                changes = {"slug": slug, "backend": label, "label": label, "parameters": parameters}
                phases = {**first["phases"], "total": {"processes": processes}}
                cases.append({**first, **changes, "phases": phases, "speedup": {}})
    html = render_html([Result({**document, "cases": cases})])
    assert len(html.encode()) < 1_500_000


def test_figures_are_valid_plotly(html):
    import plotly.graph_objects as go

    # The stylesheet has one more colour that charts use.
    colours = {**variables(dark=False), "--faint": "#5b6570"}

    def coloured(node):
        if isinstance(node, dict):
            return {key: coloured(item) for key, item in node.items()}
        return colours.get(node, node) if isinstance(node, str) else node

    figures = figures_of(html)
    kinds = {name.partition("-")[0] for name in figures}
    assert kinds == {"scaling", "roofline", "phases", "samples"}
    for figure in figures.values():
        go.Figure({**figure, "data": [coloured(trace) for trace in figure["data"]]})


def test_each_backend_has_one_colour_and_each_is_its_own():
    for dark in (False, True):
        found = variables(dark)
        assert len(set(found.values())) == len(found)


def test_several_results_share_a_page_and_stay_apart(document, result_of, parse):
    other = copy.deepcopy(document)
    other["run"]["machine"]["hostname"] = "second"
    html = render_html([result_of(document), result_of(other)])
    page = parse(html)
    labels = {row[1].split()[1] for row in page.tables["NTT"][1:]}
    assert {row[1].split()[0] for row in page.tables["NTT"][1:]} == {"A:", "B:"}
    assert labels == {"cpu", "numba", "reference"}
    assert "B: second, Example CPU, 2 processors" in "".join(page.text)


def test_a_library_that_could_not_be_cut_is_said_on_the_page(example, monkeypatch):
    from zkmark.reports import page, plotly_bundle

    monkeypatch.setattr(
        page, "plotly_bundle", lambda: plotly_bundle.PlotlyBundle("", "", "7.1.0", "It is whole")
    )
    assert "It is whole." in render_html([example])


@pytest.mark.parametrize("name", ["page.pdf", "page", "page.html.gz"])
def test_an_unknown_ending_is_refused(example, tmp_path, name):
    with pytest.raises(ValueError, match=rf"output: got '{name}', want a name ending in \.html"):
        write_report([example], tmp_path / name)


def test_no_results_are_refused(tmp_path):
    with pytest.raises(ValueError, match="results: got none, want at least one"):
        write_report([], tmp_path / "page.html")


@pytest.mark.parametrize("name", ["page.html", "PAGE.HTML", "page.md", "page.csv"])
def test_a_report_is_written_whole_under_its_name(example, tmp_path, name):
    path = tmp_path / name
    path.write_text("before")
    assert write_report([example], path) == path
    assert "ntt/goldilocks/2^10/forward" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(example, tmp_path):
    path = tmp_path / "none" / "page.md"
    with pytest.raises(FileNotFoundError) as caught:
        write_report([example], path)
    assert caught.value.filename == str(path)


def test_a_failed_write_leaves_the_file_before(example, tmp_path, monkeypatch):
    path = tmp_path / "page.md"
    path.write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_report([example], path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
