"""A kernel made for tests, with implementations that can be told to misbehave.

It is a plugin: workers load it too. ``FakeCase(trouble="segfault", on="slow")`` makes the
implementation called ``slow`` of backend cpu misbehave and leaves the others alone.
"""

import ctypes
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import numpy as np

from zkmark.kernels.case import CASE_TYPES, Case, Check, OperationCounts
from zkmark.kernels.implementation import Implementation, Plan, ReferenceImplementation
from zkmark.kernels.seeded import SeededStream


def _hang():
    time.sleep(600)


def _abort():
    os.abort()


def _segfault():
    ctypes.string_at(0)


def _killed():
    os.kill(os.getpid(), signal.SIGKILL)


def _leave():
    print("leaving for good", file=sys.stderr)
    os._exit(3)


def _raise():
    raise RuntimeError("the device is\non fire")


TROUBLES = {
    "hang": _hang,
    "abort": _abort,
    "segfault": _segfault,
    "killed": _killed,
    "leave": _leave,
    "raise": _raise,
}


@dataclass(frozen=True)
class FakeCase(Case):
    kernel: ClassVar[str] = "fake"

    size: int = 64
    # What goes wrong, on which implementation ("" for all), and a file without which it does not.
    trouble: str = ""
    on: str = ""
    marker: str = ""
    slow_reference: bool = False
    milliseconds: float = 0.2

    @property
    def slug(self):
        extra = "/".join(str(v) for v in (self.trouble, self.on) if v)
        return f"fake/{self.size}" + (f"/{extra}" if extra else "")

    @property
    def reference_seconds(self):
        return 60.0 if self.slow_reference else 1e-4

    def make_input(self, seed):
        if self.trouble == "bad-input":
            os.abort()
        return {"x": SeededStream(seed, self.slug).words(self.size)}

    def validate(self, inputs):
        pass

    def reference(self, inputs):
        return inputs["x"] * np.uint64(3) + np.uint64(1)

    def check(self, inputs, output, seed):
        same = np.array_equal(output, self.reference(inputs))
        return Check(same, "the rule 3 x + 1", None if same else "element 0 is wrong")

    def counts(self):
        return OperationCounts(self.size, "elements", self.size, self.size, 16 * self.size, "n")


class FakePlan(Plan):
    def __init__(self, case, me):
        self.case = case
        self.me = me
        self.calls = 0

    def upload(self, inputs):
        return inputs["x"].copy()

    def compute(self, uploaded):
        case = self.case
        self.calls += 1
        output = uploaded * np.uint64(3) + np.uint64(1)
        time.sleep(case.milliseconds / 1000 * (3 if self.me == "slow" else 1))
        if case.on not in ("", self.me) or (case.marker and not Path(case.marker).exists()):
            return output
        if case.trouble in TROUBLES:
            TROUBLES[case.trouble]()
        elif case.trouble == "wrong" or (case.trouble == "unstable" and self.calls > 3):
            output[0] ^= np.uint64(1)
        elif case.trouble == "noisy":
            time.sleep(random.random() / 1000)
        elif case.trouble == "chatty":
            print("{}" * 50_000, flush=True)
            os.system("echo from a child; echo and to stderr >&2")
        elif case.trouble == "forks" and self.calls == 1 and os.fork() == 0:
            time.sleep(600)
        return output

    def download(self, result):
        return result


class FakeImplementation(Implementation):
    backend = "cpu"
    kernel = "fake"

    def __init__(self, name):
        self.id = name

    def unsupported(self, case):
        if case.trouble == "unsupported" and case.on in ("", self.id):
            return f"{self.id} does not do this"
        return None

    def plan(self, case, backend):
        backend.activate()
        return FakePlan(case, self.id)

    def path(self, case, backend):
        return f"cpu/{self.id}"


def _module(name, implementations=None):
    module = ModuleType(name)
    module.__path__ = []
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    module.IMPLEMENTATIONS = implementations or []
    sys.modules[name] = module


CASE_TYPES["fake"] = ("fake_kernels", "FakeCase")
_module("zkmark.kernels.fake")
_module("zkmark.kernels.fake.cpu", [FakeImplementation("fast"), FakeImplementation("slow")])
_module("zkmark.kernels.fake.reference", [ReferenceImplementation("fake")])
