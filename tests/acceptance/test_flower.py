"""Flower beside a running studio, in a browser: the book by its title, the failure by its name, who serves what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.books import story, write_epub
from tests.faults import until
from tests.running import Voxpress
from tests.studio import state_of, studio, submitted
from tests.watching import Visitor, free_port, needs_browser

TITLE = "The <i>Long</i> & Winding Book"
FAILING = "Ink & <script>Ashes</script>"


STARTED = "/tasks?state=STARTED"


class Watched:
    """A studio at work on a long book, beside one that could not be published."""

    def __init__(self, voxpress: Voxpress, visitor: Visitor) -> None:
        """Leave both books to the studio and wait until Flower has heard of what becomes of them."""
        self.voxpress, self.visitor = voxpress, visitor
        # A file lies where the second book's folder is to be.
        elsewhere = voxpress.folder / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "Ann Example").write_text("in the way")
        short = write_epub(voxpress.folder / "ink.epub", story(1, 1), title=FAILING)
        done = voxpress.json("submit", short, "--voice", "tone:a", "-o", elsewhere)
        (self.failed,) = (one["id"] for one in done["productions"])
        broken = voxpress.folder / "broken.epub"
        broken.write_bytes(b"PK\x03\x04 and no more")
        (self.broken,) = submitted(voxpress, broken)
        until(lambda: {state_of(voxpress, job) for job in (self.failed, self.broken)} == {"failed"})
        long = write_epub(voxpress.folder / "long.epub", story(chapters=30, paragraphs=8), title=TITLE)
        (self.running,) = submitted(voxpress, long)
        until(lambda: {"speak"} & {row["name"] for row in visitor.tasks("state:STARTED")})
        until(lambda: len(visitor.tasks("state:FAILURE")) == 2)

    def page(self, path: str) -> str:
        """What a browser shows after logging in."""
        return self.visitor.browse(path, self.voxpress.folder / "browser")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    voxpress, port = Voxpress(tmp_path_factory.mktemp("watched")), free_port()
    voxpress.env |= {
        "VOXPRESS_FLOWER_PORT": str(port),
        "VOXPRESS_FLOWER_PASSWORD": "said-at-the-door",
        "VOXPRESS_TONE_DELAY": "0.2",
        "VOXPRESS_WORKERS": "2",
        "VOXPRESS_GRACE": "0",
    }
    with studio(voxpress) as running:
        visitor = Visitor(port, "voxpress:said-at-the-door")
        until(lambda: running.alive() and answers(visitor))
        yield Watched(voxpress, visitor)
    voxpress.wait_until_gone()


def answers(visitor: Visitor) -> bool:
    try:
        return visitor.ask("/healthcheck").status == 200
    except OSError:
        return False


@needs_browser
def test_a_browser_finds_book_failure_and_workers(watched: Watched) -> None:
    stranger = Visitor(watched.visitor.port, None)
    assert "Winding" not in stranger.browse("/tasks", watched.voxpress.folder / "other-browser")

    speaking: list[dict[str, str]] = []

    def spoken() -> bool:  # between two tasks nothing is being spoken
        speaking[:] = [row for row in table(watched.page(STARTED)) if row["name"] == "speak"]
        return bool(speaking)

    until(spoken)
    for row in speaking:
        assert row["args"] == "The &lt;i&gt;Long&lt;/i&gt; &amp; Winding Book"
        assert re.fullmatch(rf"chapter \d+, about \d+ s of audio, job {watched.running[:8]}", row["kwargs"])
        assert row["worker"].startswith("cpu-publish-tone-1@")
    failed = {row["name"]: row for row in table(watched.page("/tasks?state=FAILURE"))}
    assert failed.keys() == {"publish", "ingest"}
    assert failed["publish"]["args"] == "Ink &amp; &lt;script&gt;Ashes&lt;/script&gt;"
    assert failed["ingest"]["args"] == "broken.epub"
    task = watched.page(f"/task/{failed['ingest']['uuid']}")
    assert "not a ZIP archive" in task
    assert f"job {watched.broken[:8]}" in task

    workers = watched.page("/workers")
    assert "cpu-publish-tone-1@" in re.sub(r"<[^>]+>", "", workers)
    assert ">Online<" in workers
    name = speaking[0]["worker"]
    queues = re.findall(
        r"<tr>\s*<td>([\w.]+)</td>", watched.page(f"/worker/{name}").split("Active queues")[1]
    )
    assert queues[:3] == ["cpu", "publish", "speak.tone"]
    # Looking changed nothing: the book is still being made.
    assert state_of(watched.voxpress, watched.running) == "speaking"


def test_what_is_left_undone_is_no_failure(watched: Watched) -> None:
    """A book that failed at its first stage: the stages that were to follow are not shown as failed, nor done."""
    (script,) = watched.visitor.tasks(f"kwargs:production={watched.broken} name:script")
    assert script["state"] == "REVOKED"
    watched.voxpress.run("cancel", watched.running)
    until(lambda: state_of(watched.voxpress, watched.running) == "cancelled")
    until(lambda: not watched.visitor.tasks("state:STARTED"))
    ended = watched.visitor.tasks(f"kwargs:production={watched.running} name:speak")
    assert {row["state"] for row in ended} <= {"SUCCESS", "REVOKED", "PENDING", "RECEIVED"}
    assert "REVOKED" in {row["state"] for row in ended}
    events = watched.visitor.ask("/metrics").text
    failures = re.findall(
        r'^flower_events_total\{task="([\w.]+)",type="task-failed",.*\} (\S+)$', events, re.M
    )
    assert sorted(failures) == [("voxpress.ingest", "1.0"), ("voxpress.publish", "1.0")]


def table(page: str) -> list[dict[str, str]]:
    """The rows of the list of tasks: column to its text, as the page has it."""
    head = list(dict.fromkeys(re.findall(r'<th data-column="(\w+)"', page)))
    assert head, page[-2000:]
    body = page.split("<tbody>")[-1].split("</tbody>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr.*?</tr>", body, re.S)]
    return [dict(zip(head, map(text, cells), strict=True)) for cells in rows if len(cells) == len(head)]


def text(cell: str) -> str:
    """A cell without tags; the short form of an id, which is for narrow screens, is left out."""
    return re.sub(r"<[^>]+>", "", re.sub(r'<span class="task-uuid-short">.*?</span>', "", cell)).strip()


def test_the_studio_says_where_flower_is(voxpress: Voxpress, tmp_path: Path) -> None:
    port = free_port()
    voxpress.env |= {"VOXPRESS_FLOWER_PORT": str(port)}
    with studio(voxpress) as running:
        until(lambda: running.alive() and "Flower" in running.said())
        place = voxpress.home / "flower" / "password"
        said = " ".join(running.said().split())
        assert f"Flower (http://127.0.0.1:{port}/, user voxpress, password in {place}) runs." in said
        visitor = Visitor(port, f"voxpress:{place.read_text()}")
        until(lambda: running.alive() and answers(visitor))
    refused = voxpress.run("up", "--set", "flower_address=0.0.0.0", code=2)
    assert "Flower would be open to everybody who reaches 0.0.0.0" in refused.stderr
