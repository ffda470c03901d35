"""``python -m zkmark`` is ``zkmark``."""

from zkmark.cli import main

if __name__ == "__main__":
    main()
