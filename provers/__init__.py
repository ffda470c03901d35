"""Floor 2: proof systems and virtual machines, written over kernels.

Importing it makes its case types known beside the kernels'.
"""

from zkmark.kernels.case import CASE_TYPES
from zkmark.kernels.implementation import PACKAGES

__all__ = ["CASE_TYPES"]

CASE_TYPES["stackvm"] = ("zkmark.provers.workloads.case", "WorkloadCase")
PACKAGES["stackvm"] = "zkmark.provers.workloads"
