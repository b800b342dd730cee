"""Broken EPUBs and PDFs: each is read, or refused with a reason, within bounds of time and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

from bench.reading.bounds import MEMORY_MIB, SECONDS, Outcome, call
from bench.reading.breakages import BREAKAGES, pack, unpack
from bench.reading.table import OURS, Row, Table

_WHOLE_BOOKS = 2
"""How many of the smallest whole books are broken by hand."""
_LEAST_BYTES = 50_000
_DRAFT_BYTES = 16 * 1024 * 1024
"""A larger PDF is not searched for its encryption."""


def measure(corpus: Path) -> Table | None:
    """``corpus/epub/broken``, ``corpus/pdf/hostile``, encrypted PDFs, and whole EPUBs broken here."""
    found = sorted((corpus / "epub" / "broken").glob("*.epub"))
    pdfs = sorted((corpus / "pdf" / "hostile").glob("*.pdf")) + [
        path for path in sorted((corpus / "pdf").glob("*.pdf")) if _is_encrypted(path)
    ]
    with _broken_by_hand(corpus / "epub") as made:
        if not found and not pdfs and not made:
            return None
        rows = [
            _row("broken EPUBs, as found", found, (OURS, "EbookLib")),
            _row("broken EPUBs, whole ones broken in known ways", made, (OURS, "EbookLib")),
            _row("hostile or encrypted PDFs", pdfs, (OURS, "pypdf")),
        ]
    return Table(
        "Broken books",
        (OURS, "EbookLib", "pypdf"),
        [row for row in rows if row.cases],
        (
            f"Well handled: text comes out, or an error of the reader's own kind with a message, within {SECONDS} s"
            f" and {MEMORY_MIB} MB, process included. An error that escapes from the depths of a library, and"
            " silence, are not. EbookLib gives the documents of the spine, pypdf the text of every page.",
            f"Each of the {_WHOLE_BOOKS} smallest books of at least {_LEAST_BYTES // 1000} kB is broken in"
            f" {len(BREAKAGES) + 2} ways: {', '.join(BREAKAGES)}, cut short, bytes inverted.",
        ),
    )


def well_handled(outcome: Outcome) -> bool:
    """True when the outcome is text or a typed error, within the bounds."""
    if not outcome.within:
        return False
    chapters = outcome.answer.get("chapters", [])
    has_text = any(character.isalnum() for _, text in chapters for character in text)
    return has_text or bool(outcome.answer.get("typed"))


def _row(measure: str, paths: list[Path], names: tuple[str, ...]) -> Row:
    values: dict[str, float | None] = {}
    for name in names if paths else ():
        values[name] = fmean(
            well_handled(call("bench.reading.epub_contestants", name, str(path), seconds=SECONDS))
            for path in paths
        )
    return Row(measure, values, 1.0, len(paths))


@contextmanager
def _broken_by_hand(folder: Path) -> Iterator[list[Path]]:
    whole = sorted(folder.glob("*.epub"), key=lambda path: path.stat().st_size)
    whole = [path for path in whole if path.stat().st_size >= _LEAST_BYTES][:_WHOLE_BOOKS]
    with tempfile.TemporaryDirectory() as temporary:
        made: list[Path] = []
        for at, path in enumerate(whole):
            files = unpack(path)
            for name, breakage in BREAKAGES.items():
                made.append(pack(Path(temporary, f"{at} {name}.epub"), breakage(files)))
            made.append(pack(Path(temporary, f"{at} cut short.epub"), files, cut=0.6))
            made.append(pack(Path(temporary, f"{at} bytes inverted.epub"), files, flip=True))
        yield made


def _is_encrypted(path: Path) -> bool:
    return path.stat().st_size <= _DRAFT_BYTES and b"/Encrypt" in path.read_bytes()


__all__ = ["measure", "well_handled"]
