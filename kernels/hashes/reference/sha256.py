"""SHA-256 (FIPS 180-4), taken from Python's own hashlib."""

from __future__ import annotations

import hashlib


def sha256(data: bytes) -> bytes:
    """Return the 32-byte digest of ``data``."""
    return hashlib.sha256(data).digest()
