"""``python -m tests.fuzz [--seed N] [--count N]``: damaged files, and whether each becomes a book or a typed error.

Mutant number n of a seed is the same on every machine. Prints what came of them, and each that came to no good with
the command that shows it again; ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz.mutate import mutant
from tests.fuzz.reading import GOOD, Outcome, as_line, load_readers, outcome_of
from tests.fuzz.seeds import own_seeds, sample_seeds


def main() -> int:
    """Share the mutants out among processes, gather what they say."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument(
        "--kinds", default="", help="only seeds whose name has one of these in it, with commas between"
    )
    parser.add_argument("--samples", type=Path, help="mutate the files of this folder too, half of the time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="folder that mutants which come to no good are kept in")
    parser.add_argument("--share", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.share:
        share, _, of = given.share.partition("/")
        numbers = range(given.first + int(share), given.first + given.count, int(of))
        for outcome in outcomes(given.seed, numbers, given.samples, given.keep, given.kinds.split(",")):
            print(as_line(outcome), flush=True)
        return 0
    began = time.monotonic()
    found = list(_gather(sys.argv[1:], max(1, given.jobs)))
    return _report(found, given.seed, time.monotonic() - began)


def outcomes(
    seed: int,
    numbers: Sequence[int],
    samples: Path | None = None,
    keep: Path | None = None,
    kinds: Sequence[str] = ("",),
) -> Iterator[Outcome]:
    """What comes of each of these mutants."""
    load_readers()
    warnings.simplefilter("ignore", UserWarning)  # zipfile's, about the doubled names that are wanted here
    with tempfile.TemporaryDirectory(prefix="voxpress-fuzz-") as folder:
        place = Path(folder)
        own = {name: data for name, data in own_seeds(place).items() if any(kind in name for kind in kinds)}
        real = (
            [(n, p) for n, p in sample_seeds(samples) if any(kind in n for kind in kinds)] if samples else []
        )
        for number in numbers:
            chance = random.Random(f"{seed}:{number}")
            name, data = _pick(own, real, number, chance)
            suffixes = Path(name).suffixes[-2 if name.endswith(".zip") else -1 :]
            path = place / f"mutant-{number}{''.join(suffixes)}"
            path.write_bytes(mutant(data, name, chance))
            outcome = outcome_of(path, path.name, everything=chance.random() < 0.3)
            if keep is not None and outcome.verdict not in GOOD:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / path.name).write_bytes(path.read_bytes())
            path.unlink()
            yield outcome


def _pick(
    own: dict[str, bytes], real: Sequence[tuple[str, Path]], number: int, chance: random.Random
) -> tuple[str, bytes]:
    """The seed of a mutant: all in turn."""
    if real and number % 2:
        name, path = real[chance.randrange(len(real))]
        data = path.read_bytes()
        return (name.removesuffix(".gz"), gzip.decompress(data)) if name.endswith(".gz") else (name, data)
    names = sorted(own)
    name = names[(number // 2 if real else number) % len(names)]
    return name, own[name]


def _gather(arguments: Sequence[str], jobs: int) -> Iterator[Outcome]:
    commands = [
        [sys.executable, "-m", "tests.fuzz", *arguments, "--share", f"{n}/{jobs}"] for n in range(jobs)
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    for process in running:
        assert process.stdout is not None
        for line in process.stdout:
            yield Outcome(**json.loads(line))
        if process.wait() != 0:
            yield Outcome("the process that reads", "crash", "", f"status {process.returncode}")


def _report(found: Sequence[Outcome], seed: int, seconds: float) -> int:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in found:
        said = outcome.kind if outcome.verdict == "error" else outcome.verdict
        counts[outcome.name.partition(".")[2]][said] += 1
    verdicts = sorted({said for counter in counts.values() for said in counter})
    print(f"| {len(found)} mutants, seed {seed} | {' | '.join(verdicts)} |\n|---{'|---' * len(verdicts)}|")
    for kind, counter in sorted(counts.items()):
        print(f"| .{kind} | {' | '.join(str(counter[verdict] or '') for verdict in verdicts)} |")
    slowest = max(found, key=lambda outcome: outcome.seconds)
    largest = max(found, key=lambda outcome: outcome.megabytes)
    print(
        f"\n{seconds:.0f} s; at most {slowest.seconds:g} s ({slowest.name}), {largest.megabytes} MB ({largest.name})"
    )
    bad = [outcome for outcome in found if outcome.verdict not in GOOD]
    for outcome in bad:
        number = outcome.name.partition(".")[0].removeprefix("mutant-")
        print(f"{outcome.verdict}: {outcome.name}: {outcome.kind} {outcome.detail}")
        print(f"    python -m tests.fuzz --seed {seed} --first {number} --count 1 --jobs 1 --keep DIR")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
