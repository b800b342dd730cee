"""``python -m cli``, and the ``voxpress`` script: everything else is imported from here.

That takes a second, in which somebody may press Ctrl-C already.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command that ``sys.argv`` names."""
    try:
        from cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
