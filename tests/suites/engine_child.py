"""No tests: the program that tests of killed and interrupted runs start."""

import signal
import sys

from zkmark.suites.engine import run_suite
from zkmark.suites.plugins import load_plugin
from zkmark.suites.settings import Settings
from zkmark.suites.suite import CaseGroup, Contender, Suite


def main():
    # Tests started in the background of a shell have Ctrl-C ignored, and would pass that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    here, folder, sizes, extra = sys.argv[1:5]
    plugin = f"{here}/fake_kernels.py"
    fake = load_plugin(plugin).FakeCase
    settings = Settings(
        min_processes=1, max_processes=1, time_budget=1.0, process_seconds=0.01, max_samples=5
    )
    contenders = (Contender("cpu", "fast"), Contender("cpu", "slow"))
    groups = tuple(CaseGroup(fake(size=int(s)), contenders) for s in sizes.split(","))
    where = {"resume": extra.removeprefix("resume=")} if extra else {"output": folder}
    run_suite(Suite("child", groups, settings), plugins=[plugin], **where)
