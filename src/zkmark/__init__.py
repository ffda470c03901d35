"""zkmark: how fast does this hardware run zero-knowledge proving, and where does the time go?"""

from zkmark._version import __version__

__all__ = ["__version__"]
