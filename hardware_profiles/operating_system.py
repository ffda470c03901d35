"""The operating system and the Python that runs on it."""

from __future__ import annotations

import platform
import shlex
import sys
import sysconfig
from typing import Any

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import NotAvailableError, Plain, ask


def detect(machine: Machine) -> dict[str, Any]:
    """Return kernel, distribution, C library and Python as a tree of value-fields."""
    return {
        "kernel": ask(lambda: platform.system() or None, "uname").to_json(),
        "kernel_release": ask(lambda: _release(machine), "/proc/sys/kernel/osrelease").to_json(),
        "distribution": ask(lambda: _distribution(machine), "/etc/os-release").to_json(),
        "libc": ask(
            lambda: " ".join(platform.libc_ver()).strip() or None, "python executable"
        ).to_json(),
        "host_name": ask(lambda: platform.node() or None, "uname").to_json(),
        "python": {
            "implementation": ask(platform.python_implementation, "platform").to_json(),
            "version": ask(platform.python_version, "platform").to_json(),
            "compiler": ask(platform.python_compiler, "platform").to_json(),
            "build": ask(lambda: " ".join(platform.python_build()), "platform").to_json(),
            "debug": ask(lambda: bool(sysconfig.get_config_var("Py_DEBUG")), "sysconfig").to_json(),
            "free_threaded": ask(
                lambda: bool(sysconfig.get_config_var("Py_GIL_DISABLED")), "sysconfig"
            ).to_json(),
            "byte_order": ask(lambda: sys.byteorder, "sys").to_json(),
        },
    }


def _release(machine: Machine) -> Plain:
    try:
        return machine.read("/proc/sys/kernel/osrelease")
    except NotAvailableError:
        return platform.release() or None


def _distribution(machine: Machine) -> Plain:
    for place in ("/etc/os-release", "/usr/lib/os-release"):
        if not machine.exists(place):
            continue
        entries = {}
        for line in machine.read(place).splitlines():
            key, equals, text = line.partition("=")
            if equals:
                entries[key.strip()] = " ".join(shlex.split(text))
        name = entries.get("PRETTY_NAME") or entries.get("ID")
        if name:
            return name
    raise NotAvailableError(
        "neither /etc/os-release nor /usr/lib/os-release names the distribution"
    )
