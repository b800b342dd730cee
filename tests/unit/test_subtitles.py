"""Subtitles: sentences out of cues, without times, styling and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SourceBroken
from pipeline.model import SourceKind
from tests.documents import read
from tests.helpers_epub import texts


def srt(*cues: str, gap: float = 0.0) -> bytes:
    lines, at = [], 0.0
    for number, text in enumerate(cues, 1):
        lines.append(f"{number}\n{clock(at)} --> {clock(at + 2)}\n{text}\n")
        at += 2 + gap
    return "\n".join(lines).encode()


def clock(seconds: float) -> str:
    return f"00:{int(seconds) // 60:02}:{int(seconds) % 60:02},{round(seconds % 1 * 1000):03}"


def said(path: Path, data: bytes, name: str = "film.srt") -> list[str]:
    book = read(path / name, data, language="en")
    assert book.source.kind is SourceKind.SUBTITLES
    return texts(book)


@pytest.mark.parametrize(
    ("cues", "expected"),
    [
        (("The harbour lay quiet", "in the morning."), ["The harbour lay quiet in the morning."]),
        (("<i>One</i> {\\an8}two\nthree", '<font color="#fff">four.</font>'), ["One two three four."]),
        (("- Who is it?\n- The pilot.",), ["Who is it?", "The pilot."]),
        (("ANN LEE: Who is it?", "BO: Me."), ["Who is it?", "Me."]),
        ((">> Who is it?", ">> BO: Me."), ["Who is it?", "Me."]),
        (("[door slams] Who is it?", "(SIGHS) The pilot.", "♪ la la ♪"), ["Who is it? The pilot. la la"]),
        (("He said (and meant it) yes.",), ["He said (and meant it) yes."]),
        (("It was in", "1984"), ["It was in 1984"]),
        (("港は静か", "だった。"), ["港は静かだった。"]),
        (("Remember: it is late.",), ["Remember: it is late."]),
    ],
)
def test_cues_become_sentences(tmp_path: Path, cues: tuple[str, ...], expected: list[str]) -> None:
    assert said(tmp_path, srt(*cues)) == expected


def test_a_pause_after_a_sentence_begins_a_paragraph(tmp_path: Path) -> None:
    assert said(tmp_path, srt("It was late.", "He came.", gap=5)) == ["It was late.", "He came."]
    assert said(tmp_path, srt("It was", "late.", gap=5)) == ["It was late."]


def test_captions_that_roll_up_are_said_once(tmp_path: Path) -> None:
    data = (
        b"WEBVTT\nKind: captions\nLanguage: en\n\n00:00.000 --> 00:02.000\nthe harbour\n\n"
        b"00:02.000 --> 00:02.010\nthe harbour\n\n00:02.010 --> 00:04.000\nthe harbour\n"
        b"lay<00:02.500><c> quiet</c>\n\n"
        b"00:04.000 --> 00:06.000\nlay quiet\nthat day\n"
    )
    assert said(tmp_path, data, "film.vtt") == ["the harbour lay quiet that day"]


def test_what_is_said_twice_stays(tmp_path: Path) -> None:
    assert said(tmp_path, srt("No.", "No.", "Never.")) == ["No. No. Never."]


def test_webvtt(tmp_path: Path) -> None:
    data = (
        "\ufeffWEBVTT - The harbour\r\n\r\nNOTE\r\nThis is a comment\r\nof two lines\r\n\r\n"
        "STYLE\r\n::cue { color: red }\r\n\r\n"
        "REGION\r\nid:a\r\n\r\nintro\r\n00:00:00.000 --> 00:00:02.000 align:start position:10%\r\n"
        "<v Ann Lee>Fish &amp; chips, <b.loud>please</b>.</v>\r\n\r\n"
        "NOTE again\r\n\r\n2\r\n00:02.000 --> 00:03.000\r\n"
        "<v Bo><ruby>漢<rt>kan</rt></ruby> &lt;3</v>\r\n\r\n00:03.000 --> 00:04.000\r\n\r\nNOTE the end\r\n"
    ).encode()
    assert said(tmp_path, data, "film.vtt") == ["Fish & chips, please.", "漢 <3"]


def test_files_as_they_are(tmp_path: Path) -> None:
    loose = b"\r\n1\r\n0:00:01,5 --> 0:00:02,0  X1:0\r\nOne,\r\n2\r\n00:00:03.000 -> 00:00:04.000\r\n"
    loose += b"\r\ntwo.\r\n\r\n99\r\n"
    assert said(tmp_path, loose)[0].startswith("One, two.")
    assert said(tmp_path, srt("Ночь тиха.").decode().encode("cp1251")) == ["Ночь тиха."]
    assert said(tmp_path, srt("Ночь тиха.").decode().encode("utf-16")) == ["Ночь тиха."]


def test_the_sounds_and_speakers_are_counted(tmp_path: Path) -> None:
    book = read(tmp_path / "film.srt", srt("ANN: [laughs] Who is it?"), language="en")
    assert [(s.kind, s.count) for s in book.skipped] == [("sound", 1), ("speaker", 1)]


def test_a_file_without_cues(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="no cues"):
        read(tmp_path / "film.vtt", b"WEBVTT\n\nNOTE nothing here\n")
