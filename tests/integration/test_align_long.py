"""Whole recordings, made by espeak in another voice, with the faults that real ones have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.align.long import LongAlignment, align_long
from pipeline.align.long_recording import Recording
from pipeline.align.long_text import Line
from pipeline.errors import AlignFailed, AudioError
from pipeline.model import Timing, Word
from tests.recordings import ANNOUNCEMENT, STORY, Recorder, lines, paragraph

CLOSE = 0.12
"""Seconds by which a word may be off at the most."""


def aligned(made: Recorder, text: Sequence[Line], folder: Path) -> LongAlignment:
    with Recording([made.write(folder / "made.wav")], folder=folder) as recording:
        return align_long(recording, text)


def check_times(result: LongAlignment, said: dict[int, Timing]) -> None:
    """Each word that is said has its time, and no other word has any."""
    timed = {number for number, timing in enumerate(result.timings) if timing}
    assert timed == set(said)
    off = []
    for number in timed:
        timing = result.timings[number]
        assert timing is not None
        off += [abs(timing.start - said[number].start), abs(timing.end - said[number].end)]
    assert np.median(off) <= 0.02
    assert max(off) <= CLOSE


def test_every_word_of_a_plain_reading_is_timed(tmp_path: Path) -> None:
    text, made = lines(STORY[:3]), Recorder()
    for line in text:
        made.line(line)
    result = aligned(made, text, tmp_path)
    check_times(result, made.said)
    assert not result.doubtful


def test_intro_noise_and_credits_are_found_and_nothing_is_smeared_into_them(tmp_path: Path) -> None:
    text, made = lines(STORY[:4]), Recorder()
    made.aside(ANNOUNCEMENT)
    made.silence(1)
    made.tune(6)
    intro = made.now
    made.silence(1)
    for line in (*paragraph(text, 0), *paragraph(text, 1)):
        made.line(line)
    noise = made.now
    made.noise(8)
    made.silence(3)
    for line in (*paragraph(text, 2), *paragraph(text, 3)):
        made.line(line)
    credits = made.now
    made.aside("This is the end of the first part. Thank you for listening.")
    result = aligned(made, text, tmp_path)
    check_times(result, made.said)
    assert [(one.start, one.end) for one in result.added] == [
        (pytest.approx(0, abs=0.3), pytest.approx(intro, abs=0.4)),
        (pytest.approx(noise, abs=0.3), pytest.approx(noise + 8, abs=0.3)),
        (pytest.approx(credits, abs=0.3), pytest.approx(made.now, abs=0.5)),
    ]
    assert not result.missing


def test_a_paragraph_that_is_not_read_is_missing_and_has_no_time(tmp_path: Path) -> None:
    text, made = lines(STORY[:4]), Recorder()
    for number in (0, 1, 3):
        for line in paragraph(text, number):
            made.line(line)
    result = aligned(made, text, tmp_path)
    check_times(result, made.said)
    left_out = paragraph(text, 2)
    (missing,) = result.missing
    assert (missing.first, missing.stop) == (left_out[0].first, left_out[-1].stop)
    assert missing.after == pytest.approx(made.said[left_out[0].first - 1].end, abs=CLOSE)
    assert not result.added


def test_a_heading_of_one_word_that_is_not_read_gets_no_time(tmp_path: Path) -> None:
    text, made = lines(("One", STORY[0], "Two", STORY[1])), Recorder()
    for number in (1, 3):
        for line in paragraph(text, number):
            made.line(line)
    result = aligned(made, text, tmp_path)
    check_times(result, made.said)
    assert [one.stop - one.first for one in result.missing] == [1, 1]


def test_paragraphs_that_changed_places_are_found_where_they_are_read(tmp_path: Path) -> None:
    text, made = lines(), Recorder()
    for number in (0, 2, 1, 3, 4):
        for line in paragraph(text, number):
            made.line(line)
    result = aligned(made, text, tmp_path)
    check_times(result, made.said)
    (moved,) = result.moved
    one = next(p for p in (paragraph(text, 1), paragraph(text, 2)) if p[0].first == moved.first)
    assert moved.stop == one[-1].stop
    assert moved.start == pytest.approx(made.said[moved.first].start, abs=0.2)
    assert not result.missing
    assert not result.added


def test_a_text_of_which_only_a_part_is_read(tmp_path: Path) -> None:
    text, made = lines(), Recorder()
    for line in paragraph(text, 3):
        made.line(line)
    result = aligned(made, text, tmp_path)
    check_times(result, made.said)
    part = paragraph(text, 3)
    assert [(m.first, m.stop) for m in result.missing] == [
        (0, part[0].first),
        (part[-1].stop, text[-1].stop),
    ]


def test_files_are_one_time_line(tmp_path: Path) -> None:
    text = lines(STORY[:2])
    paths, said, start = [], {}, 0.0
    for number in (0, 1):
        made = Recorder()
        for line in paragraph(text, number):
            made.line(line)
        paths.append(made.write(tmp_path / f"{number}.wav", rate=16_000 if number else 44_100))
        for word, timing in made.said.items():
            said[word] = Timing(start + timing.start, start + timing.end)
        start += made.now
    with Recording(paths, folder=tmp_path) as recording:
        assert [part.start for part in recording.parts] == [0.0, pytest.approx(recording.parts[0].end)]
        check_times(align_long(recording, text), said)


def test_a_text_that_is_not_read_is_refused_and_not_spread_over_the_audio(tmp_path: Path) -> None:
    made = Recorder()
    for line in lines(STORY[:3]):
        made.line(line)
    with pytest.raises(AlignFailed, match="does not match the text"):
        aligned(made, lines(STORY[3:]), tmp_path)


def test_a_text_in_another_language_is_refused(tmp_path: Path) -> None:
    german = (
        "Der Hauptmann der Wache ging langsam die Treppe hinab und sah sich jede Tür des langen grauen Ganges an. "
        "Hinter der letzten spielte jemand Geige, schlecht und mit großer Geduld. Sieben Meilen vor dem Dorf, "
        "jenseits von Mühle und Fluss, hielt eine alte Frau drei Ziegen und eine beachtliche Sammlung von Uhren.",
    )
    made = Recorder()
    for line in lines(STORY[:3]):
        made.line(line)
    with pytest.raises(AlignFailed, match="--language"):
        aligned(made, lines(german, "de"), tmp_path)


def test_a_single_sentence_is_enough(tmp_path: Path) -> None:
    text, made = lines(("She laughed and closed the window.",)), Recorder()
    made.silence(0.4)
    made.line(text[0])
    result = aligned(made, text, tmp_path)
    check_times(result, made.said)


def test_words_that_are_not_said_take_no_time(tmp_path: Path) -> None:
    (line,) = lines(("Bread and cheese stood on the kitchen table all day long.",))
    made = Recorder()
    made.line(line)
    dash = Line(0, 0, (*line.words[:3], Word("—", ""), *line.words[3:]), "en", 0)
    result = aligned(made, [dash], tmp_path)
    assert not result.missing
    timing = result.timings[3]
    assert timing is not None
    assert timing.start == timing.end


def test_a_text_without_words_is_refused(tmp_path: Path) -> None:
    made = Recorder()
    made.aside("Bread and cheese.")
    with pytest.raises(AlignFailed, match="nothing that can be said"):
        aligned(made, [Line(0, 0, (Word("—", ""),), "en", 0)], tmp_path)


def test_audio_in_which_nothing_sounds_is_refused(tmp_path: Path) -> None:
    made = Recorder()
    made.silence(5)
    with pytest.raises(AudioError, match=r"Nothing is heard in made\.wav"):
        aligned(made, lines(), tmp_path)


@pytest.mark.parametrize("content", [b"", b"This is no audio at all. " * 50])
def test_what_is_no_audio_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"a\.mp3"):
        Recording([path])


def test_a_recording_leaves_nothing_behind(tmp_path: Path) -> None:
    made = Recorder()
    made.aside("Bread and cheese.")
    path = made.write(tmp_path / "made.wav")
    (tmp_path / "room").mkdir()
    with Recording([path], folder=tmp_path / "room"):
        pass
    assert list((tmp_path / "room").iterdir()) == []


def test_the_anchors_may_come_from_elsewhere(tmp_path: Path) -> None:
    """Whoever recognised the words knows where passages are; here, that there are none to be found."""
    text, made = lines(STORY[:1]), Recorder()
    for line in text:
        made.line(line)
    with Recording([made.write(tmp_path / "made.wav")], folder=tmp_path) as recording:
        result = align_long(recording, text, anchors=lambda *_: [])
    check_times(result, made.said)
