"""Alignment of long recordings: chains of anchors, paths with gaps, windows' places, what may be written."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.align.long_anchors import Pin, chain
from pipeline.align.long_path import Stretch, lay
from pipeline.align.long_recording import audio_files
from pipeline.align.long_search import search
from pipeline.align.long_sound import Index, Rows, Sketch, pauses, stretches
from pipeline.errors import AudioError, SettingsError
from pipeline.publish.aligned import check_outputs


def pin(row: int, at: int, weight: float = 1.0) -> Pin:
    return Pin(row, at, weight, at, at + 1, row, row + 1)


def places(pins: list[Pin]) -> list[tuple[int, int]]:
    return [(one.row, one.at) for one in pins]


def test_a_chain_leaves_out_what_is_out_of_order() -> None:
    found = [pin(0, 10), pin(10, 90), pin(20, 30), pin(30, 40)]
    assert places(chain(found)) == [(0, 10), (20, 30), (30, 40)]


def test_a_chain_prefers_what_is_surer() -> None:
    found = [pin(0, 50, weight=5.0), pin(10, 20), pin(20, 30), pin(30, 60)]
    assert places(chain(found)) == [(0, 50), (30, 60)]


def test_nothing_found_is_no_chain() -> None:
    assert chain([]) == []


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 5)), max_size=9))
def test_no_ascending_subset_is_heavier_than_the_chain(drawn: list[tuple[int, int, int]]) -> None:
    pins = [pin(row, at, float(weight)) for row, at, weight in {d[:2]: d for d in drawn}.values()]

    def heaviest(at: int, row: int, rest: list[Pin]) -> float:
        following = [p for p in rest if p.row > row and p.at > at]
        return max((p.weight + heaviest(p.at, p.row, following) for p in following), default=0.0)

    found = chain(pins)
    assert all(a.row < b.row and a.at < b.at for a, b in pairwise(found))
    assert sum(p.weight for p in found) == heaviest(-1, -1, pins)


def sounds(count: int, seed: int) -> Rows:
    """Frames that are like nothing else."""
    drawn = np.random.default_rng(seed).normal(size=(count, 9)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def laid(text: Rows, recording: Rows, word: int = 10) -> Index:
    """The path where a word, and a sentence, begins every so many rows, and pauses are anywhere."""
    starts = np.zeros(len(text) + 1, np.bool_)
    starts[::word] = starts[-1] = True
    return lay(Stretch(text, starts, starts, starts, recording, np.full(len(recording) + 1, 9, np.int32)))


def test_what_is_read_word_for_word_is_laid_row_by_row() -> None:
    text = sounds(80, 1)
    assert laid(text, text).tolist() == list(range(80))


def test_what_is_added_is_passed_over_and_nothing_is_smeared_into_it() -> None:
    text, other = sounds(80, 1), sounds(120, 2)
    found = laid(text, np.concatenate([other[:60], text[:40], other[60:], text[40:]]))
    assert found.tolist() == [*range(60, 100), *range(160, 200)]


def test_what_is_missing_has_no_place() -> None:
    text = sounds(120, 1)
    found = laid(text, np.concatenate([text[:40], text[90:]]))
    assert found.tolist() == [*range(40), *[-1] * 50, *range(40, 70)]


def test_a_slower_reading_is_no_gap() -> None:
    text = sounds(60, 1)
    found = laid(text, np.repeat(text, [1, 2] * 30, axis=0))
    assert (found >= 0).all()
    assert (np.diff(found) >= 0).all()


def test_a_text_that_is_not_read_at_all_is_missing() -> None:
    assert (laid(sounds(100, 1), sounds(100, 2)) == -1).all()


def test_an_empty_recording_leaves_all_missing() -> None:
    assert laid(sounds(20, 1), sounds(0, 2)).tolist() == [-1] * 20


def test_a_passage_is_found_where_it_is_and_told_from_chance() -> None:
    passage = sounds(80, 1)
    hay = np.concatenate([sounds(7000, 2), passage, sounds(3000, 3)])
    hit = search(passage, hay)
    assert hit is not None
    assert (hit.first, hit.middle, hit.last) == (7000, 7040, 7079)
    assert hit.cost < 0.05
    assert min(hit.null, hit.rival) > 0.3


def test_a_recording_that_is_too_short_for_a_passage_has_no_place_for_it() -> None:
    assert search(sounds(50, 1), sounds(10, 1)) is None


def test_times_of_a_sketch_are_those_of_its_frames() -> None:
    sketch = Sketch(sounds(3, 1), np.array([5, 6, 20], np.int32), 30)
    assert [sketch.second(row) for row in range(4)] == pytest.approx([0.2, 0.24, 0.8, 0.84])
    assert sketch.row_at(0.3) == 2
    assert pauses(sketch.frames).tolist() == [0, 0, 13, 0]


def test_stretches_are_the_runs_of_true() -> None:
    assert stretches(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert stretches(np.zeros(3, np.bool_)) == []


def test_a_folder_is_read_in_natural_order(tmp_path: Path) -> None:
    names = ["10 end.mp3", "2 middle.MP3", "1 start.mp3", "cover.jpg"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in audio_files([tmp_path])] == ["1 start.mp3", "2 middle.MP3", "10 end.mp3"]


def test_what_a_shell_sorted_is_put_in_natural_order_and_any_other_order_is_kept() -> None:
    shell = [Path("a1.mp3"), Path("a10.mp3"), Path("a2.mp3")]
    assert audio_files(shell) == [Path("a1.mp3"), Path("a2.mp3"), Path("a10.mp3")]
    own = [Path("b.mp3"), Path("a.mp3")]
    assert audio_files(own) == own


def test_a_folder_without_audio_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no audio files in the folder"):
        audio_files([tmp_path])


@pytest.mark.parametrize("name", ["out.doc", "out"])
def test_a_format_that_is_not_known_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=r"must end in one of \.json, \.vtt"):
        check_outputs([Path(name)], [], Path("a.txt"))


def test_what_is_read_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is what is read"):
        check_outputs([tmp_path / "a.srt"], [], tmp_path / "a.srt")


def test_audio_that_no_epub_may_hold_is_refused_before_the_work() -> None:
    with pytest.raises(SettingsError, match=r"a\.wav cannot be embedded in an EPUB: convert it"):
        check_outputs([Path("a.epub")], [Path("a.wav")], Path("a.txt"))
