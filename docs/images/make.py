"""Makes the pictures of the documentation from the real thing: ``make screenshots``.

    make.svg       the terminal while ``voxpress make`` works on three sources, and what it says at the end
    edition.svg    chapters as ffmpeg reads them from the finished M4B, and a sentence: its sound in that file,
                   and its words where the transcript says they are

Needs nothing but the project; takes a minute or two.
"""

from __future__ import annotations

import base64
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.ansi import AnsiDecoder
from rich.console import Console, Group
from rich.terminal_theme import DIMMED_MONOKAI

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SAMPLES = ROOT / "samples" / "build"
SOURCES = ("lighthouse.epub", "orchard.epub", "article.html")
COLUMNS = 124
SHOWN_HOME = "/home/ida"
"""What stands in the picture for the temporary folder that it was made in."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|\r")
"""Escape sequences that do not only set colours: they part one drawing of the display from the next."""

sys.path.insert(0, str(ROOT))


def main() -> None:
    """Make both pictures."""
    with tempfile.TemporaryDirectory(prefix="voxpress-pictures-") as name:
        folder = Path(name)
        for source in SOURCES:
            (folder / source).write_bytes((SAMPLES / source).read_bytes())
        said = run(folder, ["voxpress", "make", *SOURCES, "-o", "audiobooks"])
        (HERE / "make.svg").write_text(terminal(said, folder), encoding="utf-8")
        book = next(folder.glob("audiobooks/*/*/*Lighthouse*/*.m4b"))
        (HERE / "edition.svg").write_text(edition(book), encoding="utf-8")


# -- the terminal ----------------------------------------------------------------------------------------


def run(folder: Path, command: list[str]) -> str:
    """What a command writes to a terminal of ``COLUMNS`` columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOXPRESS_")}
    environment = clean | {
        "VOXPRESS_HOME": str(folder / "state"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
    }
    argv = [sys.executable, "-m", "cli.main", *command[1:]]
    child = subprocess.Popen(argv, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = bytearray()
    while True:
        try:
            block = os.read(ours, 1 << 16)
        except OSError:  # the other end was closed
            break
        if not block:
            break
        said += block
    os.close(ours)
    if child.wait() != 0:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}:\n{said.decode()}")
    return said.decode().replace("\r\n", "\n")


def terminal(said: str, folder: Path) -> str:
    """One drawing of the display in the middle of the work, and the last words, as SVG."""
    drawings = [piece.strip("\n") for piece in _CONTROL.sub("\0", said).split("\0") if piece.strip()]
    middle = max(_tables(drawings), key=_liveliness)
    last = drawings[-1].replace(str(folder), SHOWN_HOME)
    prompt = "\x1b[1m$ voxpress make {}\x1b[0m".format(" ".join([*SOURCES, "-o", "audiobooks"]))
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False
    )
    text = f"{prompt}\n{middle}\n\x1b[2m...\x1b[0m\n{last}"
    console.print(Group(*AnsiDecoder().decode(text)), soft_wrap=False)
    svg = console.export_svg(title="voxpress make", theme=DIMMED_MONOKAI)
    return re.sub(r"@font-face\s*{.*?}\s*", "", svg, flags=re.DOTALL)  # no picture asks the network for fonts


def _tables(drawings: list[str]) -> list[str]:
    """The drawings that show a row for each source."""
    found = []
    for drawing in drawings:
        lines = drawing.splitlines()
        if len(lines) >= len(SOURCES):
            found.append("\n".join(lines[-len(SOURCES) :]))
    return found


def _liveliness(table: str) -> tuple[int, int]:
    """First how many books are being spoken, then how far they are altogether."""
    return table.count("speaking, "), sum(int(share) for share in re.findall(r"(\d+)%", table))


# -- the edition -----------------------------------------------------------------------------------------

WIDTH, HEIGHT = 1180, 640
COVER = 180
INK, SOFT, LINE, PAPER, BAR = "#24303c", "#6b7885", "#d8dde2", "#fbfaf7", "#3f7c99"
FONT = "font-family=\"'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif\""


def edition(book: Path) -> str:
    """Cover and chapters of a finished M4B, and one sentence of it with its words."""
    transcript = json.loads(book.with_suffix(".transcript.json").read_text(encoding="utf-8"))
    sentence = _sentence(transcript)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" {FONT}>',
        f"<title>{escape(book.name)}: chapters, and words under their sound</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="{PAPER}"/>',
        _cover(book.parent / "cover.jpg"),
        *_files(book),
        *_chapters(book),
        *_sound(book, sentence),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _sentence(transcript: dict[str, Any]) -> dict[str, Any]:
    """A sentence of fourteen words or so from the middle of the book."""
    segments = [s for chapter in transcript["chapters"][4:] for s in chapter["segments"]]
    return next(s for s in segments if 11 <= len(s["words"]) <= 13 and s["end"] - s["start"] > 3.2)


def _text(x: float, y: float, text: str, size: int = 16, ink: str = INK, extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{ink}" {extra}>{escape(text)}</text>'


def _cover(path: Path) -> str:
    picture = Image.open(path).convert("RGB")
    picture.thumbnail((2 * COVER, 2 * COVER))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=82)
    code = base64.b64encode(data.getvalue()).decode()
    high = COVER * picture.height / picture.width
    return f'<image x="40" y="36" width="{COVER}" height="{high:.0f}" href="data:image/jpeg;base64,{code}"/>'


def _files(book: Path) -> list[str]:
    x, y = 270, 52
    lines = [_text(x, y, "The edition folder", 15, SOFT)]
    for path in sorted(book.parent.iterdir(), key=lambda p: (p.suffix != ".m4b", p.name)):
        y += 25
        size = path.stat().st_size
        shown = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
        lines.append(_text(x, y, path.name, 15))
        lines.append(_text(x + 420, y, shown, 15, SOFT, 'text-anchor="end"'))
    return lines


def _chapters(book: Path) -> list[str]:
    x, y = 720, 52
    lines = [_text(x, y, "Chapters, as ffmpeg reads them", 15, SOFT)]
    for start, title in chapters_in(book):
        y += 25
        clock = f"{int(start) // 60}:{start % 60:06.3f}"
        lines.append(_text(x + 84, y, clock, 15, SOFT, 'text-anchor="end"'))
        lines.append(_text(x + 104, y, title, 15))
    return lines


def chapters_in(book: Path) -> list[tuple[float, str]]:
    """(start in seconds, title) of each chapter that ffmpeg finds."""
    from pipeline.audio.ffmpeg import find_ffmpeg

    argv = [str(find_ffmpeg()), "-v", "error", "-i", str(book), "-f", "ffmetadata", "-"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    found, base, start = [], 1.0, 0.0
    for part in said.split("[CHAPTER]")[1:]:
        values = dict(line.split("=", 1) for line in part.splitlines() if "=" in line)
        over, under = values["TIMEBASE"].split("/")
        base, start = int(over) / int(under), int(values["START"])
        found.append((start * base, values["title"].replace("\\", "")))
    return found


def _sound(book: Path, sentence: dict[str, Any]) -> list[str]:
    """The sentence's samples, decoded from the book, and its words at the times of the transcript."""
    from pipeline.audio.ffmpeg import find_ffmpeg

    begin, end = sentence["start"] - 0.15, sentence["end"] + 0.15
    rate, left, wide, middle, tall = 22050, 40.0, WIDTH - 80.0, 470.0, 78.0
    argv = [
        str(find_ffmpeg()),
        "-v",
        "error",
        "-i",
        str(book),
        "-ss",
        f"{begin:.4f}",
        "-t",
        f"{end - begin:.4f}",
    ]
    raw = subprocess.run(
        [*argv, "-f", "s16le", "-ar", str(rate), "-ac", "1", "-"], capture_output=True, check=True
    )
    samples = np.abs(np.frombuffer(raw.stdout, "<i2").astype(float))
    bars = [part.max() for part in np.array_split(samples, int(wide / 3))]
    loudest = max(bars)

    def at(second: float) -> float:
        return left + (second - float(begin)) / float(end - begin) * wide

    where = f"“{sentence['text']}”"
    lines = [
        f'<line x1="40" x2="{WIDTH - 40}" y1="338" y2="338" stroke="{LINE}"/>',
        _text(
            40,
            368,
            "One sentence: the sound in the M4B, the words where the transcript says they are",
            15,
            SOFT,
        ),
        "".join(
            f'<rect x="{left + place * 3:.0f}" y="{middle - tall * bar / loudest - 0.5:.1f}" width="2" '
            f'height="{2 * tall * bar / loudest + 1:.1f}" fill="{BAR}"/>'
            for place, bar in enumerate(bars)
        ),
    ]
    for place, word in enumerate(sentence["words"]):
        x = at(word["start"])
        low = 582.0 if place % 2 else 560.0
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="388" y2="{low - 14:.1f}" stroke="{SOFT}" '
                     'stroke-dasharray="2 3"/>')  # fmt: skip
        lines.append(_text(x, low, word["text"], 16))
    clock = [f"{int(second) // 60}:{second % 60:06.3f}" for second in (sentence["start"], sentence["end"])]
    lines.append(_text(40, 618, f"{clock[0]} to {clock[1]}   {where}", 14, SOFT))
    return lines


if __name__ == "__main__":
    main()
