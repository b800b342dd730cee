"""Real books, PDFs and pages become audiobooks: spoken by espeak, checked against what they are."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.real_sources import RATE, Made, check_whole, made_of
from tests.running import Voxpress, folded

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(900)]

BOOKS = {
    "novel": "epub/the-time-machine.epub",
    "drama": "epub/importance-of-being-earnest.epub",
    "poetry": "epub/wasteland.epub",
    "Russian": "epub/developers-reference-ru.epub",
    "German": "epub/quick_start_deu.epub",
    "French, refused by EbookLib": "epub/live-manual-fr.epub",
    "Arabic": "epub/regime-anticancer-arabic.epub",
    "Japanese, refused by EbookLib": "epub/kusamakura-preview.epub",
}
LONG_BOOKS = {
    "essays with endnotes": "epub/on-liberty.epub",
    "Chinese and English": "epub/san-tzu-ching-giles-zh-en.epub",
}
PDFS = {
    "two columns": "pdf/lorem-2col.pdf",
    "three columns": "pdf/federal-register-3col.pdf",
    "outline": "pdf/pdflatex-outline.pdf",
}
LONG_PDFS = {"running headers": "pdf/developers-reference-en.pdf"}


@pytest.fixture
def sources(samples: Path) -> dict[str, str]:
    """Every book and PDF by what it stands for."""
    return {name: str(samples / path) for name, path in (BOOKS | PDFS).items()}


def test_books_and_pdfs_become_audiobooks(voxpress: Voxpress, sources: dict[str, str]) -> None:
    made = made_of(voxpress, list(sources.values()))
    for source in sources.values():
        check_whole(made[source])
    text = folded(" ".join(c["text"] for c in made[sources["novel"]].inspected["chapters"]))
    assert "The Time Traveller" in text
    russian = made[sources["Russian"]].inspected
    assert russian["language"] == "ru"
    assert voxpress.run("storage", "check", "--quick").returncode == 0


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_long_books_and_pdfs_become_audiobooks(voxpress: Voxpress, samples: Path) -> None:
    sources = [str(samples / path) for path in (LONG_BOOKS | LONG_PDFS).values()]
    made = made_of(voxpress, sources)
    for source in sources:
        check_whole(made[source])


@pytest.fixture
def site(samples: Path, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """Saved article pages, served on loopback."""
    folder = tmp_path / "site"
    folder.mkdir()
    names = []
    for page in sorted((samples / "web/articles").glob("*.html.gz"))[:3]:
        (folder / page.name.removesuffix(".gz")).write_bytes(gzip.decompress(page.read_bytes()))
        names.append(page.name.removesuffix(".gz"))
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", names
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_saved_pages_become_audio(voxpress: Voxpress, site: tuple[str, list[str]]) -> None:
    base, names = site
    addresses = [f"{base}/{name}" for name in names]
    online = ["--allow-host", "127.0.0.1"]
    done = voxpress.make(*addresses, "--voice", "auto", "--rate", RATE, "--json", *online, code=None)
    assert done.returncode in (0, 3), done.stderr
    for address, production in zip(addresses, json.loads(done.stdout)["productions"], strict=True):
        inspected = voxpress.json("inspect", address, *online)
        check_whole(Made(address, inspected, Path(production["edition_folder"])))


def test_a_private_address_is_refused(voxpress: Voxpress, site: tuple[str, list[str]]) -> None:
    base, names = site
    done = voxpress.run("make", f"{base}/{names[0]}", "-o", voxpress.out, code=1)
    assert "127.0.0.1" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
