"""Streams in hardware: what the designs of every kernel are made of."""
