"""``index.html`` of a show in a browser: it plays, follows, finds, remembers, and can be used by everybody."""

from __future__ import annotations

import http.server
import json
import mimetypes
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.model import BlockKind
from pipeline.publish.podcast.page import SHARD, page_files
from pipeline.publish.podcast.show import PAGE, EpisodeChapter, Source
from tests.browsing import Browser, Tab, needs_browser, tab
from tests.listening import HIGHLIGHTED, word_at
from tests.show_pages import SHOW, Said, ShowPage, Told, a_show

pytestmark = needs_browser

NAMES = "amber birch cedar delta ember fjord grove haven inlet jetty".split()
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
MARKED = "[...CSS.highlights.get('word')].map(String)"


def prose(mark: str, start: float = 3.0, paragraphs: int = 5) -> list[Said]:
    """Words of which each occurs once in the show."""
    texts = [" ".join(f"{name}{mark}{number}" for name in NAMES[:9]) + "." for number in range(paragraphs)]
    return [Said(text, start + number * 3) for number, text in enumerate(texts)]


TALK = [
    Said("So that is what bread costs", 1.0, 0.4, "Anna"),
    Said("Only today", 2.9, 0.4, "Ben"),  # enters before Anna's last word is over, and ends before she does
    Said("and nobody knows why", 3.4, 0.4, "Anna"),
    Said("Somebody does", 4.5, 0.5, "Ben"),
]
CHAPTERS = (
    EpisodeChapter("Beginnings", 0.0, 9.0),
    EpisodeChapter("Ends", 9.0, 20.0, "https://example.org/ends"),
)
TOLD = [
    Told("The oldest", [Said("The oldest", 0.5, kind=BlockKind.HEADING), *prose("a")], 20.0, CHAPTERS),
    Told("Two hosts", TALK, 8.0),
    Told(
        HOSTILE,
        [Said("Here & there <b>text</b> </script> <!-- too.", 0.5), *prose("c")],
        20.0,
        (
            EpisodeChapter(HOSTILE, 0.0, 10.0, "javascript:window.hacked=1"),
            EpisodeChapter(HOSTILE, 10.0, 20.0),
        ),
        {
            "summary": HOSTILE,
            "sources": (Source(HOSTILE, "javascript:window.hacked=1", (HOSTILE,)),),
            "provenance": HOSTILE,
        },
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests."""
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show of three episodes."""
    folder = tmp_path_factory.mktemp("show") / "public"
    a_show(folder, TOLD)
    return folder


@pytest.fixture
def window(browser: Browser) -> Iterator[Tab]:
    """A window that remembers nothing; at the end the browser must have had nothing to complain of."""
    with tab(browser) as opened:
        yield opened
        assert opened.complaints() == []


@pytest.fixture
def served(show: Path) -> Iterator[str]:
    """The folder's address on a server that knows nothing but files and parts of them."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, show)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Files(http.server.BaseHTTPRequestHandler):
    def __init__(self, folder: Path, *others: Any) -> None:
        self.folder = folder
        super().__init__(*others)

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/") or PAGE
        data = (self.folder / name).read_bytes()
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(part[1]) if part else 0
        after = int(part[2]) + 1 if part and part[2] else len(data)
        self.send_response(206 if part else 200)
        if part:
            self.send_header("Content-Range", f"bytes {first}-{after - 1}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", mimetypes.guess_type(name)[0] or "")
        self.send_header("Content-Length", str(after - first))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # a browser that has heard enough
            self.wfile.write(data[first:after])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def spoken(show: Path, stem: str) -> list[dict[str, object]]:
    """The words of an episode's transcript."""
    told = json.loads((show.parent / f"{stem}.transcript.json").read_bytes())
    return [w for chapter in told["chapters"] for part in chapter["segments"] for w in part["words"]]


def text_of(window: Tab, selector: str) -> str:
    """What stands in an element."""
    return str(window.run(f"document.querySelector({json.dumps(selector)}).textContent"))


def click_on(window: Tab, selector: str) -> None:
    """Click on an element, wherever it is in the page."""
    window.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{ block: 'center' }})")
    window.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    window.click_on(selector)


def test_the_word_that_is_marked_is_the_transcripts(window: Tab, show: Path) -> None:
    page = ShowPage(window, show, "#2026-01-001?t=0.6")
    for word in spoken(show, "2026-01-001")[::4]:
        middle = (float(str(word["start"])) + float(str(word["end"]))) / 2
        window.run(f"location.hash = '#2026-01-001?t={middle:.4f}'")
        window.wait(f"Math.abs({page.time_of()} - {middle}) < 0.01")
        page.settle()
        assert page.word() == word["text"], middle


def test_an_episode_plays_from_the_list(window: Tab, show: Path) -> None:
    page = ShowPage(window, show)
    assert window.run("[...document.querySelectorAll('#episodes h3')].map(e => e.textContent)") == [
        HOSTILE,
        "Two hosts",
        "The oldest",
    ]
    assert window.run("document.getElementById('player').hidden")
    click_on(window, "[aria-label='Play The oldest']")
    window.wait(f"{page.time_of()} > 3.5")
    assert window.run("document.getElementById('list').hidden") is False
    window.click_on("#part-name")
    window.wait(f"{HIGHLIGHTED} !== '' && {HIGHLIGHTED} !== 'oldest'")
    words = spoken(show, "2026-01-001")
    late = 0.1  # seconds by which a busy machine may paint too late
    for _ in range(10):
        time, marked = window.run(
            f"new Promise(done => requestAnimationFrame(() => done([{page.time_of()}, {HIGHLIGHTED}])))"
        )
        allowed = {word_at(words, time - late * step / 10) for step in range(11)}
        assert marked in allowed, (time, marked)
    window.press(" ")
    window.wait("document.querySelector('audio').paused")
    assert window.run("document.querySelector('[aria-current]').textContent").startswith("0:00Beginnings")
    window.press("n")
    assert page.time() == pytest.approx(9, abs=0.01)
    assert text_of(window, "#part-detail") == "Ends"
    assert window.run("document.querySelector('#chapters a').href") == "https://example.org/ends"


def test_it_works_from_a_server_that_knows_only_files(served: str, window: Tab) -> None:
    window.ask("Page.navigate", {"url": f"{served}#2026-01-001?t=3.1"})
    window.wait(
        f"location.protocol === 'http:' && CSS.highlights.get('word').size && {HIGHLIGHTED} === 'ambera0'"
    )
    assert (
        window.run("document.getElementById('in-app').href") == served.replace("http", "podcast") + "feed.xml"
    )
    asked = window.run("performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)")
    assert set(asked) <= {"/artwork.jpg", "/2026-01-001.mp3", "/2026-01-001.words.js"}


def test_two_voices_at_once(window: Tab, show: Path) -> None:
    page = ShowPage(window, show, "#2026-01-002?t=3.0")

    def heard(seconds: float) -> tuple[list[str], str]:
        window.run(f"location.hash = '#2026-01-002?t={seconds}'")
        window.wait(f"Math.abs({page.time_of()} - {seconds}) < 0.01")
        page.settle()
        return window.run(MARKED), text_of(window, "#speaker")

    assert heard(2.7) == (["bread"], "Anna")
    assert heard(3.1) == (["costs", "Only"], "Anna and Ben")
    assert heard(3.45) == (["today", "and"], "Ben and Anna")
    assert heard(3.9) == (["nobody"], "Anna")
    assert heard(4.55) == (["knows", "Somebody"], "Anna and Ben")
    window.run("location.hash = '#2026-01-002?t=3.0'")
    page.settle()
    assert window.run("[...document.querySelectorAll('#text [data-who]')].map(e => e.dataset.who)") == [
        "Anna",
        "Ben",
        "Anna",
        "Ben",
    ]


def test_a_search_finds_what_is_said_and_goes_there(window: Tab, show: Path) -> None:
    page = ShowPage(window, show)
    window.click_on("#ask")
    window.ask("Input.insertText", {"text": "CÉDARA2  deltaa2"})
    window.wait("document.getElementById('found').textContent === '1 place in 1 episode.'")
    assert text_of(window, "#results h3 a") == "The oldest"
    window.click_on(".result")
    page.settle()
    start = next(word["start"] for word in spoken(show, "2026-01-001") if word["text"] == "cedara2")
    assert page.time() == pytest.approx(start, abs=0.003)
    assert page.word() == "cedara2"
    assert window.run("[...CSS.highlights.get('hit')].map(String)") == ["cedara2 deltaa2"]
    assert text_of(window, "#episode-title") == "The oldest"
    window.press("/")
    window.ask("Input.insertText", {"text": "two HOSTS"})
    window.wait("document.querySelector('#results h3 a')?.textContent === 'Two hosts'")
    window.press("Escape", "/")
    window.ask("Input.insertText", {"text": "ambera0 birchc0"})
    window.wait("document.getElementById('found').textContent === 'Nothing found.'")


def test_each_episode_has_its_place(window: Tab, show: Path) -> None:
    page = ShowPage(window, show, "#2026-01-001?t=12")
    page.click_word("deltaa2")
    page.settle()
    place = page.time()
    window.press("]", "e")
    window.wait("!document.getElementById('list').hidden")
    click_on(window, "#episodes li:nth-child(2) h3 a")
    window.wait(f"document.querySelector('#text [data-who]') && {page.time_of()} < 1")
    window.press("l")
    window.reload()
    window.run("location.hash = '#2026-01-001'")
    page.settle()
    assert page.time() == pytest.approx(place, abs=0.01)
    assert window.run("document.querySelector('audio').playbackRate") == 1.1
    assert text_of(window, "#play-this") == "Go on at 0:09"
    window.press("e")
    window.wait("!document.getElementById('list').hidden")
    assert text_of(window, "#episodes li:nth-child(3) .heard") == "1 min left"


def test_what_was_heard_is_told(window: Tab, show: Path) -> None:
    page = ShowPage(window, show, "#2026-01-002?t=7.5")
    window.press(" ")
    window.wait("document.querySelector('audio').ended")
    window.press("e")
    heard = "document.querySelector('#episodes li:nth-child(2) .heard').textContent"
    window.wait(f"{heard} === 'Played'")
    window.run("location.hash = '#2026-01-001?t=8'")
    page.settle()
    window.press(" ")
    window.wait(f"{page.time_of()} > 8.2")
    window.press(" ", "e")
    window.reload()
    assert window.run(heard) == "Played"
    assert text_of(window, "#go-on") == "Go on with The oldest"
    window.click_on("#go-on")
    window.wait(f"{page.time_of()} > 8.1 && !document.querySelector('audio').paused")
    window.press(" ")
    window.run("location.hash = '#2026-01-002'")
    page.settle()
    assert page.time() < 0.1  # what was heard to its end begins anew
    assert text_of(window, "#play-this") == "Play"


def test_what_plays_goes_on_while_another_is_looked_at(window: Tab, show: Path) -> None:
    page = ShowPage(window, show, "#2026-01-003?t=3")
    source = "document.querySelector('audio').src.split('/').pop()"
    window.press(" ")
    window.wait(f"{page.time_of()} > 3.3")
    window.run("location.hash = '#2026-01-001'")
    window.wait("document.querySelector('#text').textContent.includes('ambera0')")
    assert window.run(source) == "2026-01-003.mp3"
    assert window.run(MARKED) == []
    window.press("j")
    assert text_of(window, "#episode-title") == "The oldest"
    page.click_word("embera1")
    window.wait(
        f"{source} === '2026-01-001.mp3' && {page.time_of()} > 7.2 && !document.querySelector('audio').paused"
    )
    window.press(" ")


def test_nothing_of_a_source_is_markup(window: Tab, show: Path) -> None:
    ShowPage(window, show, "#2026-01-003")
    assert text_of(window, "#episode-title") == HOSTILE
    assert text_of(window, "#episode-summary") == HOSTILE
    assert text_of(window, "#sources span") == HOSTILE
    assert "Here & there <b>text</b> </script> <!-- too." in text_of(window, "#text")
    assert window.run("document.querySelectorAll('#episode-more a, main b, main script').length") == 0
    assert window.run("typeof window.hacked") == "undefined"
    refused = window.run(
        """new Promise(done => {
          const found = [];
          addEventListener('securitypolicyviolation', event => found.push(event.effectiveDirective));
          const script = document.createElement('script');
          try { script.src = './2026-01-001.words.js'; } catch { found.push('trusted-types'); }
          document.body.insertAdjacentElement('beforeend', new Image()).src = 'https://example.org/x.png';
          fetch('https://example.org/').catch(() => 0);
          setTimeout(() => done(found), 300);
        })"""
    )
    assert {"trusted-types", "img-src", "connect-src"} <= set(refused)
    window.provoked("Trusted", "Connecting to", "Fetch API cannot load", "Loading the image")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_that_axe_finds(scheme: str, window: Tab, show: Path) -> None:
    window.prefer(prefers_color_scheme=scheme)
    page = ShowPage(window, show)
    assert window.barriers() == []
    window.run("location.hash = '#2026-01-001?t=12'")
    page.settle()
    assert window.barriers() == []
    window.press("e")
    window.wait("!document.getElementById('list').hidden")
    assert window.barriers() == []
    for key, shown in {"/": ".result", "a": "#view[open]", "?": "#help[open]"}.items():
        window.press(key)
        if key == "/":
            window.ask("Input.insertText", {"text": "fjord"})
        window.wait(f"document.querySelector('{shown}')")
        window.run("Promise.all(document.getAnimations().map(a => a.finished)).then(() => 0)")
        assert window.barriers() == [], key
        window.press("Escape")
        window.wait("!document.querySelector('dialog[open]')")


def test_phones_and_large_text(window: Tab, show: Path) -> None:
    page = ShowPage(window, show)
    window.press(*"++++++++")
    for fragment in ("", "#2026-01-003"):
        window.run(f"location.hash = '{fragment}'")
        for width in (320, 390, 800):
            size = {"width": width, "height": 640, "deviceScaleFactor": 2, "mobile": True}
            window.ask("Emulation.setDeviceMetricsOverride", size)
            assert window.run("document.documentElement.scrollWidth") <= width
    page.click_word("havenc3")
    page.settle()
    assert page.word() == "havenc3"


def test_an_episode_whose_files_are_gone(window: Tab, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    episodes = a_show(folder, [Told("One", prose("a"), 1.0), Told("Two", prose("b"), 1.0)], audio=False)
    (folder / "2026-01-002.words.js").unlink()
    for name, data in page_files(SHOW, episodes, folder):
        (folder / name).write_bytes(data)
    window.open(folder / PAGE, "#2026-01-002")
    window.wait("document.getElementById('waiting').textContent.startsWith('There is no transcript')")
    window.wait("!document.getElementById('trouble').hidden")
    assert "2026-01-002.mp3 has to lie in the same folder" in text_of(window, "#trouble")
    window.press("/")
    window.ask("Input.insertText", {"text": "amber"})
    window.wait("document.querySelectorAll('.result').length === 5")
    window.provoked("ERR_FILE_NOT_FOUND")


def test_five_hundred_episodes(window: Tab, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    told = [Told(f"Episode {n}", [Said(f"This is number{n} of many", 0.5)], 1800.0) for n in range(1, 501)]
    a_show(folder, told, audio=False)
    page = ShowPage(window, folder)
    assert window.run("document.querySelectorAll('#episodes > li').length") == 500
    window.run(
        "(take => { window.loaded = [];"
        " window.voxpress = (name, data) => { loaded.push(name); take(name, data); }; })(window.voxpress)"
    )
    window.press("/")
    window.ask("Input.insertText", {"text": "number321"})
    window.wait("document.getElementById('found').textContent === '1 place in 1 episode.'")
    loaded = window.run("loaded")
    assert [name for name in loaded if not name.startswith("search-")] == ["2026-01-321"]
    assert len(loaded) == 1 + 500 / SHARD
    window.click_on(".result")
    window.wait("document.querySelector('#text > *')")
    assert page.word() == "number321"
    window.provoked("ERR_FILE_NOT_FOUND")
