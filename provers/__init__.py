"""Floor 2: proof systems and virtual machines, written over kernels."""
