"""Merkle trees: the case, the rules of each hash, and every way to compute a root."""
