"""Multi-scalar multiplication: the sum of scalars[i] * points[i] on a curve."""
