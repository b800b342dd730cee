"""Builds the sample books: ``python samples/build.py [--out DIR]``, or ``build_all(out)``.

The same inputs give the same bytes every time. The PDF needs reportlab (the ``dev`` extra); without it the
committed copy, ``samples/en/lighthouse.pdf``, is taken.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # run as a script: make ``samples`` importable
    sys.path.insert(0, str(HERE.parent))

from samples.making.epub import read_sample, write_epub  # noqa: E402

LANGUAGES = ("en", "ru", "zh")


def build_all(out: Path) -> dict[str, Path]:
    """Build every sample into ``out`` and return where each is.

    Keys: ``en``, ``ru``, ``zh`` (EPUB), ``pdf`` (the English book) and ``article`` (an HTML page).
    """
    out.mkdir(parents=True, exist_ok=True)
    built: dict[str, Path] = {}
    for language in LANGUAGES:
        book = read_sample(HERE / language)
        built[language] = write_epub(book, out / f"{book.about['file']}.epub")
    built["pdf"] = build_pdf(out)
    built["article"] = Path(shutil.copyfile(HERE / "article" / "index.html", out / "article.html"))
    return built


def build_pdf(out: Path) -> Path:
    """The English book as PDF: built when reportlab is installed, else the committed copy."""
    try:
        from samples.making.pdf import write_pdf
    except ImportError as error:
        if (error.name or "").split(".")[0] != "reportlab":
            raise
        return Path(shutil.copyfile(HERE / "en" / "lighthouse.pdf", out / "lighthouse.pdf"))
    return write_pdf(read_sample(HERE / "en"), out / "lighthouse.pdf")


def main() -> None:
    """Build everything and say where it went."""
    parser = argparse.ArgumentParser(description="Build the sample books.")
    parser.add_argument("--out", type=Path, default=HERE / "build", help="folder to write to")
    for name, path in build_all(parser.parse_args().out).items():
        print(f"{name:8} {path}")


if __name__ == "__main__":
    main()
