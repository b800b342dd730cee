"""What a lexicon does to the words of a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import (
    Block,
    BlockKind,
    Chapter,
    Chunk,
    Sentence,
    SpeakingOptions,
    Voice,
    Word,
    join_words,
)
from pipeline.script import script_chapter, take_key
from pipeline.script.lexicon import Entry, Lexicon
from pipeline.script.words import split_words
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits

VOICE = Voice("tone:a", "tone", "a", ("en",), 22050, "1")


def said(text: str, *entries: Entry, language: str = "en", ipa: bool = True) -> list[str]:
    words = split_words(text, language, lexicon=Lexicon(entries, ipa=ipa))
    assert join_words(words) == text
    return [f"/{word.ipa}/" if word.ipa else word.spoken for word in words]


REACHER = Entry("Reacher", "Reecher")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reacher came.", ["Reecher", "came."]),
        ("“Reacher’s,” (Reacher)", ["Reecher's,", "Reecher"]),
        ("Reachers reacher preacher", ["Reachers", "reacher", "preacher"]),
        ("REACHER CAME", ["Reecher", "CAME"]),
        ("non-Reacher Reacher-like", ["non-Reecher", "Reecher-like"]),
        ("Rea\u00adcher!", ["Reecher!"]),
    ],
)
def test_whole_words_with_what_stands_around_them(text: str, expected: list[str]) -> None:
    assert said(text, REACHER) == expected


@pytest.mark.parametrize(
    ("entry", "text", "expected"),
    [
        (Entry("gif", "jif"), "GIF Gif gif", ["jif", "jif", "jif"]),
        (Entry("US", "you ess"), "US us Us", ["you ess", "us", "Us"]),
        (Entry("Polish", "poe-lish"), "Polish polish POLISH", ["poe-lish", "polish", "poe-lish"]),
        (Entry("Polish", "poe-lish", case="exact"), "POLISH Polish", ["POLISH", "poe-lish"]),
        (Entry("Polish", "poe-lish", case="any"), "polish", ["poe-lish"]),
        (Entry("ough", "uff", part=True), "tough ought", ["tuff", "ufft"]),
    ],
)
def test_case_and_parts_of_words(entry: Entry, text: str, expected: list[str]) -> None:
    assert said(text, entry) == expected


def test_phrases_are_dealt_out_where_there_are_as_many_words() -> None:
    assert said("In New York, now.", Entry("New York", "Noo Yawk")) == ["In", "Noo", "Yawk,", "now."]
    assert said("The C.I.A. man", Entry("C.I.A.", "see eye ay")) == ["The", "see eye ay", "man"]
    assert said("St. John’s eve", Entry("St. John", "Sinjin")) == ["Sinjin's", "", "eve"]
    assert said("I use C++ now", Entry("C++", "see plus plus")) == ["I", "use", "see plus plus", "now"]


def test_the_longer_entry_holds_then_the_later() -> None:
    entries = (Entry("York", "Yark"), Entry("New York", "Noo Yawk"), Entry("York", "Yerk"))
    assert said("York or New York", *entries) == ["Yerk", "or", "Noo", "Yawk"]


def test_what_it_says_is_final_and_the_rest_is_read_as_ever() -> None:
    assert said("Reacher paid $5 to Reacher", REACHER)[2:4] == said("paid $5 to")[1:3]
    assert said("It is 5 o'clock", Entry("5", "fife")) == ["It", "is", "fife", "o'clock"]


def test_chinese_words_are_found_between_others() -> None:
    assert said("那位行长来了。", Entry("行长", "航长"), language="zh") == [
        "那",
        "位",
        "航长",
        "",
        "来",
        "了。",
    ]


def test_languages() -> None:
    entry = Entry("chat", "sha", languages=("fr",))
    assert said("chat", entry, language="fr-CA") == ["sha"]
    assert said("chat", entry, language="en") == ["chat"]
    assert said("chat", Entry("chat", "sha", languages=("fr-FR",)), language="fr") == ["chat"]


def test_surroundings() -> None:
    bow = Entry("bow", "bough", after=("low",), unless_before=("tie",))
    assert said("a low bow and a low bow tie and a bow", bow).count("bough") == 1
    far = Entry("read", "red", after=("had",), reach=2, unless_after=("to",))
    assert "red" in said("he had never read it", far)
    assert "red" not in said("he had to read it", far)
    assert "red" not in said("what he had. Read it", far)
    near = Entry("bass", "bæs", near=("fish",))
    assert "bæs" in said("a fish like bass is", near)
    assert "bæs" not in said("a bass is", near)


def test_ipa_goes_where_it_can_be_told() -> None:
    entry = Entry("Hermione", ipa="hɜːˈmaɪ.ə.ni")
    assert said("Hermione’s cat", entry) == ["/hɜːˈmaɪ.ə.niz/", "cat"]
    assert said("Hermione came", entry, ipa=False) == ["Hermione", "came"]
    assert said("d’Hermione", entry, language="fr") == ["/dhɜːˈmaɪ.ə.ni/"]
    both = Entry("Hermione", "Her-my-oh-nee", "hɜːˈmaɪ.ə.ni")
    assert said("Hermione,", both, ipa=False) == ["Her-my-oh-nee,"]
    words = split_words("Hermione,", "en", lexicon=Lexicon([both]))
    assert (words[0].spoken, words[0].ipa) == ("Her-my-oh-nee,", "hɜːˈmaɪ.ə.ni")


@pytest.mark.parametrize(("ipa", "with_s"), [("mæks", "mæksɪz"), ("pæt", "pæts"), ("dæn", "dænz")])
def test_the_possessive_s_of_english(ipa: str, with_s: str) -> None:
    assert said("Xyz's", Entry("Xyz", ipa=ipa)) == [f"/{with_s}/"]


def _chapter(*paragraphs: str) -> Chapter:
    return Chapter(0, "One", 1, tuple(Block(BlockKind.PARAGRAPH, text) for text in paragraphs))


def _script(chapter: Chapter, lexicon: Lexicon, ipa: bool) -> tuple[tuple[Chunk, ...], tuple[str, ...]]:
    script = script_chapter(
        chapter,
        language="en",
        voice=VOICE,
        limits=EngineLimits(300, ipa=ipa),
        pauses=PauseSettings(),
        lexicon=lexicon,
    )
    return script.chunks, script.doubts


def test_what_a_voice_cannot_be_told_is_a_doubt() -> None:
    chapter = _chapter("Hermione came.", "So did Hermione.")
    lexicon = Lexicon([Entry("Hermione", ipa="hɜːˈmaɪəni"), Entry("Nobody", ipa="nəʊ")])
    assert _script(chapter, lexicon, ipa=True)[1] == ()
    (doubt,) = _script(chapter, lexicon, ipa=False)[1]
    assert "'Hermione' (2 times)" in doubt
    assert "tone:a" in doubt


def test_only_the_chunks_that_an_entry_touches_have_another_take() -> None:
    chapter = _chapter("Reacher came.", "Nobody else did.", "Nor did Hermione.")

    def keys(*entries: Entry) -> list[str]:
        return [
            take_key(c, VOICE, SpeakingOptions()) for c in _script(chapter, Lexicon(entries), ipa=True)[0]
        ]

    before = keys()
    respelt = keys(REACHER)
    sounded = keys(REACHER, Entry("Hermione", ipa="hɜːˈmaɪəni"))
    assert [a == b for a, b in zip(before, respelt, strict=True)] == [False, True, True]
    assert [a == b for a, b in zip(respelt, sounded, strict=True)] == [True, True, False]
    assert keys(REACHER, Entry("Hermione", ipa="hɜːˈmaɪni"))[2] not in (before[2], sounded[2])


def test_a_take_without_ipa_has_the_key_that_it_always_had() -> None:
    def key(word: Word) -> str:
        chunk = Chunk(0, (Sentence((word,)),), BlockKind.PARAGRAPH, VOICE.name, "en", 0.0)
        return take_key(chunk, VOICE, SpeakingOptions())

    assert key(Word("a", "a")) == key(Word("A", "a", ipa=""))
    assert key(Word("a", "a")) != key(Word("a", "a", ipa="a"))


def test_of_a_lexicon_only_what_can_occur_is_kept_for_a_text() -> None:
    entries = [
        REACHER,
        Entry("New York", "x"),
        Entry("gif", "jif", engines=("espeak",)),
        Entry("ough", "uff", part=True),
    ]
    lexicon = Lexicon(entries)
    assert lexicon.for_text("A new REACHER.", "tone", ipa=True).entries == (REACHER,)
    assert lexicon.for_text("York is new: a gif", "espeak", ipa=True).entries == (entries[1], entries[2])
    assert lexicon.for_text("tough", "tone", ipa=True).entries == (entries[3],)


WORDS = st.text(alphabet="abéßИж行長’'-. ,\u0301\u00adाक", min_size=1, max_size=30)


@given(
    st.lists(st.builds(Entry, word=WORDS, say=WORDS, part=st.booleans()), max_size=4),
    WORDS,
    st.sampled_from(["en", "zh"]),
)
def test_no_display_word_is_changed_or_lost(entries: list[Entry], text: str, language: str) -> None:
    folded = " ".join(text.split())
    assert join_words(split_words(folded, language, lexicon=Lexicon(entries))) == folded


@given(st.lists(st.builds(Entry, word=WORDS, say=st.just("x")), max_size=4), WORDS)
def test_a_narrowed_lexicon_says_the_same(entries: list[Entry], text: str) -> None:
    folded = " ".join(text.split())
    lexicon = Lexicon(entries)
    narrow = lexicon.for_text(folded, "tone", ipa=True)
    assert split_words(folded, "en", lexicon=narrow) == split_words(folded, "en", lexicon=lexicon)


def test_what_stands_beside_a_word_of_the_lexicon_is_read_in_its_sentence() -> None:
    assert said("Then Reacher had $5 left.", REACHER) == [
        "Then",
        "Reecher",
        "had",
        *said("Then Reacher had $5 left.")[3:],
    ]
    assert said("Reacher and Reacher!", REACHER) == ["Reecher", "and", "Reecher!"]
