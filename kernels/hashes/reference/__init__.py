"""The hashes' definitions in plain Python integers: obviously right, slow."""
