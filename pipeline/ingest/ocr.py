"""Scanned PDFs: OCRmyPDF, which uses Tesseract, gives their pages a text layer; then they are read like others.

Both are programs of the user's own machine; nothing of them is installed with this one. They parse an
untrusted file, so they run in a process group of their own with limits of time, memory and disk, no more of the
environment than they need, and in a folder that is removed afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from pipeline.errors import SourceBroken, SourceError, SourceProtected, SourceScanned, SourceTooLarge
from pipeline.ingest.child import die_with_parent
from pipeline.ingest.request import Request
from pipeline.ingest.sandbox import read_in_sandbox
from pipeline.limits import OCR_FILE_BYTES, OCR_MEMORY, OCR_SECONDS
from pipeline.model import Book

PROGRAM = "ocrmypdf"
SCANNED_PAGE = "scanned-page"
"""Under which the reader counts pages that are pictures without text."""
JOBS = 2
"""Pages that are recognised at the same time."""
_KEPT_COMPLAINTS = 4000
# Exit statuses of OCRmyPDF, as its manual lists them under "Return code policy".
_BAD_ARGUMENTS, _BAD_INPUT, _MISSING_DEPENDENCY, _ENCRYPTED = 1, 2, 3, 8
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TESSDATA_PREFIX")
_TESSERACT = {
    "af": "afr", "ar": "ara", "be": "bel", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu",
    "el": "ell", "en": "eng", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra",
    "ga": "gle", "gl": "glg", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "is": "isl",
    "it": "ita", "ja": "jpn", "ka": "kat", "ko": "kor", "la": "lat", "lt": "lit", "lv": "lav", "nl": "nld",
    "no": "nor", "nb": "nor", "nn": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk",
    "sl": "slv", "sq": "sqi", "sr": "srp", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie",
    "zh": "chi_sim",
}  # fmt: skip
"""Names of Tesseract's data (ISO 639-2/T, as its manual lists them) by ISO 639-1 code."""
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def read_recognized(request: Request) -> Book:
    """Read a PDF whose pictures of pages, if it has any, may be put through text recognition.

    Raises what ``read_in_sandbox`` raises, and ``SourceScanned`` when the program, or its data for the
    language, is not installed.
    """
    name = request.source.uri
    try:
        book = read_in_sandbox(request)
    except SourceScanned:
        how = "--force-ocr"  # a text layer that cannot be read has to go, too
    else:
        pages = next((found.count for found in book.skipped if found.kind == SCANNED_PAGE), 0)
        if not pages:
            return book
        how = "--skip-text"
    with tempfile.TemporaryDirectory(prefix="voxpress-ocr-") as folder:
        found = recognize(Path(request.path), Path(folder), name, how, request.settings.language)
        doubt = "Text was recognised from pictures of pages: it may have mistakes."
        return read_in_sandbox(replace(request, path=str(found), doubts=(*request.doubts, doubt)))


def recognize(path: Path, folder: Path, name: str, how: str, language: str) -> Path:
    """Put ``path`` through OCRmyPDF; return the file that it wrote into ``folder``.

    ``name`` is what the user called the file, ``how`` OCRmyPDF's flag for pages that have text already,
    ``language`` a BCP 47 tag (empty: English). Raises ``SourceScanned``, ``SourceProtected``, ``SourceBroken``,
    ``SourceTooLarge``.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise SourceScanned(
            f"{name} has to be put through text recognition, and OCRmyPDF is not installed here: install it, with "
            f"Tesseract's data for its language ({tesseract_language(language)}), and try again."
        )
    out = folder / "recognized.pdf"
    words = [
        program, how, "--quiet", "--output-type", "pdf", "--optimize", "0", "--jobs", str(JOBS),
        "--language", tesseract_language(language), "--", str(path), str(out),
    ]  # fmt: skip
    status, said = _run(words, folder, name)
    if status == _ENCRYPTED:
        raise SourceProtected(
            f"{name} is encrypted, which text recognition cannot open: save an unprotected copy first."
        )
    if status == _MISSING_DEPENDENCY or "language data" in said:
        raise SourceScanned(
            f"Text recognition of {name} lacks something, probably Tesseract's data for "
            f"{tesseract_language(language)}: install it (OCRmyPDF says: {_last_line(said)})."
        )
    if status == _BAD_INPUT:
        raise SourceBroken(f"{name} is damaged, text recognition cannot read it: get the file again.")
    if status or not out.is_file():
        raise SourceError(f"Text recognition of {name} failed (status {status}): {_last_line(said)}.")
    return out


def tesseract_language(tag: str) -> str:
    """Tesseract's name for a language: ``deu`` for ``de-AT``, ``chi_tra`` for ``zh-TW``; ``eng`` for none."""
    first, *rest = tag.replace("_", "-").casefold().split("-")
    if first == "zh" and _TRADITIONAL & set(rest):
        return "chi_tra"
    return _TESSERACT.get(first, first if len(first) == 3 else "eng")


def _run(words: list[str], folder: Path, name: str) -> tuple[int, str]:
    environment = {key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ} | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "OMP_THREAD_LIMIT": "1",  # as OCRmyPDF's manual advises where it runs several jobs
    }
    parent = os.getpid()

    def limit() -> None:
        import resource

        os.setsid()
        die_with_parent(parent)
        for which, value in (
            (resource.RLIMIT_AS, OCR_MEMORY),
            (resource.RLIMIT_FSIZE, OCR_FILE_BYTES),
            (resource.RLIMIT_CPU, OCR_SECONDS),
            (resource.RLIMIT_CORE, 0),
        ):
            _, hard = resource.getrlimit(which)
            with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS but refuses to set it
                least = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(which, (least, least))

    complaints = folder / "complaints"
    with complaints.open("wb") as errors:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=folder,
            env=environment,
            preexec_fn=limit,
        )
        try:
            status = process.wait(OCR_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise SourceTooLarge(
                f"Text recognition of {name} takes more than {OCR_SECONDS} s: split it first."
            ) from error
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # and what it started
            process.wait()
    with complaints.open("rb") as said:
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - _KEPT_COMPLAINTS))
        return status, said.read().decode("utf-8", "replace")


def _last_line(said: str) -> str:
    lines = [line.strip(" .") for line in said.splitlines() if line.strip(" .")]
    return lines[-1][:200] if lines else "it gave no reason"


__all__ = ["PROGRAM", "SCANNED_PAGE", "read_recognized", "recognize", "tesseract_language"]
