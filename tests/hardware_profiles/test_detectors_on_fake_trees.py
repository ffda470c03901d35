"""Each detector on a file tree that the test wrote: servers, containers, ARM, nothing at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zkmark.hardware_profiles import (
    cgroup,
    check_profile,
    cpu,
    detect_profile,
    memory,
    operating_system,
    storage,
    summary_lines,
    value_field,
    virtualization,
    walk,
)
from zkmark.hardware_profiles import load as load_module
from zkmark.hardware_profiles.machine import Machine, parse_cpu_list, parse_size, run_command
from zkmark.hardware_profiles.value import NotAvailableError, plain

Tree = Callable[..., Machine]


def no_commands(arguments: list[str]) -> str:
    raise NotAvailableError(f"{arguments[0]} is not installed")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write files (absolute path to text) under a root and return the machine there."""

    def make(
        files: dict[str, str] | None = None, commands: dict[str, str] | None = None
    ) -> Machine:
        for name, text in (files or {}).items():
            path = tmp_path / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

        def run(arguments: list[str]) -> str:
            try:
                return (commands or {})[" ".join(arguments)]
            except KeyError:
                return no_commands(arguments)

        return Machine(root=tmp_path, run=run, working_folder=tmp_path)

    return make


def nothing_known(group: Any) -> list[str]:
    """Return the paths of all leaves that have a value."""
    return [path for path, field in walk(group) if field["value"] is not None]


# ---- a machine without /proc, /sys and commands


def test_on_an_empty_machine_every_file_based_field_says_why(tree: Tree) -> None:
    machine = tree()
    known = {
        "cpu": {"architecture", "microarchitecture.archspec", "affinity", "usable_processors"},
        "memory": set(),
        "virtualization": set(),
        "cgroup": set(),
        "storage": {"total", "free"},
    }
    found = {
        "cpu": cpu.detect(machine),
        "memory": memory.detect(machine),
        "virtualization": virtualization.detect(machine),
        "cgroup": cgroup.detect(machine),
        "storage": storage.detect(machine),
    }
    for name, group in found.items():
        assert set(nothing_known(group)) <= known[name], name
        assert all(f["reason"] for _, f in walk(group) if f["value"] is None)


def test_an_empty_machine_has_a_profile_and_a_summary(tree: Tree) -> None:
    profile = check_profile(detect_profile(machine=tree()))
    lines = dict(summary_lines(profile))
    assert lines["machine"].startswith("unknown processor")
    assert lines["memory"].startswith("unavailable: cannot read /proc/meminfo")


def test_a_detector_that_breaks_costs_its_section_only(
    monkeypatch: pytest.MonkeyPatch, tree: Tree
) -> None:
    def broken(machine: Machine) -> dict[str, Any]:
        raise TypeError("surprise")

    monkeypatch.setattr(memory, "detect", broken)
    profile = check_profile(detect_profile(machine=tree()))
    assert profile["memory"]["detector"]["reason"] == "the detector failed: TypeError: surprise"
    assert summary_lines(profile)


# ---- processors

_CPU = "/sys/devices/system/cpu"


def x86_server() -> dict[str, str]:
    """Two sockets, two cores each, two threads a core."""
    files = {
        "/proc/cpuinfo": (
            "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n"
            "model name\t: Intel(R) Xeon(R) Platinum 8481C\nstepping\t: 8\ncpu MHz\t\t: 2700.000\n"
            "flags\t\t: fpu sse4_1 avx avx2 bmi2 adx avx512f avx512ifma sha_ni vaes\n\n"
            "processor\t: 1\nmodel name\t: another\n"
        ),
        f"{_CPU}/online": "0-7\n",
        f"{_CPU}/smt/active": "1\n",
        "/sys/devices/system/node/online": "0-1\n",
        f"{_CPU}/cpu0/cpufreq/scaling_governor": "performance\n",
        f"{_CPU}/cpu0/cpufreq/scaling_driver": "intel_pstate\n",
        f"{_CPU}/cpu0/cpufreq/scaling_cur_freq": "2900000\n",
        f"{_CPU}/cpu0/cpufreq/cpuinfo_min_freq": "800000\n",
        f"{_CPU}/cpu0/cpufreq/cpuinfo_max_freq": "3800000\n",
        f"{_CPU}/intel_pstate/no_turbo": "0\n",
    }
    for number in range(8):
        core = number % 4
        files[f"{_CPU}/cpu{number}/topology/physical_package_id"] = f"{core // 2}\n"
        files[f"{_CPU}/cpu{number}/topology/core_cpus_list"] = f"{core},{core + 4}\n"
        for index, (level, kind, size, shared) in enumerate(
            [
                (1, "Data", "48K", f"{core},{core + 4}"),
                (1, "Instruction", "32K", f"{core},{core + 4}"),
                (2, "Unified", "2048K", f"{core},{core + 4}"),
                (3, "Unified", "107520K", "0-1,4-5" if core < 2 else "2-3,6-7"),
            ]
        ):
            place = f"{_CPU}/cpu{number}/cache/index{index}"
            files[f"{place}/level"] = f"{level}\n"
            files[f"{place}/type"] = f"{kind}\n"
            files[f"{place}/size"] = f"{size}\n"
            files[f"{place}/shared_cpu_list"] = f"{shared}\n"
            files[f"{place}/coherency_line_size"] = "64\n"
            files[f"{place}/ways_of_associativity"] = "12\n"
    return files


def test_a_two_socket_server_is_read_from_sysfs(tree: Tree) -> None:
    found = cpu.detect(
        tree(x86_server()), lambda: "sapphirerapids", lambda: {0, 1, 2}, architecture="x86_64"
    )
    wanted = {
        "model": "Intel(R) Xeon(R) Platinum 8481C",
        "vendor": "GenuineIntel",
        "microarchitecture.reported": "family 6 model 143 stepping 8",
        "microarchitecture.archspec": "sapphirerapids",
        "sockets": 2,
        "cores": 4,
        "processors": 8,
        "threads_per_core": 2,
        "smt_active": True,
        "numa_nodes": 2,
        "affinity": [0, 1, 2],
        "usable_processors": 3,
        "caches.l1d.size": 48 << 10,
        "caches.l1d.instances": 4,
        "caches.l1d.shared_by": 2,
        "caches.l2.size": 2 << 20,
        "caches.l3.size": 105 << 20,
        "caches.l3.instances": 2,
        "caches.l3.line": 64,
        "governor": "performance",
        "turbo": True,
        "clock_current": 2_900_000_000,
        "clock_maximum": 3_800_000_000,
        "features.avx512ifma": True,
        "features.avx512bw": False,
    }
    assert {path: plain(found, path) for path in wanted} == wanted
    assert value_field(found, "caches.l3.size")["unit"] == "bytes"


def test_without_sysfs_lscpu_answers(tree: Tree) -> None:
    rows = {
        "CPU(s):": "4",
        "Thread(s) per core:": "2",
        "Core(s) per socket:": "2",
        "Socket(s):": "1",
        "NUMA node(s):": "1",
        "L1d cache:": "64 KiB (2 instances)",
        "L2 cache:": "512K",
        "L3 cache:": "-",
    }
    # As util-linux 2.37 and later print it: rows within rows.
    nested = {"lscpu": [{"field": "Model:", "data": "1", "children": []}]}
    nested["lscpu"][0]["children"] = [{"field": k, "data": v} for k, v in rows.items()]  # type: ignore[assignment]
    machine = tree({"/proc/cpuinfo": "flags: avx2\n"}, {"lscpu -J": json.dumps(nested)})
    found = cpu.detect(machine, architecture="x86_64")
    assert [plain(found, p) for p in ("sockets", "cores", "processors", "threads_per_core")] == [
        1,
        2,
        4,
        2,
    ]
    assert plain(found, "caches.l1d.size") == 32 << 10
    assert plain(found, "caches.l1d.instances") == 2
    assert plain(found, "caches.l2.size") == 512 << 10
    missing = value_field(found, "caches.l3.size")
    assert "cache is missing; lscpu does not say 'l3 cache'" in missing["reason"]


def test_an_arm_server_is_named_by_its_numbers(tree: Tree) -> None:
    machine = tree(
        {
            "/proc/cpuinfo": (
                "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd aes pmull sha1 sha2 sve\n"
                "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x1\n"
                "CPU part\t: 0xd40\nCPU revision\t: 1\n"
            )
        },
        {"lscpu -J": json.dumps({"lscpu": [{"field": "Model name:", "data": "Neoverse-V1"}]})},
    )
    found = cpu.detect(machine, lambda: "neoverse_v1", architecture="aarch64")
    assert plain(found, "model") == "Neoverse-V1"
    assert plain(found, "vendor") == "ARM"
    assert (
        plain(found, "microarchitecture.reported")
        == "implementer 0x41 part 0xd40 variant 0x1 revision 1"
    )
    assert plain(found, "features.sha2") is True
    assert plain(found, "features.sve2") is False
    assert "adx" not in found["features"]
    assert "no line 'cpu MHz'" in value_field(found, "clock_current")["reason"]
    summary = dict(summary_lines({"cpu": found}))
    assert summary["machine"] == "Neoverse-V1 (neoverse_v1 as archspec sees it), SVE"


def test_lscpu_that_prints_nonsense_is_no_answer(tree: Tree) -> None:
    found = cpu.detect(tree(commands={"lscpu -J": "<html>"}), architecture="x86_64")
    assert "not its JSON" in value_field(found, "cores")["reason"]


def test_numbers_that_are_none_are_refused_by_name(tree: Tree) -> None:
    files = x86_server()
    files[f"{_CPU}/cpu0/cpufreq/scaling_cur_freq"] = "<unknown>\n"
    files[f"{_CPU}/smt/active"] = ""
    found = cpu.detect(tree(files), architecture="x86_64")
    # The current clock falls back to /proc/cpuinfo; the other has nothing to fall back to.
    assert plain(found, "clock_current") == 2_700_000_000
    assert "holds '', not a number" in value_field(found, "smt_active")["reason"]


def test_archspec_that_fails_is_a_reason() -> None:
    def failing() -> str:
        raise NotAvailableError("archspec failed: KeyError: 'x'")

    found = cpu.detect(Machine(Path("/nowhere"), run=no_commands), failing)
    assert value_field(found, "microarchitecture.archspec")["reason"].startswith("archspec failed")


# ---- memory


def test_memory_counts_bytes_and_names_modules(tree: Tree) -> None:
    machine = tree(
        {
            "/proc/meminfo": (
                "MemTotal:       1000 kB\nMemAvailable:    600 kB\nSwapTotal:          0 kB\n"
                "HugePages_Total:       4\nHugepagesize:       2048 kB\n"
            ),
            "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
        },
        {
            "dmidecode --type 17": (
                "# dmidecode 3.4\n\nHandle 0x1100, DMI type 17\nMemory Device\n\tSize: 16 GB\n"
                "\tType: DDR5\n\tSpeed: 5600 MT/s\n\tConfigured Memory Speed: 4800 MT/s\n\n"
                "Handle 0x1101\n\tSize: No Module Installed\n"
            )
        },
    )
    found = memory.detect(machine)
    assert plain(found, "total") == 1_024_000
    assert plain(found, "swap_total") == 0  # reported as none, which is not "unknown"
    assert plain(found, "huge_pages.total") == 4
    assert plain(found, "huge_pages.transparent") == "madvise"
    assert plain(found, "modules") == ["16 GB DDR5 4800 MT/s"]
    assert "no entry SwapFree" in value_field(found, "swap_free")["reason"]


# ---- control groups

_V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"


def limits(machine: Machine, processors: int = 8) -> dict[str, Any]:
    found = cgroup.detect(machine, lambda: set(range(processors)))
    return {path: field["value"] for path, field in walk(found)}


def test_version_2_the_tightest_limit_above_this_process_binds(tree: Tree) -> None:
    machine = tree(
        {
            "/proc/meminfo": "MemTotal: 8388608 kB\n",
            "/proc/self/mountinfo": _V2_MOUNT,
            "/proc/self/cgroup": "0::/user.slice/job.scope\n",
            "/sys/fs/cgroup/user.slice/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/user.slice/memory.max": "max\n",
            "/sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/user.slice/job.scope/memory.max": "1073741824\n",
        }
    )
    assert limits(machine) == {
        "version": "v2",
        "cpu_quota": 1.5,
        "memory_limit": 1 << 30,
        "effective_processors": 1.5,
        "effective_memory": 1 << 30,
    }


def test_version_2_inside_a_container_the_mount_is_the_group(tree: Tree) -> None:
    machine = tree(
        {
            "/proc/meminfo": "MemTotal: 8388608 kB\n",
            "/proc/self/mountinfo": _V2_MOUNT,
            "/proc/self/cgroup": "0::/../../docker/abc\n",
            "/sys/fs/cgroup/cpu.max": "400000 100000\n",
            "/sys/fs/cgroup/memory.max": "max\n",
        }
    )
    found = limits(machine, processors=2)
    assert found["cpu_quota"] == 4.0
    assert found["effective_processors"] == 2
    assert found["memory_limit"] == "none"
    assert found["effective_memory"] == 8 << 30


def test_version_1_controllers_are_read_where_they_are_mounted(tree: Tree) -> None:
    machine = tree(
        {
            "/proc/meminfo": "MemTotal: 8388608 kB\n",
            "/proc/self/mountinfo": (
                "31 30 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup c rw,cpu,cpuacct\n"
                "32 30 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup c rw,memory\n"
                "33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 c rw\n"
                "34 30 0:30 / /mnt/a\\040disk rw - ext4 /dev/vda rw\n"
            ),
            "/proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        }
    )
    found = limits(machine)
    assert found["version"] == "v1+v2"
    assert found["cpu_quota"] == 0.5
    assert found["effective_processors"] == 0.5
    assert found["memory_limit"] == "none"


def test_version_1_without_a_quota_is_no_limit(tree: Tree) -> None:
    machine = tree(
        {
            "/proc/meminfo": "MemTotal: 8388608 kB\n",
            "/proc/self/mountinfo": "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu\n",
            "/proc/self/cgroup": "3:cpu:/\n",
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        }
    )
    assert limits(machine)["cpu_quota"] == "none"
    assert limits(machine)["effective_processors"] == 8


def test_the_callers_shortcut_agrees_with_the_profile() -> None:
    assert cgroup.effective_processors() == plain(cgroup.detect(Machine()), "effective_processors")


# ---- virtualisation


@pytest.mark.parametrize(
    ("files", "commands", "hypervisor"),
    [
        ({}, {"systemd-detect-virt --vm": "kvm\n"}, "kvm"),
        ({}, {"systemd-detect-virt --vm": "none\n"}, "none"),
        ({"/sys/hypervisor/type": "xen\n"}, {}, "xen"),
        ({}, {"lscpu -J": '{"lscpu": [{"field": "Hypervisor vendor:", "data": "KVM"}]}'}, "kvm"),
        ({"/proc/cpuinfo": "flags : fpu hypervisor\n"}, {}, "unnamed"),
        ({"/proc/cpuinfo": "flags : fpu\n"}, {}, "none"),
    ],
)
def test_the_hypervisor_is_named_by_whoever_knows(
    tree: Tree, files: dict[str, str], commands: dict[str, str], hypervisor: str
) -> None:
    found = virtualization.detect(tree(files, commands), architecture="x86_64")
    assert plain(found, "hypervisor") == hypervisor


def test_on_arm_no_flag_does_not_mean_no_hypervisor(tree: Tree) -> None:
    machine = tree({"/proc/cpuinfo": "Features : fp asimd\n"})
    found = virtualization.detect(machine, architecture="aarch64")
    assert "systemd-detect-virt is not installed" in value_field(found, "hypervisor")["reason"]


@pytest.mark.parametrize(
    ("files", "container"),
    [
        ({"/.dockerenv": ""}, "docker"),
        ({"/run/.containerenv": ""}, "podman"),
        ({"/proc/1/cgroup": "0::/kubepods/burstable/pod1\n"}, "kubepods"),
    ],
)
def test_containers_are_known_by_their_marks(
    tree: Tree, files: dict[str, str], container: str
) -> None:
    assert plain(virtualization.detect(tree(files)), "container") == container


def test_no_mark_of_a_container_is_no_proof(tree: Tree) -> None:
    found = virtualization.detect(tree({"/proc/1/cgroup": "0::/init.scope\n"}))
    assert "does not rule one out" in value_field(found, "container")["reason"]


def test_stolen_time_is_a_share_of_all_time(tree: Tree) -> None:
    machine = tree({"/proc/stat": "cpu  10 0 20 60 0 0 0 10 5 0\ncpu0 1 2 3\n"})
    assert plain(virtualization.detect(machine), "steal_fraction") == 0.1
    old = tree({"/proc/stat": "cpu  10 0 20 60\n"})
    assert "no column" in value_field(virtualization.detect(old), "steal_fraction")["reason"]


def test_dmi_names_the_machine(tree: Tree) -> None:
    machine = tree({"/sys/class/dmi/id/product_name": "c3-standard-8\n"})
    assert plain(virtualization.detect(machine), "product_name") == "c3-standard-8"


# ---- operating system, storage, load


def test_the_distribution_names_itself(tree: Tree) -> None:
    found = operating_system.detect(
        tree({"/etc/os-release": 'ID=ubuntu\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n'})
    )
    assert plain(found, "distribution") == "Ubuntu 24.04.1 LTS"


def test_the_deepest_mount_holds_the_folder(tree: Tree, tmp_path: Path) -> None:
    machine = tree(
        {
            "/proc/self/mountinfo": (
                "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                f"2 1 0:45 / {tmp_path} rw - tmpfs tmpfs rw\n"
                "3 1 8:2 / /elsewhere rw - xfs /dev/sdb1 rw\n"
            )
        }
    )
    found = storage.detect(machine)
    assert plain(found, "file_system") == "tmpfs"
    assert "not a block device" in value_field(found, "rotational")["reason"]
    assert plain(found, "free") > 0


def test_load_is_read_and_watching_can_be_left_out(tree: Tree) -> None:
    machine = tree({"/proc/loadavg": "1.50 0.75 0.25 3/200 4242\n"})
    found = load_module.detect(machine, busy_interval=0)
    assert plain(found, "average_1") == 1.5
    assert plain(found, "running") == 3
    assert value_field(found, "busy_fraction")["reason"] == "not watched: no interval was given"
    assert "cannot read /proc/stat" in value_field(found, "stolen_seconds")["reason"]


# ---- small tools


@pytest.mark.parametrize(
    ("text", "numbers"), [("0-3,8\n", [0, 1, 2, 3, 8]), ("5", [5]), ("", []), ("\n", [])]
)
def test_the_kernels_lists_are_read(text: str, numbers: list[int]) -> None:
    assert parse_cpu_list(text) == numbers


@pytest.mark.parametrize(
    ("text", "size"),
    [("32K", 32 << 10), ("1.5 MiB", 3 << 19), ("512", 512), ("2G", 2 << 30), ("64 KiB", 64 << 10)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "12Q", "-5K"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size: got"):
        parse_size(text)


def test_commands_that_fail_say_how() -> None:
    assert run_command(["echo", "hello"]) == "hello\n"
    with pytest.raises(NotAvailableError, match="no-such-command-here is not installed"):
        run_command(["no-such-command-here"])
    with pytest.raises(NotAvailableError, match="sh failed: broken"):
        run_command(["sh", "-c", "echo broken >&2; exit 3"])
    with pytest.raises(NotAvailableError, match="sh failed: exit 3"):
        run_command(["sh", "-c", "exit 3"])
