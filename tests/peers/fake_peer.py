"""A peer that is a script: it speaks the protocol and computes by zkmark's own reference.

``FAKE_PEER_TROUBLE`` makes it misbehave.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

TROUBLE = os.environ.get("FAKE_PEER_TROUBLE", "")


def say(**answer):
    print(json.dumps(answer), flush=True)


def stack_of(job):
    """What a workload's oracle says, or what a machine leaves that runs nothing: its inputs."""
    if job["parameters"]:
        from zkmark.provers.workloads.case import WorkloadCase

        return WorkloadCase.from_parameters(job["parameters"]).reference({})
    stack = np.zeros(16, dtype="<u8")
    inputs = np.frombuffer(Path(job["inputs"]["stack"]).read_bytes(), dtype="<u8")
    stack[: len(inputs)] = inputs
    return stack


def output_of(job):
    if job["kernel"] == "stackvm":
        return stack_of(job)
    from zkmark.kernels.case import case_from_parameters

    case = case_from_parameters(job["kernel"], job["parameters"])
    like = case.make_input(1)
    inputs = {
        name: np.frombuffer(Path(path).read_bytes(), dtype=like[name].dtype).reshape(
            like[name].shape
        )
        for name, path in job["inputs"].items()
    }
    return case.reference(inputs)


def parts_of(times):
    """What a peer tells beside the seconds when it proves programs."""
    if TROUBLE == "no-phases":
        return {}
    if TROUBLE == "no-facts":
        return {"phases": {name: [1e-4] * times for name in ("compile", "prove", "verify")}}
    short = [1e-4] * (times - 1)
    facts = {"digest": "0a", "proof_bytes": 1000, "security_bits": 96}
    return {
        "phases": {
            "compile": short if TROUBLE == "short-phases" else [1e-4] * times,
            "prove": [9e-5] * times,
            "verify": [1e-5] * times,
        },
        "facts": facts
        | {"options": {"queries": 27}}
        | {"trace": {"rows": 64, "cycles": 33, "main_columns": 72, "auxiliary_columns": 7}},
    }


def main():
    job = json.loads(Path(sys.argv[1]).read_text())
    assert job["protocol"] == 1
    if TROUBLE == "unsupported":
        say(unsupported="it has none of these")
        return
    if TROUBLE == "hang":
        time.sleep(600)
    if TROUBLE == "dies-at-once":
        print("thread main panicked:\nno such thing\nnote: run with a backtrace", file=sys.stderr)
        sys.exit(3)
    if TROUBLE == "no-json":
        print("hello", flush=True)
        time.sleep(600)
    output = output_of(job)
    if TROUBLE == "wrong":
        output.reshape(-1)[0] ^= output.dtype.type(1)
    differs = ["it has everything upside down"] if TROUBLE == "differs" else []
    say(ready=True, differs=differs)
    for line in sys.stdin:
        match line.split():
            case ["quit"]:
                return
            case ["run", times]:
                if TROUBLE == "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
                if TROUBLE == "nonsense":
                    say(seconds="soon")
                    continue
                seconds = 2e-4 * job["threads"]
                parts = parts_of(int(times)) if job["kernel"] == "stackvm" else {}
                say(seconds=[seconds + i * 1e-6 for i in range(int(times))], **parts)
            case ["output"] if TROUBLE == "refuses":
                say(error="it keeps its output")
            case ["output"]:
                data = output.tobytes()
                Path(job["output"]).write_bytes(data[:-1] if TROUBLE == "short" else data)
                say(written=True)
            case _:
                say(error=f"no such request: {line}")


main()
