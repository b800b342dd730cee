"""The readers that PDFs are put through, each in a process of its own, under limits.

python -m bench.reading.pdf_readers READER FILE [PASSWORD]    writes the text of FILE, as that reader gives it
"""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.reading.table import OURS
from tests.memory import peak_kilobytes

EVERYTHING = "voxpress, all included"
"""This project's reader when every part that it leaves out by itself is asked for."""
SECONDS = 180
"""For one file, at most."""
ADDRESS_SPACE = 6 << 30
"""Bytes of address space that a reader's process may map."""
REFUSED = 7
"""Exit status of a reader that said itself, in its own words, that it will not read the file."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one reader on one file."""

    text: str
    refusal: str = ""
    """Its own message when it refused."""
    crashed: str = ""
    """How it ended when it did not end by itself: an unforeseen exception, a signal, the time limit."""
    megabytes: float = 0.0
    """Peak of its process (or its largest child's)."""


def contestants() -> tuple[str, ...]:
    """Names of the readers that are installed here, ours first."""
    return tuple(name for name, (_, module) in _READERS.items() if _is_there(module))


def version(name: str) -> str:
    """What its distribution or program calls its version."""
    if name == "pdftotext":
        said = subprocess.run(["pdftotext", "-v"], capture_output=True, text=True, check=False).stderr
        return said.splitlines()[0].split()[-1] if said else ""
    from importlib.metadata import version as version_of

    return version_of({OURS: "voxpress"}.get(name, name))


def read(name: str, path: Path, password: str = "", seconds: float = SECONDS) -> Reading:
    """Put ``path`` through the reader ``name``; nothing that it does ends this process."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.reading.pdf_readers", name, str(path), password],
            stdout=out,
            stderr=errors,
            preexec_fn=_limit,
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return Reading("", crashed=f"not done after {seconds:g} s")
        out.seek(0)
        errors.seek(0)
        text = out.read().decode("utf-8", "replace")
        said = errors.read().decode("utf-8", "replace").strip().splitlines() or [""]
    peak, _, text = text.partition("\n") if status in (0, REFUSED) else ("0", "", "")
    if status == 0:
        return Reading(text, megabytes=float(peak))
    if status == REFUSED:
        return Reading("", refusal=said[-1] or "refused", megabytes=float(peak))
    return Reading("", crashed=said[-1] or f"status {status}")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _is_there(module: str) -> bool:
    if module.startswith("$"):
        return shutil.which(module[1:]) is not None
    return importlib.util.find_spec(module) is not None


# -- the readers, each as its own documentation says to get plain text ---------------------------------------


class _Refusal(Exception):
    """The reader's own, foreseen answer to a file that it cannot read."""


def _voxpress(path: Path, password: str, include: tuple[str, ...] = ()) -> str:
    from pipeline.errors import VoxpressError
    from pipeline.ingest import FetchRules, open_book
    from pipeline.settings import ReadingSettings

    settings = ReadingSettings(include=include, password=password)
    with tempfile.TemporaryDirectory() as cache:
        try:
            book = open_book(str(path), settings, FetchRules(cache_dir=Path(cache), offline=True))
        except VoxpressError as error:
            raise _Refusal(str(error)) from error
    return "\n\n".join(chapter.text for chapter in book.chapters)


def _all_of_it(path: Path, password: str) -> str:
    from pipeline.settings import INCLUDES

    return _voxpress(path, password, tuple(name for name in INCLUDES if name != "cover"))


def _pypdf(path: Path, password: str) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        with PdfReader(path, password=password or None) as reader:
            return "\n".join(page.extract_text() for page in reader.pages)
    except PyPdfError as error:
        raise _Refusal(repr(error)) from error


def _pdfminer(path: Path, password: str) -> str:
    from pdfminer.high_level import extract_text
    from pdfminer.psexceptions import PSException

    try:
        return str(extract_text(path, password=password))
    except PSException as error:
        raise _Refusal(repr(error)) from error


def _pymupdf(path: Path, password: str) -> str:
    import pymupdf

    try:
        with pymupdf.open(path) as document:
            if document.needs_pass and not document.authenticate(password):
                raise _Refusal("needs a password")
            return "\n".join(page.get_text() for page in document)
    except (pymupdf.FileDataError, pymupdf.EmptyFileError) as error:
        raise _Refusal(repr(error)) from error


def _pypdfium2(path: Path, password: str) -> str:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path, password=password or None)
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    except pypdfium2.PdfiumError as error:
        raise _Refusal(repr(error)) from error


def _pdftotext(path: Path, password: str) -> str:
    words = ["pdftotext", "-enc", "UTF-8", *(["-upw", password] if password else []), str(path), "-"]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode in (1, 2, 3, 99):
        raise _Refusal(done.stderr.decode("utf-8", "replace"))
    done.check_returncode()
    return done.stdout.decode("utf-8", "replace")


_READERS: dict[str, tuple[Callable[[Path, str], str], str]] = {
    OURS: (_voxpress, "pipeline"),
    "pypdf": (_pypdf, "pypdf"),
    "pdfminer.six": (_pdfminer, "pdfminer"),
    "PyMuPDF": (_pymupdf, "pymupdf"),
    "pypdfium2": (_pypdfium2, "pypdfium2"),
    "pdftotext": (_pdftotext, "$pdftotext"),
}
"""Name to reader, and the module (or, after a dollar, the program) that it needs."""


def main() -> int:
    """Read one file; the first line written is the peak in megabytes."""
    name, path, password = (*sys.argv[1:], "")[:3]
    function = _all_of_it if name == EVERYTHING else _READERS[name][0]
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print is no text of the file
    try:
        text, status = function(Path(path), password), 0
    except _Refusal as refusal:
        print(" ".join(str(refusal).split()), file=sys.stderr)
        text, status = "", REFUSED
    peak = max(peak_kilobytes(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    with os.fdopen(out, "w", encoding="utf-8", errors="replace") as stream:
        stream.write(f"{peak / 1024:.0f}\n{text}")
    return status


if __name__ == "__main__":
    sys.exit(main())


__all__ = ["EVERYTHING", "REFUSED", "Reading", "contestants", "read", "version"]
