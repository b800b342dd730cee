"""Documents as large as the limits allow are read in bounded memory and time."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers_epub import page, write_epub

ROOT = Path(__file__).parents[2]
TOC = [("One", "1.xhtml")]


def random_words(count: int, form: str) -> str:
    chance = random.Random(1)
    return "".join(form.format(chance.randrange(10**6)) for _ in range(count))


@pytest.mark.slow
def test_large_documents_take_little_memory_and_time(tmp_path: Path) -> None:
    """Each in a process of its own that may not take more than 512 MB nor 30 s of its processor."""
    contents = {
        "paragraphs": random_words(200_000, "<p>w{}</p>"),
        "one paragraph": f"<p>{random_words(1_300_000, 'w{} ')}</p>",
        "links": "<p>" + random_words(50_000, "<a id='r{0}' href='#r{0}'>{0}</a> word ") + "</p>",
        "nested tables": "<table><tr><td>" * 60
        + random_words(20_000, "<i>w{}</i> ")
        + "</td></tr></table>" * 60,
        "nested notes": "<div class='footnote toc'>" * 200
        + random_words(20_000, "<p>{}</p>")
        + "</div>" * 200,
    }
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from pipeline.errors import SourceError\nfrom tests.helpers_epub import read\n"
        "from tests.memory import peak_kilobytes\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (30, 31))\n"
        "try: print(len(read(Path(sys.argv[1])).chapters))\nexcept SourceError as error: print(error)\n"
        "sys.exit(peak_kilobytes() > 512 * 1024)"
    )
    for name, content in contents.items():
        path = write_epub(tmp_path / f"{name}.epub", {"1.xhtml": page(content)}, TOC)
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, cwd=ROOT
        )
        assert done.returncode == 0, f"{name}: {done.stdout} {done.stderr}"
