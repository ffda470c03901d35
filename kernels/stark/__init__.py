"""The kernels of a STARK prover over Goldilocks, for whole columns that stay on their device."""
