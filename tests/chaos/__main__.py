"""``python -m tests.chaos [NAME...] [--seed N]``: the faults that take too long for every change.

Each runs with a broker, workers and a state folder of its own, and ends with a book that is compared to the same
book made undisturbed. Prints a table: the fault, what was seen. Ends with 1 when something was not as it must be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.chaos import broker, engine, keeping  # noqa: F401  they register their faults
from tests.chaos.place import FAULTS, NotHere, Place
from tests.running import Voxpress


def main() -> int:
    """Run what is asked for, all of it by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    parser.add_argument("--list", action="store_true", help="only tell what there is")
    given = parser.parse_args()
    if unknown := set(given.names) - FAULTS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    if given.list:
        for one in FAULTS.values():
            print(f"{one.name}: {one.what}")
        return 0
    rows, failed = [], False
    for name in given.names or FAULTS:
        began = time.monotonic()
        verdict, seen = _try(name, given.seed)
        failed |= verdict == "FAILED"
        rows.append((name, verdict, seen))
        print(f"{verdict:<9} {name} ({time.monotonic() - began:.0f} s): {seen}", flush=True)
    print(f"\n| fault (seed {given.seed}) | | seen |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    return int(failed)


def _try(name: str, seed: int) -> tuple[str, str]:
    with tempfile.TemporaryDirectory(prefix="voxpress-chaos-") as folder:
        base = Path(folder)
        (base / "undisturbed").mkdir()
        (base / "place").mkdir()
        place = Place(base / "place", seed, name, Voxpress(base / "undisturbed"))
        try:
            return "as it must", FAULTS[name].run(place)
        except NotHere as reason:
            return "not here", str(reason)
        except Exception as error:
            traceback.print_exc()
            return "FAILED", " ".join(f"{type(error).__name__}: {error}".split())[:300]


if __name__ == "__main__":
    sys.exit(main())
