"""Scripts of several voices: where they are cut, what is not said, and that no word is lost by it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Block, BlockKind, Chapter, ChapterScript, Role, Voice, join_words
from pipeline.script import script_chapter
from pipeline.script.casting.lines import Line, Lines
from pipeline.script.casting.readers import Casting, Reader
from pipeline.serial import key_of
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits

PAUSES = PauseSettings()
LIMITS = EngineLimits(characters=200)


def voice(name: str, *languages: str) -> Voice:
    return Voice(f"tone:{name}", "tone", name, languages or ("en",), 16_000, "1")


def reader(name: str, *languages: str, limit: int = 200, rate: float = 0.0) -> Reader:
    return Reader(voice(name, *languages), EngineLimits(characters=limit), rate=rate)


def line(text: str, words: str, speaker: str, role: Role = Role.SPEECH) -> Line:
    start = text.index(words)
    return Line(start, start + len(words), speaker, role)


def script_of(texts: list[str], lines: list[Lines], **casting: object) -> ChapterScript:
    blocks = tuple(Block(BlockKind.PARAGRAPH, text) for text in texts)
    made = Casting(
        reader("n"),
        tuple(lines),
        speakers={"Anna": reader("a"), "Boris": reader("b", rate=0.8)},
        **casting,  # type: ignore[arg-type]
    )
    return script_chapter(
        Chapter(0, "One", 1, blocks),
        language="en",
        voice=voice("n"),
        limits=LIMITS,
        pauses=PAUSES,
        casting=made,
    )


def told(script: ChapterScript) -> list[tuple[str, str, str]]:
    return [(chunk.voice[-1], chunk.speaker, chunk.text) for chunk in script.chunks]


def test_a_paragraph_is_cut_where_the_voice_changes_with_a_pause_of_the_sentence() -> None:
    text = "“Come in,” said Anna, “at once. It rains.” She shut the door."
    script = script_of(
        [text], [(line(text, "“Come in,”", "Anna"), line(text, "“at once. It rains.”", "Anna"))]
    )
    assert told(script) == [
        ("a", "Anna", "“Come in,”"),
        ("n", "", "said Anna,"),
        ("a", "Anna", "“at once. It rains.”"),
        ("n", "", "She shut the door."),
    ]
    assert [chunk.pause_after for chunk in script.chunks] == [
        PAUSES.clause,
        PAUSES.clause,
        PAUSES.sentence,
        PAUSES.chapter_end,
    ]


def test_the_rate_of_a_speaker_is_that_of_their_chunks() -> None:
    script = script_of(["One.", "Two."], [(), (Line(0, 4, "Boris"),)])
    assert [(chunk.voice, chunk.rate) for chunk in script.chunks] == [("tone:n", 0.0), ("tone:b", 0.8)]


def test_a_name_is_not_said_where_its_speaker_is_heard_and_stays_in_the_text() -> None:
    text = "ANNA. Who is there?"
    lines = (line(text, "ANNA.", "Anna", Role.NAME), line(text, "Who is there?", "Anna"))
    (chunk,) = script_of([text], [lines]).chunks
    assert (chunk.text, chunk.spoken, chunk.speaker) == (text, "Who is there?", "Anna")
    assert len(chunk.sentences) == 1


def test_a_name_in_a_block_of_its_own_goes_with_what_is_said_after_it() -> None:
    lines: list[Lines] = [
        (Line(0, 4, "Anna", Role.NAME),),
        (Line(0, 10, "Anna"),),
        (Line(0, 5, "Boris", Role.NAME),),
    ]
    script = script_of(["Anna", "Who knows?", "Boris"], lines)
    assert [chunk.spoken for chunk in script.chunks] == ["Who knows?"]
    assert script.chunks[0].text == "Anna Who knows? Boris"


def test_names_can_be_read_or_left_out() -> None:
    text = "ANNA. Who is there?"
    lines = (line(text, "ANNA.", "Anna", Role.NAME), line(text, "Who is there?", "Anna"))
    read = script_of([text], [lines], names="read")
    assert told(read) == [("n", "", "ANNA."), ("a", "Anna", "Who is there?")]
    nobody = Line(0, 5, "Cleo", Role.NAME)
    assert script_of([text], [(nobody,)], names="skip").chunks[0].spoken == "Who is there?"
    auto = script_of([text], [(nobody,)], names="auto")  # the narrator speaks Cleo, too
    assert " ".join(chunk.spoken for chunk in auto.chunks) == text


def test_directions_have_their_own_voice() -> None:
    text = "Who? (She listens.) Nobody."
    lines = (line(text, "(She listens.)", "", Role.DIRECTION),)
    assert [chunk.voice for chunk in script_of([text], [lines], directions=reader("d")).chunks] == [
        "tone:n",
        "tone:d",
        "tone:n",
    ]


def test_a_passage_in_a_language_that_its_speaker_does_not_have_gets_a_voice_of_it() -> None:
    block = Block(BlockKind.PARAGRAPH, "Je ne sais pas pourquoi il pleut.", language="fr")
    short = Block(BlockKind.PARAGRAPH, "Mon Dieu!", language="fr")
    made = Casting(reader("n"), (), {}, languages={"fr": reader("f", "fr")})
    script = script_chapter(
        Chapter(0, "One", 1, (block, short)),
        language="en",
        voice=voice("n"),
        limits=LIMITS,
        pauses=PAUSES,
        casting=made,
    )
    assert [(chunk.voice, chunk.language) for chunk in script.chunks] == [("tone:f", "fr"), ("tone:n", "fr")]


def test_lines_of_verse_stay_lines() -> None:
    text = "The first line\nand the second\nand the third"
    block = Block(BlockKind.VERSE, text)
    made = Casting(reader("n"), ((line(text, "and the second\n", "Anna"),),), {"Anna": reader("a")})
    script = script_chapter(
        Chapter(0, "One", 1, (block,)),
        language="en",
        voice=voice("n"),
        limits=LIMITS,
        pauses=PAUSES,
        casting=made,
    )
    assert [chunk.sentences[0].begins.value for chunk in script.chunks] == ["block", "line", "line"]
    assert [chunk.pause_after for chunk in script.chunks[:2]] == [PAUSES.line, PAUSES.line]


def test_what_does_not_matter_to_a_chapter_is_not_in_its_key() -> None:
    one = Casting(reader("n"), ((Line(0, 3, "Anna"),),), {"Anna": reader("a")})
    assert Casting(reader("n")).inputs() == []
    assert one.inputs() == replace(one).inputs()
    assert one.inputs() != replace(one, speakers={"Anna": reader("b")}).inputs()
    assert one.inputs() != replace(one, lines=((Line(0, 4, "Anna"),),)).inputs()
    assert one.inputs() != replace(one, names="read").inputs()


TEXTS = st.text(st.sampled_from("ab .,!?“”—…\nZЖ中"), min_size=1, max_size=60)


def test_what_is_not_said_after_a_name_stays_after_it() -> None:
    script = script_of(["It rains.", "Anna", "…", "Come in."], [(), (Line(0, 4, "Anna", Role.NAME),), (), ()])
    assert join_words(tuple(word for chunk in script.chunks for word in chunk.words)).split() == [
        *("It", "rains.", "Anna", "…", "Come", "in.")
    ]


@given(
    st.lists(st.tuples(TEXTS, st.lists(st.integers(0, 60), max_size=6)), min_size=1, max_size=4), st.data()
)
def test_no_word_is_lost_however_a_chapter_is_cast(
    given: list[tuple[str, list[int]]], data: st.DataObject
) -> None:
    texts, lines = [], []
    for text, marks in given:
        text = " ".join(text.split())
        edges = sorted({min(mark, len(text)) for mark in marks})
        roles = [data.draw(st.sampled_from(Role)) for _ in edges]
        names = [data.draw(st.sampled_from(["Anna", "Boris", ""])) for _ in edges]
        texts.append(text)
        lines.append(
            tuple(
                Line(start, end, name, role)
                for start, end, role, name in zip(edges, edges[1:], roles, names, strict=False)
                if end > start
            )
        )
    script = script_of(texts, lines)
    whole = "".join(word for text in texts for word in text.split())
    if script.chunks:
        said = join_words(tuple(word for chunk in script.chunks for word in chunk.words))
        assert "".join(said.split()) == whole
    assert all(any(word.spoken for word in chunk.words) for chunk in script.chunks)


def test_a_line_that_enters_early_says_so_in_its_first_chunk_alone() -> None:
    long = "It is quite late. " * 20
    script = script_of(
        ["One.", long.strip(), "Mm."],
        [
            (Line(0, 4, "Anna", enters=2.0),),  # nothing is said before it
            (Line(0, len(long) - 1, "Boris", enters=0.4),),
            (Line(0, 3, "Anna", enters=1.5),),
        ],
    )
    enters = [(chunk.speaker, chunk.enters) for chunk in script.chunks]
    assert enters[0] == ("Anna", 0.0)
    assert enters[1] == ("Boris", 0.4)
    assert len(enters) > 3
    assert set(enters[2:-1]) == {("Boris", 0.0)}
    assert enters[-1] == ("Anna", 1.5)


def test_a_key_without_overlaps_is_what_it_was_and_one_with_them_another() -> None:
    def inputs(enters: float) -> object:
        return Casting(
            reader("n"), ((Line(0, 4, "Anna", enters=enters),),), speakers={"Anna": reader("a")}
        ).inputs()

    assert "enters" not in str(inputs(0.0))
    assert key_of("script", 1, inputs(0.0)) != key_of("script", 1, inputs(0.3))
