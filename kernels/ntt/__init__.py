"""Number-theoretic transforms: Fourier transforms over prime fields."""
