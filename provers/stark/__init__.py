"""A STARK over Goldilocks for tables of different heights, on the kernels of any device."""
