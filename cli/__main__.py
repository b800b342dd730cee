"""``python -m cli``, and the ``voxpress`` script: everything else is imported from here.

That takes a second, in which somebody may press Ctrl-C already.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command that ``sys.argv`` names."""
    try:
        import cli.one_thread  # noqa: F401  (before numpy)
        from pipeline.garbage import collect_rarely

        collect_rarely()
        from cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
