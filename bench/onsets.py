"""Where words are heard in a finished audiobook, against where its transcript says.

    python -m bench.onsets [--voice espeak] [--corpus DIR] [--chunks 60] [SOURCE ...]

Each source becomes an M4B by the command itself. Of a sample of its chunks each is spoken once more, by the engine
alone; that sound is looked for in the decoded M4B (cross-correlation), and the engine's own times for its words,
counted from the place where it is found, are the truth. So whatever lies between engine and file (cutting, pauses,
encoders' delays, joining) is measured, and nothing of it is taken for granted.

Without sources: the shortest novel of a corpus, and short texts in ten languages.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.measure import COMMAND, environment
from bench.reading.__main__ import BESIDE
from bench.report import report, table
from pipeline.audio.ffmpeg import find_ffmpeg
from pipeline.model import Chunk, Pcm, SpeakingOptions
from pipeline.speech.registry import find_voice, open_engine
from storage.settings import load_settings
from tasks.context import Context, open_context
from tasks.shelf import read_script

NOVEL = "epub/the-time-machine.epub"
TEXTS = {
    "en": "The harbour lay quiet that day. Nobody had seen the ferry since noon, and the lamps were lit early.",
    "de": "Der Hafen lag still an jenem Tag. Seit Mittag hatte niemand die Fähre gesehen, und früh brannte Licht.",
    "fr": "Le port était calme ce jour-là. Personne n'avait vu le bac depuis midi, et on alluma tôt les lampes.",
    "es": "El puerto estaba tranquilo aquel día. Nadie había visto la barca desde el mediodía.",
    "it": "Il porto era tranquillo quel giorno. Nessuno aveva visto il traghetto da mezzogiorno.",
    "pt": "O porto estava calmo naquele dia. Ninguém tinha visto a barca desde o meio-dia.",
    "pl": "Port był tego dnia spokojny. Od południa nikt nie widział promu, a lampy zapalono wcześnie.",
    "ru": "В тот день в гавани было тихо. С полудня никто не видел парома, и огни зажгли рано.",
    "zh": "那天港口很安静。从中午起就没有人见过渡船，灯也早早地点亮了。",
    "tr": "O gün liman sessizdi. Öğleden beri kimse vapuru görmemişti ve lambalar erken yakıldı.",
}
REACH = 0.5
"""Seconds around the place that the transcript names in which the sound is looked for."""
LEAST_LIKENESS = 0.9
"""Correlation from which on a sound counts as found; AAC at 64 kbit/s leaves 0.98 and more."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What was found of one source."""

    name: str
    chunks: int
    lost: int
    """Chunks whose sound was not found."""
    seconds: np.ndarray[tuple[int], np.dtype[np.float64]]
    """Of each word that was looked at: the transcript's start less the true one."""


def main() -> int:
    """Measure and report; 1 when a sound is lost or a word is a frame (1024 samples) off."""
    parser = argparse.ArgumentParser(prog="python -m bench.onsets", description=__doc__)
    parser.add_argument("sources", nargs="*", type=Path)
    parser.add_argument("--voice", default="espeak")
    parser.add_argument("--chunks", type=int, default=60, help="of each source")
    parser.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("VOXPRESS_TEST_SAMPLES") or BESIDE)
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sources = [(path, "") for path in chosen.sources] or list(_own(folder, chosen.corpus))
        found = [measure(path, tag, chosen.voice, folder, chosen.chunks) for path, tag in sources]
    rows = [_row(one) for one in found]
    head = ("source", "chunks", "words", "median ms", "95 % ms", "largest ms", "not found")
    name = f"onsets-{chosen.voice.partition(':')[0]}"
    report(name, f"### Onsets of words in the finished M4B, {chosen.voice}", table(head, rows))
    worst = max(float(np.abs(one.seconds).max(initial=0.0)) for one in found)
    return 1 if worst > 1024 / 22_050 or any(one.lost for one in found) else 0


def _own(folder: Path, corpus: Path) -> Iterator[tuple[Path, str]]:
    if (novel := corpus / NOVEL).is_file():
        yield novel, ""
    for tag, text in TEXTS.items():
        path = folder / f"harbour-{tag}.txt"
        path.write_text("\n\n".join([text] * 4) + "\n")
        yield path, tag


def measure(source: Path, language: str, voice: str, folder: Path, chunks: int) -> Errors:
    """Make the source, and compare. Raises ``CalledProcessError`` when it cannot be made."""
    home, out = folder / "home", folder / "out" / source.stem
    command = [*COMMAND, "make", str(source), "-o", str(out), "--voice", voice, "--json"]
    spoken = [*command, "--language", language] if language else command
    done = subprocess.run(spoken, env=environment(home), stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 3):
        raise subprocess.CalledProcessError(done.returncode, command)
    (production,) = json.loads(done.stdout)["productions"]
    context = open_context(load_settings({"home": home}).settings)
    edition = next(out.rglob("*.m4b"))
    transcript = json.loads(next(out.rglob("*.transcript.json")).read_text())
    places = list(_chunks(context, production["id"], transcript))
    some = random.Random(0).sample(places, min(chunks, len(places)))
    rate = audio_rate(edition)
    heard = _decoded(edition, folder / "heard.pcm")
    errors, lost = list[float](), 0
    for chunk, starts in some:
        truth = _onsets(context, chunk, heard, rate, starts)
        lost += truth is None
        errors += [said - true for said, true in zip(starts, truth or starts, strict=True)]
    return Errors(source.stem, len(some), lost, np.array(errors))


def _chunks(context: Context, production: str, transcript: Any) -> Iterator[tuple[Chunk, list[float]]]:
    """Each chunk that is spoken, with the starts of its words as the transcript has them."""
    for row, chapter in zip(context.store.catalog.chapters(production), transcript["chapters"], strict=True):
        starts = [word["start"] for segment in chapter["segments"] for word in segment["words"]]
        at = 0
        for chunk in read_script(context.store, row.script_key).chunks:
            yield chunk, starts[at : at + len(chunk.words)]
            at += len(chunk.words)
        if at != len(starts):
            raise AssertionError(f"{row.title}: {len(starts)} words in the transcript, {at} in the script")


def _onsets(
    context: Context, chunk: Chunk, heard: Pcm, rate: int, starts: Sequence[float]
) -> list[float] | None:
    """When the chunk's words begin in the file; None when its sound is not there."""
    voice = find_voice(chunk.voice, chunk.language, context.engines)
    (take,) = open_engine(voice.engine, context.engines).speak([chunk], voice, SpeakingOptions())
    if take.timings is None or take.sample_rate != rate:
        return None
    first = round(take.timings[0].start * rate)
    begin = max(0, round((starts[0] - REACH) * rate) - first)
    piece = heard[begin : begin + len(take.audio) + round(2 * REACH * rate)].astype(np.float64)
    wanted = take.audio.astype(np.float64)
    size = len(piece) + len(wanted)
    spectrum = np.fft.rfft(piece, size) * np.conj(np.fft.rfft(wanted, size))
    likeness = np.fft.irfft(spectrum, size)[: len(piece)]
    at = int(np.argmax(likeness))
    found = piece[at : at + len(wanted)]
    known = wanted[: len(found)]
    scale = float(np.sqrt(np.sum(found**2) * np.sum(known**2))) or 1.0
    if float(found @ known) / scale < LEAST_LIKENESS:
        return None
    return [(begin + at) / rate + timing.start for timing in take.timings]


def audio_rate(path: Path) -> int:
    """Hz, of an MP4 file."""
    with av.open(str(path)) as file:
        return int(file.streams.audio[0].rate)


def _decoded(path: Path, into: Path) -> Pcm:
    """The file's samples, on the disk."""
    command = [
        str(find_ffmpeg()),
        "-nostdin",
        "-v",
        "error",
        "-y",
        "-i",
        str(path),
        "-f",
        "s16le",
        "-ac",
        "1",
        str(into),
    ]
    subprocess.run(command, check=True)
    return np.memmap(into, np.int16, "r")


def _row(one: Errors) -> list[str]:
    off = np.abs(one.seconds) * 1000
    figures = (
        [f"{value:.2f}" for value in (np.median(off), np.quantile(off, 0.95), off.max())] if len(off) else []
    )
    return [one.name, str(one.chunks), str(len(off)), *figures, str(one.lost)]


if __name__ == "__main__":
    sys.exit(main())
