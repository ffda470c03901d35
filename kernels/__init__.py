"""Floor 1: fields, curves, NTT, MSM, hashes and Merkle trees.

One folder a family: its case type, its reference in Python integers, and every device's source side
by side. A kernel's twin on another device is found by changing one word of the path.
"""

from zkmark.kernels.case import CASE_TYPES, Case, Check, OperationCounts, case_from_parameters
from zkmark.kernels.implementation import (
    Implementation,
    Plan,
    find_implementation,
    implementations_of,
)
from zkmark.kernels.work import Work

__all__ = [
    "CASE_TYPES",
    "Case",
    "Check",
    "Implementation",
    "OperationCounts",
    "Plan",
    "Work",
    "case_from_parameters",
    "find_implementation",
    "implementations_of",
]
