"""Whole programs that are compiled, proven and verified: Sudoku, Fibonacci and BLAKE3."""
