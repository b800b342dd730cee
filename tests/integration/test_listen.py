"""``listen.html`` in a browser: it plays, shows the word that is said, and can be used by everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from pipeline.model import Begins, BlockKind
from tests.browsing import Browser, Tab, needs_browser, tab
from tests.listening import HIGHLIGHTED, Page, Sentence, an_edition, spoken, word_at

pytestmark = needs_browser

NAMES = "amber birch cedar delta ember fjord grove haven inlet jetty".split()
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"

WATCH_FRAMES = f"""(() => {{
  window.seen = [];
  const look = () => {{
    const audio = document.querySelector('audio');
    if (!audio.paused) window.seen.push([audio.currentTime, {HIGHLIGHTED}]);
    requestAnimationFrame(look);
  }};
  requestAnimationFrame(look);
}})()"""


def prose(chapter: str, paragraphs: int = 6) -> list[Sentence]:
    """A heading, and paragraphs of words of which each occurs once in the book."""
    made = [Sentence(f"Chapter {chapter}", 0.5, kind=BlockKind.HEADING)]
    for number in range(paragraphs):
        words = " ".join(f"{name}{chapter}{number}" for name in NAMES[:9])
        made.append(Sentence(f"{words}.", 1.5 + number * 3))
    return made


BOOK = {
    f"One \u2028 {HOSTILE}": [
        *prose("a"),
        Sentence("Here & there <b>text</b> </script> <!-- too.", 19.6, 0.01),
    ],
    "Two": [
        *prose("b", 5),
        Sentence("Shall I compare", 16.6, 0.1, BlockKind.VERSE, doubtful=(1, 2)),
        Sentence("thee to a day", 17.0, 0.1, BlockKind.VERSE, Begins.LINE),
        Sentence("First item", 17.5, 0.1, BlockKind.LIST_ITEM),
        Sentence("Second item", 17.8, 0.1, BlockKind.LIST_ITEM),
        Sentence("Die Brücke steht.", 18.2, 0.1, BlockKind.QUOTE, language="de"),
    ],
    "Three": prose("c", 6),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests."""
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three chapters of twenty seconds in one M4B."""
    return an_edition(tmp_path_factory.mktemp("edition"), BOOK)


@pytest.fixture
def window(browser: Browser) -> Iterator[Tab]:
    """A window that remembers nothing; at the end the browser must have had nothing to complain of."""
    with tab(browser) as opened:
        yield opened
        assert opened.complaints() == []


@pytest.mark.parametrize("form", ["m4b", "mp3", "opus"])
def test_the_word_that_is_marked_is_the_transcripts(
    form: str, window: Tab, edition: Path, tmp_path: Path
) -> None:
    folder = edition if form == "m4b" else an_edition(tmp_path, {"One": prose("a")}, form=form)
    page, words = Page(window, folder), spoken(folder)
    chosen = words[:: 3 if form == "m4b" else 7]
    for word in [word for word in chosen if word["end"] - word["start"] > 0.02]:
        middle = (word["start"] + word["end"]) / 2
        page.go(middle)
        assert page.word() == word["text"], middle


def test_while_it_plays_each_painted_frame_shows_the_word_of_its_time(window: Tab, edition: Path) -> None:
    page, words = Page(window, edition, "#t=18"), spoken(edition)
    window.run(WATCH_FRAMES)
    window.press(" ")
    window.wait(f"{page.time_of()} > 24")  # over the end of a chapter
    window.press(" ")
    seen = window.run("window.seen")
    assert len(seen) > 60
    late = 0.1  # seconds by which a busy machine may paint too late
    for time, marked in seen:
        allowed = {word_at(words, time - late * step / 10) for step in range(11)}
        assert marked in allowed or marked == "", (time, marked, allowed)
    assert len({marked for _, marked in seen}) > 8
    assert window.run("document.querySelector('#text h2').textContent") == "Chapter b"


def test_a_click_goes_to_the_word(window: Tab, edition: Path) -> None:
    page, words = Page(window, edition), spoken(edition)
    for name in ("cedara1", "embera5", "ambera0"):
        page.click_word(name)
        page.settle()
        start = next(word["start"] for word in words if word["text"] == name)
        assert page.time() == pytest.approx(start, abs=0.003)
        assert page.word() == name


def test_chapters_search_and_place(window: Tab, edition: Path) -> None:
    page, words = Page(window, edition), spoken(edition)
    starts = {word["text"]: word["start"] for word in words}
    window.press("c")
    names = window.run(
        "[...document.querySelectorAll('#chapters button span:first-child')].map(e => e.textContent)"
    )
    assert names == [" ".join(name.split()) for name in BOOK]
    window.click_on("#chapters li:nth-child(2) button")
    window.wait("document.querySelector('#text h2').textContent === 'Chapter b'")
    assert 20 < page.time() < 20.2

    window.press("/")
    window.ask("Input.insertText", {"text": "BRUCKE  steht"})
    window.wait("document.getElementById('found').textContent === '1 place'")
    window.click_on(".result")
    page.settle()
    assert page.time() == pytest.approx(starts["Brücke"], abs=0.003)
    assert page.word() == "Brücke"
    quote = window.run("(e => [e.tagName, e.lang])(document.querySelector('#text .quote'))")
    assert quote == ["BLOCKQUOTE", "de"]

    window.press("]", "]")
    window.reload()
    page.settle()
    assert page.time() == pytest.approx(starts["Brücke"], abs=0.003)
    assert page.word() == "Brücke"
    assert window.run("document.querySelector('audio').playbackRate") == 1.2
    assert window.run("document.querySelector('audio').preservesPitch") is True

    window.press("/")
    window.ask("Input.insertText", {"text": "nowhere at all"})
    window.wait("document.getElementById('found').textContent === 'Nothing found.'")


def test_two_voices_at_once(window: Tab, tmp_path: Path) -> None:
    talk = [
        Sentence("amber birch cedar delta", 1.0, 0.5, speaker="Anna"),
        Sentence("ember fjord", 2.2, 0.4, speaker="Ben"),  # enters before Anna ends, and ends before she does
        Sentence("grove haven", 2.45, 0.5, speaker="Anna"),
        Sentence("inlet jetty", 4.0, 0.3, speaker="Ben"),
    ]
    folder = an_edition(tmp_path, {"Talk": talk}, 6)
    page, starts = Page(window, folder), {word["text"]: word["start"] for word in spoken(folder)}
    silence = starts["amber"] - 1.0  # that the encoder put before

    def heard(seconds: float) -> tuple[list[str], str]:
        page.go(silence + seconds)
        marked = window.run("[...CSS.highlights.get('word')].map(String)")
        return marked, window.run("document.getElementById('speaker').textContent")

    assert heard(2.15) == (["cedar"], "Anna")
    assert heard(2.3) == (["cedar", "ember"], "Anna and Ben")
    assert heard(2.55) == (["delta", "ember", "grove"], "Anna and Ben")
    assert heard(2.7) == (["delta", "fjord", "grove"], "Anna and Ben")
    assert heard(3.1) == (["haven"], "Anna")
    assert heard(3.7) == (["haven"], "Anna")  # nobody speaks: who spoke last
    page.go(starts["ember"] + 0.05)
    window.press(".")  # to the sentence that begins next
    assert page.time() == pytest.approx(starts["grove"], abs=0.003)
    window.press(",")
    assert page.time() == pytest.approx(starts["ember"], abs=0.003)


def test_structure_and_doubts(window: Tab, edition: Path) -> None:
    page = Page(window, edition, "#t=20.5")
    kinds = window.run("[...document.querySelectorAll('#text > *')].map(e => e.tagName + '.' + e.className)")
    assert kinds == [
        "H2.heading",
        *["P.paragraph"] * 5,
        "P.verse",
        "UL.",
        "BLOCKQUOTE.quote",
    ]
    assert window.run("document.querySelector('.verse').innerText") == "Shall I compare\nthee to a day"
    assert window.run("[...document.querySelectorAll('.doubt')].map(e => [e.textContent, !!e.title])") == [
        ["I compare", True]
    ]
    page.click_word("compare")
    page.settle()
    assert page.word() == "compare"
    assert window.run("document.querySelectorAll('li').length") >= 2
    assert window.run("document.querySelectorAll('#text button, #text span:not(.doubt)').length") == 0


def test_the_keyboard(window: Tab, edition: Path) -> None:
    page, words = Page(window, edition, "#t=31"), spoken(edition)
    starts = {word["text"]: word["start"] for word in words}

    def state(name: str) -> Any:
        return window.run(f"document.querySelector('audio').{name}")

    window.press("j")
    assert page.time() == pytest.approx(16, abs=0.01)
    window.press("l")
    assert page.time() == pytest.approx(46, abs=0.01)
    window.press("ArrowLeft")
    assert page.time() == pytest.approx(31, abs=0.01)
    window.press("n")
    assert page.time() == pytest.approx(40, abs=0.2)
    window.press("p")
    assert page.time() == pytest.approx(20, abs=0.2)
    window.press(".", ".")
    assert page.word() == "amberb0"
    window.press(",")
    assert page.word() == "Chapter"
    window.press("[")
    assert state("playbackRate") == 0.9
    window.press("=")
    assert state("playbackRate") == 1
    window.press(" ")
    window.wait("document.getElementById('play').getAttribute('aria-label') === 'Pause'")
    assert not state("paused")
    window.press("k")
    window.wait("document.querySelector('audio').paused")
    window.press("d")
    page.settle()
    assert page.word() == "I"
    for key, panel in {"?": "help", "a": "view", "c": "contents", "/": "search"}.items():
        window.press(key)
        window.wait(f"document.getElementById('{panel}').open")
        window.press("Escape")
        window.wait(f"!document.getElementById('{panel}').open")

    window.run("document.getElementById('text').focus()")
    page.go(starts["amberb1"] + 0.01)
    window.press("ArrowRight", "ArrowRight", "ArrowRight")
    assert window.run("document.getElementById('said').textContent") == "cedarb1"
    window.press("Enter")
    window.wait("!document.querySelector('audio').paused")
    assert page.time() >= starts["cedarb1"] - 0.01
    window.press("k")
    window.press("a")
    window.click_on("#keys")
    window.press("Escape")
    window.wait("!document.querySelector('dialog[open]')")
    before = page.time()
    window.press("l")
    assert page.time() == before


def test_focus_goes_through_the_page_and_out_of_it(window: Tab, edition: Path) -> None:
    Page(window, edition)
    reached = []
    for _ in range(40):
        window.press("Tab")
        reached.append(window.run("document.activeElement.id || document.activeElement.className"))
    assert {"open-contents", "open-help", "text", "seek", "back", "play", "on", "speed", "sleep"} <= set(
        reached
    )
    assert len(set(reached)) < 25
    assert reached.count("text") >= 1
    window.run("document.getElementById('play').focus()")
    window.press("Tab")
    assert window.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_reader_may_look_elsewhere(window: Tab, edition: Path) -> None:
    page = Page(window, edition, "#t=2")
    window.ask(
        "Emulation.setDeviceMetricsOverride",
        {"width": 700, "height": 420, "deviceScaleFactor": 1, "mobile": False},
    )
    hidden = "document.getElementById('return').hidden"
    assert window.run(hidden)
    window.press(" ")
    window.wait(f"{page.time_of()} > 2.2")
    window.wheel(2000)
    window.wait(f"!{hidden}")
    window.wait("window.scrollY > 100")
    place = window.run("new Promise(done => setTimeout(() => done(window.scrollY), 400))")
    before = page.word()
    window.wait(f"{HIGHLIGHTED} && {HIGHLIGHTED} !== {json.dumps(before)}")
    assert window.run("window.scrollY") == place
    window.click_on("#return")
    assert window.run(hidden)
    window.press("k")
    inside = (
        "(b => b.top >= 0 && b.bottom < 330)([...CSS.highlights.get('sentence')][0].getBoundingClientRect())"
    )
    window.wait(inside)


def test_right_to_left(window: Tab, tmp_path: Path) -> None:
    words = "كان يا مكان في قديم الزمان"
    folder = an_edition(tmp_path, {"الأول": [Sentence(words, 0.5)]}, 4, language="ar", title="حكاية")
    page = Page(window, folder, "#t=0.6")
    assert window.run("getComputedStyle(document.getElementById('text')).direction") == "rtl"
    assert window.run("document.getElementById('text').lang") == "ar"
    first, second = page.middle_of("كان"), page.middle_of("مكان")
    assert first[0] > second[0]
    page.click_word("قديم")
    page.settle()
    assert page.word() == "قديم"
    assert window.run("document.documentElement.scrollWidth <= innerWidth")


def test_words_without_spaces(window: Tab, tmp_path: Path) -> None:
    folder = an_edition(
        tmp_path,
        {
            "一": [
                Sentence("吾輩は猫である。", 0.5, 0.2, joined=True),
                Sentence("名前はまだ無い。", 2.5, 0.2, begins=Begins.NOTHING),
            ]
        },
        5,
        language="ja",
    )
    page = Page(window, folder)
    assert window.run("document.querySelector('#text p').textContent") == "吾輩は猫である。 名前はまだ無い。"
    page.click_word("猫")
    page.settle()
    assert page.word() == "猫"
    window.press("/")
    window.ask("Input.insertText", {"text": "猫"})
    window.wait("document.getElementById('found').textContent === '1 place'")


def test_a_file_for_each_chapter(window: Tab, tmp_path: Path) -> None:
    book = {name: [Sentence(f"{name}1 {name}2 {name}3 {name}4", 0.3)] for name in ("amber", "birch")}
    folder = an_edition(tmp_path, book, 1.6, "mp3-chapters")
    page = Page(window, folder)
    source = "decodeURIComponent(document.querySelector('audio').src.split('/').pop())"
    assert window.run(source) == "01 - amber.mp3"
    window.press(" ")
    window.wait(f"{source} === '02 - birch.mp3' && {HIGHLIGHTED} === 'birch2'")  # goes on by itself
    window.press(" ")
    window.wait("document.querySelector('audio').paused")
    window.press("p")
    window.press("p")
    window.wait(f"{source} === '01 - amber.mp3' && {HIGHLIGHTED} === ''")
    page.click_word("amber3")
    page.settle()
    assert page.word() == "amber3"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_that_axe_finds(scheme: str, window: Tab, edition: Path) -> None:
    axe = (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    window.prefer(prefers_color_scheme=scheme)
    Page(window, edition, "#t=37")
    window.run(f"{axe}; 0")
    look = "axe.run().then(r => [r.passes.length, r.violations.map(v => [v.id, v.nodes.map(n => n.html)])])"
    for key in ("", "c", "/", "a", "?"):
        if key:
            window.press(key)
        if key == "/":
            window.ask("Input.insertText", {"text": "fjordb"})
            window.wait("document.querySelector('.result')")
        passes, violations = window.run(
            f"Promise.all(document.getAnimations().map(a => a.finished)).then(() => {look})"
        )
        assert violations == [], key
        assert passes > 20
        if key:
            window.press("Escape")
            window.wait("!document.querySelector('dialog[open]')")


def test_light_and_dark(window: Tab, edition: Path) -> None:
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    brightness = f"{paper}.match(/\\d+/g).reduce((a, b) => a + +b, 0)"
    window.prefer(prefers_color_scheme="dark")
    Page(window, edition)
    assert window.run(brightness) < 200
    window.press("a")
    window.click_on("input[value=light]")
    assert window.run(brightness) > 600
    window.reload()  # it is remembered
    assert window.run(brightness) > 600
    window.prefer(prefers_color_scheme="light")
    window.press("a")
    window.click_on("input[value=dark]")
    assert window.run(brightness) < 200


def test_it_falls_asleep_at_the_end_of_a_chapter(window: Tab, edition: Path) -> None:
    page = Page(window, edition, "#t=18.6")
    window.run(
        "(s => { s.value = 'chapter'; s.dispatchEvent(new Event('change')); })(document.getElementById('sleep'))"
    )
    window.press(" ")
    window.wait(f"{page.time_of()} > 19")
    window.wait("document.querySelector('audio').paused")
    assert page.time() == pytest.approx(20, abs=0.5)
    assert window.run("document.getElementById('sleep').value") == "off"


def test_a_recording_that_is_not_there(window: Tab, edition: Path, tmp_path: Path) -> None:
    (tmp_path / "listen.html").write_bytes((edition / "listen.html").read_bytes())
    window.open(tmp_path / "listen.html")
    window.wait("!document.getElementById('trouble').hidden")
    assert "The Bridge.m4b has to lie in the same folder" in window.run(
        "document.getElementById('trouble').textContent"
    )
    assert window.run("document.querySelector('#text h2').textContent") == "Chapter a"
    window.provoked("ERR_FILE_NOT_FOUND")


def test_paper_phones_and_large_text(window: Tab, edition: Path) -> None:
    page = Page(window, edition)
    window.press(*"++++++++")
    for width in (320, 390, 800):
        window.ask(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 640, "deviceScaleFactor": 2, "mobile": True},
        )
        assert window.run("document.documentElement.scrollWidth") <= width
        assert window.run("document.getElementById('play').getBoundingClientRect().bottom <= innerHeight")
    page.click_word("havena3")
    page.settle()
    assert page.word() == "havena3"
    window.prefer(media="print")
    hidden = ["player", "onward", "open-search"]
    assert [window.run(f"getComputedStyle(document.getElementById('{one}')).display") for one in hidden] == [
        "none"
    ] * 3


def test_nothing_but_the_page_itself_runs_or_is_asked_for(window: Tab, edition: Path) -> None:
    Page(window, edition)
    assert window.run("document.querySelector('#text h2').textContent") == "Chapter a"
    assert "Here & there <b>text</b> </script> <!-- too." in window.run(
        "document.getElementById('text').textContent"
    )
    assert window.run("typeof window.hacked") == "undefined"
    refused = window.run(
        """new Promise(done => {
          const found = [];
          addEventListener('securitypolicyviolation', event => found.push(event.effectiveDirective));
          const script = document.createElement('script');
          try { script.textContent = 'window.hacked = 1'; } catch { found.push('trusted-types'); }
          const picture = new Image();
          picture.src = 'https://example.org/x.png';
          fetch('https://example.org/').catch(() => 0);
          setTimeout(() => done(found), 300);
        })"""
    )
    assert {"trusted-types", "img-src", "connect-src"} <= set(refused)
    assert window.run("typeof window.hacked") == "undefined"
    text = (edition / "listen.html").read_text(encoding="utf-8")
    assert "http:" not in text
    assert "https:" not in text
    window.provoked("Trusted", "Connecting to", "Fetch API cannot load", "Loading the image")


def test_without_storage_and_without_highlights(window: Tab, edition: Path) -> None:
    window.ask(
        "Page.addScriptToEvaluateOnNewDocument",
        {
            "source": "if (location.protocol === 'file:') { Object.defineProperty(window, 'localStorage', "
            "{ get() { throw new DOMException('denied', 'SecurityError'); }, configurable: true });"
            " delete window.Highlight; }"
        },
    )
    page = Page(window, edition)
    page.click_word("grovea2")
    page.settle()
    x, y = page.middle_of("grovea2")
    boxes = window.run(
        "[...document.querySelectorAll('.box.word')].map(e => e.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) == 1
    assert boxes[0]["left"] < x < boxes[0]["right"]
    assert boxes[0]["top"] < y < boxes[0]["bottom"]
    window.press("]", "a")
    window.click_on("input[value=dark]")
    assert window.run("document.documentElement.dataset.theme") == "dark"


def test_a_chapter_of_fifty_thousand_words_is_no_more_nodes_than_it_has_paragraphs(
    window: Tab, tmp_path: Path
) -> None:
    count, each = 500, 100
    text = " ".join(f"w{number}" for number in range(each - 1))
    sentences = [Sentence(f"p{p} {text}", 0.1 + p * 0.05, 0.0005) for p in range(count)]
    endless = [Sentence(" ".join(f"v{n}" for n in range(20_000)), 0.1, 0.0005)]
    folder = an_edition(tmp_path, {"Many": sentences, "One": endless}, 26)
    page, words = Page(window, folder, "#t=12.5"), spoken(folder)
    nodes = "document.getElementById('text').querySelectorAll('*').length"
    assert window.run(nodes) == count + 1  # and the title
    far = words[40_000]
    page.go(far["start"])
    sentence = "[...CSS.highlights.get('sentence')][0].getBoundingClientRect()"
    inside = f"(b => b.top > 0 && b.bottom < innerHeight)({sentence})"
    window.wait(inside)
    page.go(words[count * each + 15_000]["start"])
    assert page.word() == "v15000"
    assert 10 < window.run(nodes) < 100  # pieces of one endless paragraph
    assert "".join(window.run("document.getElementById('text').textContent").split()) == "One" + "".join(
        word["text"] for word in words[count * each :]
    )
