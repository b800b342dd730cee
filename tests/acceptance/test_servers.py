"""Whole audiobooks from speech servers: word times that are true, failures that are mended, keys that stay secret."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pipeline.audio.ffmpeg import decode
from pipeline.model import Pcm
from tests.books import story, write_epub
from tests.running import Voxpress
from tests.sites import running
from tests.speech_servers.cloned import write_clone
from tests.speech_servers.gpt_sovits import GptSovitsServer
from tests.speech_servers.openai import KokoroServer
from tests.speech_servers.reading import spoken
from tests.speech_servers.rvc import RvcServer

KEY = "sesame-1234-sesame"
RATE = 24_000
BOOK = {
    "The Mill": [
        "The lamp of the old mill went out, and nobody saw who had done it. It was the 3rd of May, 1999.",
        "Mr. Smith paid $3.50 for a new one. “Never again!” he said, and went home.",
    ],
    "The Storm": ["A storm of swans came over the hill; seventeen, they say, or eighteen."],
}


def serve(voxpress: Voxpress, **servers: dict[str, Any]) -> None:
    """Name servers in the environment, as a container has them."""
    voxpress.env["VOXPRESS_SERVERS"] = json.dumps(servers)


def found_at(sound: Pcm, book: Pcm) -> int:
    """Where in the book a piece of sound stands: the place at which they agree best."""
    size = 1 << (len(book) + len(sound)).bit_length()
    spectrum = np.fft.rfft(book.astype(float), size) * np.conj(np.fft.rfft(sound.astype(float), size))
    return int(np.fft.irfft(spectrum, size)[: len(book)].argmax())


def test_words_of_a_server_with_times_sound_when_the_transcript_says(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", BOOK)
    with running(KokoroServer()) as site:
        site.key = KEY
        serve(voxpress, openai={"engine": "openai", "url": f"{site.url}/v1", "key": KEY, "parallel": 2})
        voxpress.make(book, "--voice", "openai:af_bella")
        texts = [asked.json["input"] for asked in site.posts("/dev/captioned_speech")]
    audio = np.concatenate(list(decode(voxpress.file(".m4b"), RATE)))
    said: list[tuple[str, float]] = []
    for text in texts:
        take = spoken(text, RATE)
        at = found_at(take.pcm, audio) / RATE
        said += [(word, at + start) for word, start, _ in take.words]
    said.sort(key=lambda entry: entry[1])
    words = [
        word
        for chapter in voxpress.transcript()["chapters"]
        for one in chapter["segments"]
        for word in one["words"]
    ]
    assert [word["text"] for word in words if word["text"] in ("lamp", "Smith", "swans")] == [
        "lamp",
        "Smith",
        "swans",
    ]
    for word in words:
        near = [start for text, start in said if text.strip(",.!;“”") == word["text"].strip(",.!;“”")]
        if word["text"] not in ("3rd", "May,", "1999.", "Mr.", "$3.50"):  # said in other words
            assert min(abs(start - word["start"]) for start in near) < 0.03, word
    assert {one["voice"] for chapter in voxpress.transcript()["chapters"] for one in chapter["segments"]} == {
        "openai:af_bella"
    }
    for path in (one for one in voxpress.folder.rglob("*") if one.is_file()):
        assert KEY.encode() not in path.read_bytes(), path


def test_a_server_that_fails_now_and_then_makes_a_whole_book(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=2, paragraphs=3))
    write_clone(voxpress.home / "voices", "gpt-sovits", "mine")
    with running(GptSovitsServer()) as site:
        assert isinstance(site, GptSovitsServer)
        site.unlucky = 3
        serve(voxpress, **{"gpt-sovits": {"engine": "gpt-sovits", "url": site.url}})
        voxpress.make(book, "--voice", "gpt-sovits:mine")
        asked = len(site.posts("/tts"))
        voxpress.make(book, "--voice", "gpt-sovits:mine")
        assert len(site.posts("/tts")) == asked  # a second run asks for nothing
        assert site.most_at_once == 1  # however many workers there are
    report = json.loads(voxpress.file("report.json").read_text())
    assert report["doubts"] == []
    # What came back as zeros was refused by that name and spoken again: that is told, and no more.
    assert site.tried
    assert [one["fault"] for one in report["mended"]] == ["silence"] * len(site.tried)


def test_a_converted_voice_reads_a_book(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", {"The Storm": BOOK["The Storm"]})
    with running(RvcServer()) as site:
        rvc = {"engine": "rvc", "url": site.url}
        serve(voxpress, rvc=rvc)
        refused = voxpress.run("make", book, "--voice", "espeak:en-us+rvc:anna", code=1)
        assert "nobody's consent is recorded" in refused.stderr
        serve(voxpress, rvc={**rvc, "consents": {"anna": "Anna Miller, 2026-05-01, audiobooks"}})
        voxpress.make(book, "--voice", "espeak:en-us+rvc:anna")
        assert len(site.posts("/convert")) == 2  # the heading and the paragraph
    [chapter] = voxpress.transcript()["chapters"]
    assert {one["voice"] for one in chapter["segments"]} == {"espeak:en-us+rvc:anna"}
    [voice] = json.loads(voxpress.file("report.json").read_text())["voices"]
    assert voice["consent"] == {
        "who": "Anna Miller", "when": "2026-05-01", "purpose": "audiobooks", "own": False
    }  # fmt: skip
    assert voxpress.transcript()["cloned_voices"][0]["who"] == "Anna Miller"
