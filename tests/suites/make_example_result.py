"""Make example_result.json, example_modelled.json and example_workloads.json, for tests of readers.

Their figures are invented.

Run `python tests/suites/make_example_result.py` after a change of the schema.
"""

import json
import random
from pathlib import Path

from zkmark.kernels.fpga import Comparison, Modelled
from zkmark.suites.ceiling import no_ceiling
from zkmark.suites.migrations import SCHEMA_VERSION
from zkmark.suites.modelled import checked_instead, modelled_section
from zkmark.suites.result import validate_document
from zkmark.suites.statistics import median_interval, paired_ratio, process_medians

NOTE = "Example document made for tests: its figures are invented, not measured."
ROUNDS = 6
SHARES = {"upload": 0.1, "compute": 0.85, "download": 0.05}
WORKLOAD_SHARES = {"compile": 0.08, "prove": 0.87, "verify": 0.05}


def field(value, source, status="reported", unit=None):
    return {"value": value, "source": source, "status": status, **({"unit": unit} if unit else {})}


def unavailable(source, reason):
    return {"value": None, "source": source, "status": "unavailable", "reason": reason}


def sampled(random_numbers, seconds, shares=SHARES):
    names = (*shares, "total")
    phases = {phase: {"processes": []} for phase in names}
    for _ in range(ROUNDS):
        process_factor = random_numbers.lognormvariate(0, 0.03)
        groups = {phase: {"warmup": [], "samples": []} for phase in names}
        for i in range(8):
            noise = process_factor * random_numbers.lognormvariate(0, 0.01)
            cold = (2.0, 1.2)[i] if i < 2 else 1.0
            total = 0.0
            for phase, share in shares.items():
                one = float(f"{seconds * share * noise * cold:.6g}")
                total += one
                groups[phase]["warmup" if i < 2 else "samples"].append(one)
            groups["total"]["warmup" if i < 2 else "samples"].append(float(f"{total:.6g}"))
        for phase in names:
            phases[phase]["processes"].append(groups[phase])
    return phases


def summarise(phases):
    summary = {}
    for phase, groups in phases.items():
        samples = [g["samples"] for g in groups["processes"]]
        found = median_interval(process_medians(samples))
        summary[phase] = {
            "median": found.median,
            "low": found.low,
            "high": found.high,
            "confidence": 0.95,
            "relative_width": found.relative_width,
            "processes": found.count,
            "samples": sum(map(len, samples)),
        }
    return summary


def ceiling(backend, operations, moved, seconds):
    """Every kind of share: of both roofs, of memory alone, of none that is known."""
    if backend == "reference":
        section = no_ceiling("the reference computes in Python integers")
    else:
        section = no_ceiling("")
        rate, roof = operations / seconds, 3e9
        section["operations"] = {
            "unit": "multiply_64",
            "level": "avx2",
            "count": operations,
            "per_byte": operations / moved,
            "formula": "example only",
            "rate": field(rate, "example", "measured", "operations/s"),
            "roof": field(roof, "profile: ceilings.multiply_64.avx2.threads_2", "measured"),
            "fraction": field(rate / roof, "rate over roof", "measured"),
        }
    rate, roof = moved / seconds, 24e9
    section["memory"] = {
        "bytes": moved,
        "rate": field(rate, "example", "measured", "bytes/s"),
        "roof": field(roof, "profile: ceilings.triad.threads_2", "measured", "bytes/s"),
        "fraction": field(rate / roof, "rate over roof", "measured"),
    }
    if backend != "reference":
        shares = {name: section[name]["fraction"]["value"] for name in ("operations", "memory")}
        section["bound"] = max(shares, key=shares.get)
    return section


def entry(
    random_numbers, slug, parameters, backend, seconds, items, unit, moved, status="ok", reason=None
):
    kernel = slug.split("/")[0]
    ok = status == "ok"
    phases = sampled(random_numbers, seconds) if ok else {}
    summary = summarise(phases)
    digest = "sha256:" + f"{random.Random(slug).getrandbits(256):064x}"
    judged = {"ok": True, "incorrect": False}.get(status)
    peak = moved + 4096 * 50
    total = summary["total"]["median"] if ok else None
    failed = (
        []
        if status == "unsupported"
        else [{"round": 0, "position": 0, "status": status, "reason": reason, "seconds": 0.4}]
    )
    processes = [
        {
            "round": r,
            "position": r % 2,
            "status": "ok",
            "reason": None,
            "seconds": 0.5,
            "loops": 1,
            "plan_seconds": 0.002,
            "warmup_settled": True,
            "output_digest": digest,
            "host_peak_bytes": peak + 4096 * r,
        }
        for r in range(ROUNDS)
    ]
    return {
        "slug": slug,
        "kernel": kernel,
        "parameters": parameters,
        "backend": backend,
        "implementation": None if status == "unsupported" else backend,
        "label": backend,
        "path": None
        if status == "unsupported"
        else ("cpu/portable" if backend == "cpu" else backend),
        "settings": {
            "threads": 1 if backend == "reference" else 2,
            **({"isa": "avx2"} if backend == "cpu" else {}),
        },
        "status": status,
        "reason": reason,
        "kind": "measured",
        "clock": "host",
        "ranked_phase": "total",
        "differs": [],
        "target": None,
        "correctness": {
            "ok": judged,
            "method": "reference" if judged is not None else None,
            "output_digest": digest,
            "processes_checked": ROUNDS if ok else int(status == "incorrect"),
            "detail": reason if status == "incorrect" else None,
        },
        "counts": {
            "items": items,
            "item_unit": unit,
            "field_multiplications": 10 * items,
            "word_multiplications": 20 * items,
            "bytes_moved": moved,
            "formula": "example only",
        },
        "phases": phases,
        "summary": summary,
        "workload": None,
        "modelled": None,
        "speedup": {},
        "compute_speedup": {},
        "throughput": {
            "items_per_second": items / total,
            "item_unit": unit,
            "bytes_per_second": moved / total,
        }
        if ok
        else None,
        "ceiling": ceiling(backend, 20 * items, moved, summary["compute"]["median"])
        if ok
        else no_ceiling(f"the case is {status}"),
        "memory": {
            "host_peak_bytes": field(
                peak,
                "VmHWM of the worker process over its resident size before the case",
                "measured",
                "bytes",
            )
            if ok
            else unavailable("worker process", f"the case is {status}"),
            "device_peak_bytes": unavailable("host backend", "the backend computes in host memory"),
        },
        "energy_joules": unavailable(
            "powercap", "this machine offers no energy counter (/sys/class/powercap is empty)"
        ),
        "gpu": None,
        "load": {"before": 0.31, "after": 0.77, "steal_fraction": 0.0012},
        "stopping": {
            "reason": "budget" if ok else None,
            "target_relative_width": 0.02,
            "achieved_relative_width": summary["total"]["relative_width"] if ok else None,
            "rounds": ROUNDS if ok else int(status != "unsupported"),
            "seconds": 3.2,
        },
        "processes": processes if ok else failed,
    }


def make_example():
    numbers = random.Random(2)
    cases = []
    for log_size in (10, 12, 14, 16):
        n = 1 << log_size
        parameters = {
            "field": "goldilocks",
            "log_size": log_size,
            "batch": 1,
            "direction": "forward",
            "order": "natural",
            "coset": False,
        }
        slug = f"ntt/goldilocks/2^{log_size}/forward"
        group = [
            entry(
                numbers, slug, parameters, "cpu", 1.1e-8 * n * log_size / 10, n, "elements", 16 * n
            )
        ]
        group.append(
            entry(
                numbers,
                slug,
                parameters,
                "numba",
                2.3e-8 * n * log_size / 10,
                n,
                "elements",
                16 * n,
            )
        )
        if log_size == 10:
            group.append(
                entry(
                    numbers,
                    slug,
                    parameters,
                    "reference",
                    1.4e-6 * n * log_size / 10,
                    n,
                    "elements",
                    16 * n,
                )
            )
        cases += group
    msm = {"curve": "bls12-381-g1", "size": 1024}
    cases.append(
        entry(numbers, "msm/bls12-381-g1/2^10", msm, "cpu", 0.013, 1024, "points", 1024 * 128)
    )
    cases.append(
        entry(
            numbers,
            "msm/bls12-381-g1/2^10",
            msm,
            "numba",
            0,
            1024,
            "points",
            1024 * 128,
            "unsupported",
            "backend numba has no implementation of msm",
        )
    )
    merkle = {"hash": "sha-256", "log_size": 12, "leaf_width": 64, "leaf_type": "bytes"}
    cases.append(
        entry(
            numbers,
            "merkle/sha-256/2^12/64-bytes",
            merkle,
            "cpu",
            0,
            8191,
            "hashes",
            64 << 12,
            "incorrect",
            "the output's digest differs from the expected one",
        )
    )
    merkle = {"hash": "blake3", "log_size": 12, "leaf_width": 64, "leaf_type": "bytes"}
    cases.append(
        entry(
            numbers,
            "merkle/blake3/2^12/64-bytes",
            merkle,
            "cpu",
            0,
            8191,
            "hashes",
            64 << 12,
            "crashed",
            "the process was ended by SIGSEGV (segmentation fault)",
        )
    )
    by_slug = {}
    for case in cases:
        if case["status"] == "ok":
            by_slug.setdefault(case["slug"], []).append(case)
    for group in by_slug.values():
        medians = {
            case["label"]: dict(
                enumerate(
                    process_medians([p["samples"] for p in case["phases"]["total"]["processes"]])
                )
            )
            for case in group
        }
        for case in group:
            for other in medians.keys() - {case["label"]}:
                ratio = paired_ratio(medians[other], medians[case["label"]])
                case["speedup"][other] = {
                    "median": ratio.median,
                    "low": ratio.low,
                    "high": ratio.high,
                    "pairs": ratio.count,
                }
            case["speedup"] = dict(sorted(case["speedup"].items()))
    return {
        "schema": "zkmark-result",
        "schema_version": SCHEMA_VERSION,
        "run": {
            "id": "20260101T120000Z-example",
            "note": NOTE,
            "status": "complete",
            "suite": {
                "name": "quick",
                "description": "Example of a run of the suite quick.",
                "source": "quick.toml",
                "settings": {
                    "min_processes": 6,
                    "max_processes": 6,
                    "time_budget": 3.0,
                    "relative_width": 0.02,
                },
                "planned": [{"slug": case["slug"], "label": case["label"]} for case in cases],
            },
            "seed": 1,
            "command_line": ["zkmark", "run", "quick"],
            "zkmark": {
                "version": "0.1.0",
                "git": field(
                    {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False},
                    "git in the source checkout",
                ),
            },
            "machine": {
                "hostname": "example",
                "architecture": "x86_64",
                "cpu": "Example CPU",
                "processors": 2,
            },
            "python": "CPython 3.11.2",
            "packages": {"numba": "0.64.0", "numpy": "2.3.0", "zkmark": "0.1.0"},
            "native": {
                "compiler": "GNU 12.2.0",
                "flags": "-O3 -DNDEBUG",
                "isa_levels": ["portable", "avx2"],
            },
            "attempts": [
                {
                    "started": "2026-01-01T12:00:00Z",
                    "finished": "2026-01-01T12:01:30Z",
                    "exit": "complete",
                }
            ],
        },
        "profile": {
            "hostname": field("example", "socket.gethostname"),
            "cpu": {
                "model": field("Example CPU", "/proc/cpuinfo"),
                "logical_processors": field(2, "/proc/cpuinfo"),
                "governor": unavailable(
                    "/sys/devices/system/cpu/cpu0/cpufreq",
                    "the virtual machine offers no frequency control",
                ),
            },
            "memory": {"total": field(16 << 30, "/proc/meminfo", unit="bytes")},
        },
        "cases": cases,
    }


def modelled_entry(measured, cycles, compared=(), label="fpga", status="ok", reason=None):
    """An entry of the same case as a measured one, on a simulated design."""
    items, moved = measured["counts"]["items"], measured["counts"]["bytes_moved"]
    ok = status == "ok"
    found = Modelled(
        design="example-ntt-8",
        board="u250",
        cycles=cycles,
        cycles_are="extrapolated" if compared else "simulated",
        clock_hertz=250e6,
        clock_source="an example, invented",
        instances=4 if ok else 1,
        fit="9 fit at 70%, limited by dsp",
        # Large ones wait for the board's memory.
        terms={
            "compute": cycles / 250e6 / 4,
            **({"external-memory": 40 * moved / 69.3e9} if compared else {}),
            "pcie": moved / 2 / 15.75e9,
        },
        bytes_in=moved // 2,
        bytes_out=moved // 2,
        external_bytes=40 * moved if compared else 0,
        counters={"busy": cycles - 20, "waiting": 20},
        simulation_seconds=cycles / 400e3,
        compared=tuple(Comparison(slug, n, round(n * 1.002)) for slug, n in compared),
    )
    section = modelled_section(found, items, "elements", moved) if ok else None
    instead = checked_instead(section) if section else None
    digest = None if instead else measured["correctness"]["output_digest"]
    nothing = unavailable("backend fpga", "no device ran")
    process = {"round": 0, "position": 0, "status": status, "reason": reason, "seconds": 9.5}
    return {
        **measured,
        "backend": "fpga",
        "implementation": "fpga",
        "label": label,
        "path": "fpga/example-ntt-8",
        "settings": {"threads": 1, "board": "u250", "verilator": "5.48.0"},
        "status": status,
        "reason": reason,
        "kind": "modelled",
        "clock": "simulated-cycles",
        "ranked_phase": None,
        "correctness": {
            "ok": None if instead else ok,
            "method": instead or "reference",
            "output_digest": digest,
            "processes_checked": int(not instead),
            "detail": reason,
        },
        "phases": {},
        "summary": {},
        "workload": None,
        "modelled": section,
        "speedup": {},
        "compute_speedup": {},
        "throughput": None,
        "ceiling": no_ceiling("the time is modelled"),
        "memory": {"host_peak_bytes": nothing, "device_peak_bytes": nothing},
        "energy_joules": nothing,
        "stopping": {
            "reason": None,
            "target_relative_width": 0.02,
            "achieved_relative_width": None,
            "rounds": 1,
            "seconds": 9.5,
        },
        "processes": [{**process, **({"output_digest": digest} if digest else {})}],
    }


def make_modelled_example():
    """The example's transforms beside designs: two simulated, one extrapolated, one wrong."""
    document = make_example()
    by_size = {
        case["parameters"]["log_size"]: case
        for case in document["cases"]
        if case["kernel"] == "ntt" and case["label"] == "cpu"
    }
    simulated = [("ntt/goldilocks/2^10/forward", 770), ("ntt/goldilocks/2^12/forward", 3300)]
    wrong = "the output's digest is another one"
    fpga = {
        10: modelled_entry(by_size[10], 770),
        12: modelled_entry(by_size[12], 3300),
        14: modelled_entry(by_size[14], 15000, status="incorrect", reason=wrong),
        16: modelled_entry(by_size[16], 70000, compared=simulated),
    }
    cases = []
    for case in document["cases"]:
        if case["kernel"] == "ntt":
            cases.append(case)
            if case["label"] == "cpu":
                cases.append(fpga[case["parameters"]["log_size"]])
    document["cases"] = cases
    document["run"]["id"] = "20260101T120000Z-modelled"
    document["run"]["suite"]["planned"] = [
        {"slug": case["slug"], "label": case["label"]} for case in cases
    ]
    return document


def workload_entry(title, variant, backend, seconds, status="ok", reason=None, scale=1):
    """An entry of a workload, with a section as a run leaves it."""
    parts = ["stackvm", title, *([variant] if variant != title else [])]
    slug = "/".join([*parts, *([f"x{scale}"] if scale > 1 else []), "96-bit", "blake3"])
    numbers = random.Random(slug + backend)
    parameters = {"workload": title, "variant": variant, "scale": scale, "security": 96}
    parameters |= {"hash": "blake3", "blowup": 8}
    found = entry(numbers, slug, parameters, backend, seconds, 93, "steps", 800, status, reason)
    ok = status == "ok"
    phases = sampled(numbers, seconds, WORKLOAD_SHARES) if ok else {}
    families = {"ntt": 0.4, "hash": 0.3, "constraints": 0.2, "execution": 0.06, "other": 0.04}
    prove = seconds * WORKLOAD_SHARES["prove"]
    leaves = [
        {"name": f"step of {name}", "family": name, "seconds": prove * share}
        for name, share in families.items()
    ]
    counts = {"bytes": 1000, "multiplications": 2000, "hashes": 30}
    run = {
        "program": {"digest": "ab" * 32, "rows": 95},
        "inputs": [93] + [0] * 15,
        "outputs": [12200160415121876738] + [0] * 15,
        "cycles": 127,
        "tables": [
            {"name": "processor", "rows": 128, "preprocessed": 0, "main": 67, "auxiliary": 4},
            {"name": "program", "rows": 128, "preprocessed": 5, "main": 3, "auxiliary": 2},
        ],
        "security": {"conjectured": 96, "proven": 38},
        "options": {"hash": "blake3", "blowup": 8, "queries": 27},
        "proof": {
            "bytes": 43000,
            "parts": {"rows": 40000, "paths": 3000},
            "sha256": "cd" * 32,
            "same_in_all_processes": True,
        },
        "steps": {"name": "prove", "seconds": prove, **counts, "steps": leaves},
        "kernels": [
            {"name": name, "seconds": prove * share, "share": share, "samples": [prove * share]}
            for name, share in families.items()
        ],
    }
    return {
        **found,
        "phases": phases,
        "summary": summarise(phases),
        "ceiling": no_ceiling("a program is many kernels"),
        "workload": {
            "machine": "stackvm",
            "name": title,
            "variant": variant,
            "scale": scale,
            "title": " ".join(dict.fromkeys((title, variant)))
            + (f", {scale} times" if scale > 1 else ""),
            "claim": "An example's claim, invented.",
            "run": run if ok else None,
        },
    }


def make_workload_example():
    """Workloads on two backends, one of them rejected, one at a larger scale."""
    document = make_example()
    rejected = "the verifier rejects the proof: an example"
    document["cases"] = cases = [
        workload_entry("sudoku", "sudoku", "cpu", 0.02),
        workload_entry("fibonacci", "iter-93", "cpu", 0.012),
        workload_entry("fibonacci", "iter-93", "opencl", 0.05),
        workload_entry("fibonacci", "iter-93", "cpu", 0.1, scale=10),
        workload_entry("fibonacci", "fixed-50", "cpu", 0.01, "incorrect", rejected),
    ]
    # Ten times the steps.
    cases[3]["counts"]["items"] = 930
    document["run"]["id"] = "20260101T120000Z-workloads"
    document["run"]["suite"] |= {
        "name": "workloads",
        "planned": [{"slug": case["slug"], "label": case["label"]} for case in cases],
    }
    return document


EXAMPLES = {
    "example_result.json": make_example,
    "example_modelled.json": make_modelled_example,
    "example_workloads.json": make_workload_example,
}

if __name__ == "__main__":
    for name, make in EXAMPLES.items():
        document = make()
        validate_document(document)
        target = Path(__file__).with_name(name)
        target.write_text(json.dumps(document, indent=1) + "\n")
        print(f"{target}: {len(document['cases'])} entries, {target.stat().st_size} bytes")
