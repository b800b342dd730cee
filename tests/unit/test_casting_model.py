"""A language model that is asked who speaks, and a stand-in for its server that misbehaves in every way it can."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.errors import ModelError
from pipeline.llm import ATTEMPTS, LocalModel
from pipeline.model import Block, BlockKind, Chapter
from pipeline.script.casting.attribution import attribute, speeches_of
from pipeline.script.casting.cast import NO_CAST
from pipeline.script.casting.model import Reader, windows
from tests.language_models import Server, serving

TEXTS = [
    "“Come in,” said Clara.",
    "“Who is it?” asked Martin.",
    "Nobody knew.",
    "“It is only the rain.”",  # 2
    "The door opened.",
    "“Good evening.”",  # 3
]
BLOCKS = tuple(Block(BlockKind.PARAGRAPH, text) for text in TEXTS)
CHAPTER = Chapter(0, "One", 1, BLOCKS)
RIGHT = {"0": "Clara", "1": "Martin", "2": "Clara", "3": "unknown"}


def speakers(server: Server, **kept: Any) -> list[str]:
    """The speakers of the chapter's quotations; empty: nobody knows."""
    reader = Reader(LocalModel(server.url, "small", "secret").ask, "small", 8192, **kept)
    found = attribute(CHAPTER, "en", NO_CAST, ask=reader.speakers)
    return [line.speaker for lines in found.lines for line in lines]


def test_what_the_model_told_is_counted_apart_from_what_the_rules_found() -> None:
    with serving(json.dumps(RIGHT)) as server:
        reader = Reader(LocalModel(server.url, "small", "secret").ask, "small", 8192)
        found = attribute(CHAPTER, "en", NO_CAST, ask=reader.speakers)
    assert (found.quotes, found.told, found.unsure) == (4, 1, 1)
    found = attribute(CHAPTER, "en", NO_CAST)
    assert (found.quotes, found.told, found.unsure) == (4, 0, 2)


def test_what_the_words_beside_a_quotation_say_goes_before_the_model() -> None:
    with serving(json.dumps({**RIGHT, "0": "Martin"})) as server:
        assert speakers(server) == ["Clara", "Martin", "Clara", ""]
    (asked,) = server.asked
    assert asked["model"] == "small"
    assert asked["temperature"] == 0
    assert server.headers[0]["Authorization"] == "Bearer secret"
    assert "[[2]]“It is only the rain.”" in asked["messages"][1]["content"]
    assert '["Clara", "Martin"]' in asked["messages"][1]["content"]


@pytest.mark.parametrize(
    "bad",
    [
        "I think that Clara says it.",
        "[1, 2, 3]",
        '{"2": ["Clara"]}',
        '{"2": "Napoleon", "3": "the rain"}',  # nobody who was offered
        '{"99": "Clara", "-1": "Clara", "x": "Clara"}',  # nothing that was asked
        f'{{"{"9" * 5000}": "Clara"}}',  # a number that Python refuses to read
        "{" * 2000,
        "",
    ],
)
def test_an_answer_that_cannot_be_used_is_asked_for_again(bad: str) -> None:
    with serving(bad, json.dumps(RIGHT)) as server:
        assert speakers(server) == ["Clara", "Martin", "Clara", ""]
    assert len(server.asked) == 2
    assert server.asked[1]["messages"][-1]["role"] == "user"


def test_only_what_is_missing_is_asked_for_again_and_fences_do_not_matter() -> None:
    with serving('```json\n{"0": "Clara", "1": "martin"}\n```', '{"2": "Clara", "3": null}') as server:
        assert speakers(server) == ["Clara", "Martin", "Clara", ""]
    assert "for these numbers only: 2, 3." in server.asked[1]["messages"][-1]["content"]


def test_a_model_that_never_answers_well_leaves_it_to_the_rules() -> None:
    with serving("no") as server:
        assert speakers(server) == ["Clara", "Martin", "", ""]
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_server_that_fails_is_asked_once_and_the_rules_go_on(status: int) -> None:
    with serving(status) as server:
        reader = Reader(LocalModel(server.url, "small").ask, "small", 8192)
        for _ in range(2):
            found = attribute(CHAPTER, "en", NO_CAST, ask=reader.speakers)
            assert [line.speaker for lines in found.lines for line in lines] == ["Clara", "Martin", "", ""]
    assert len(server.asked) == 1
    assert "small" in reader.failed


def test_no_server_is_an_error_that_names_the_address() -> None:
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9"):
        LocalModel("http://127.0.0.1:9/v1", "small", patience=0).ask([])


def test_answers_are_kept_under_what_was_asked() -> None:
    kept: dict[str, str] = {}
    with serving(json.dumps(RIGHT)) as server:
        for _ in range(2):
            answer = speakers(server, recall=kept.get, keep=kept.__setitem__)
            assert answer == ["Clara", "Martin", "Clara", ""]
    assert len(server.asked) == 1
    (key,) = kept
    kept[key] = '{"2": "Napoleon"}'  # damaged, or of somebody else
    with serving("no") as server:
        assert speakers(server, recall=kept.get, keep=kept.__setitem__) == ["Clara", "Martin", "", ""]
    assert not server.asked


def test_windows_have_every_quotation_once_and_keep_to_the_size() -> None:
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, f"“Line {n},” said Clara." if n % 2 else "She waited for a while. " * 5)
        for n in range(80)
    )
    speeches, _ = speeches_of(Chapter(0, "One", 1, blocks), "en", NO_CAST)
    made = list(windows(blocks, speeches, 1000))
    assert len(made) > 3
    assert [place for window in made for place in window.ids] == list(range(len(speeches)))
    assert max(len(window.text) for window in made) <= 1100
    huge = (Block(BlockKind.PARAGRAPH, "“" + "a word " * 5000 + "more,” said Clara."),)
    speeches, _ = speeches_of(Chapter(0, "One", 1, huge), "en", NO_CAST)
    assert all(len(window.text) <= 1000 for window in windows(huge, speeches, 1000))
