"""Floor 0: what a machine is. Detection, measured ceilings, and profiles on disk; no kernels.

A profile is a nested dict whose leaves are value-fields: value, unit, source and status. What could
not be found out is ``unavailable`` with the reason, never a guess and never zero.
"""

from zkmark.hardware_profiles.ceilings import ceiling_path
from zkmark.hardware_profiles.declared import economics, with_economics
from zkmark.hardware_profiles.energy import EnergyMeter
from zkmark.hardware_profiles.gpu_sampler import GpuSampler
from zkmark.hardware_profiles.performance_counters import CounterMeter
from zkmark.hardware_profiles.profile import (
    Difference,
    Profile,
    ProfileError,
    check_profile,
    detect_profile,
    differences,
    load_profile,
    profile_key,
    profile_schema,
    write_profile,
)
from zkmark.hardware_profiles.summary import describe_machine, summary_lines
from zkmark.hardware_profiles.value import Value, ValueField, plain, value_field, walk

__all__ = [
    "CounterMeter",
    "Difference",
    "EnergyMeter",
    "GpuSampler",
    "Profile",
    "ProfileError",
    "Value",
    "ValueField",
    "ceiling_path",
    "check_profile",
    "describe_machine",
    "detect_profile",
    "differences",
    "economics",
    "load_profile",
    "plain",
    "profile_key",
    "profile_schema",
    "summary_lines",
    "value_field",
    "walk",
    "with_economics",
    "write_profile",
]
