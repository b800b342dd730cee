"""Cast files: what they may say, what is refused and how, and that what is written is read back."""

from __future__ import annotations

import pytest

from pipeline.errors import CastError
from pipeline.script.casting.cast import Cast, Manner, Part
from pipeline.script.casting.files import parse_cast, write_cast

FULL = """
narrator = { voice = "espeak:en-gb", rate = 0.95 }
dialogue = "espeak:en-us"
directions = "espeak:en-gb+whisper"

[voices]
female = ["espeak:en-us+f2", "espeak:en-us+f4"]
others = "espeak:en-us+m3"

[languages]
fr = "espeak:fr"

[speakers]
Anna = "espeak:en-us+f3"

[speakers."Captain Reed"]
voice = "piper:en_US-ryan-high"
aliases = ["Reed", "the captain"]
gender = "male"
rate = 1.1
language = "en-GB"
parameters = { temperature = 0.7, exaggeration = 1 }
"""


def test_all_that_a_cast_says_is_read_and_written_back() -> None:
    cast = parse_cast(FULL.encode(), "cast.toml")
    assert cast.narrator == Manner("espeak:en-gb", 0.95)
    assert (cast.female, cast.others) == (("espeak:en-us+f2", "espeak:en-us+f4"), ("espeak:en-us+m3",))
    reed = cast.part("CAPTAIN REED")
    assert reed is not None
    assert reed.manner.parameters == (("exaggeration", 1.0), ("temperature", 0.7))
    assert cast.called("Reed") == cast.called("The captain") == "Captain Reed"
    assert cast.called("Nobody") == "Nobody"
    assert parse_cast(write_cast(cast, {"Anna": "two\nlines"}).encode(), "again") == cast


def test_names_that_toml_would_misread_are_written_so_that_they_are_read() -> None:
    cast = Cast(parts=(Part('The "Cat"\\', Manner("tone:a")), Part("Анна П.", Manner("tone:b"))))
    assert parse_cast(write_cast(cast).encode(), "cast.toml") == cast


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speaker = 1", "did you mean speakers?"),
        ("[speakers.Anna]\nvoise = 'a'", "the speaker 'Anna' in c.toml: did you mean voice?"),
        ("[speakers]\nAnna = 3", "must be a voice or a table"),
        ("[speakers.Anna]\nrate = 9", "must be a number from 0.5 to 2.5"),
        ("[speakers.Anna]\nrate = true", "must be a number"),
        ("[speakers.Anna]\ngender = 'x'", "must be male or female"),
        ("[speakers.Anna]\nlanguage = 'a b'", "must be a tag such as en-GB"),
        ("[speakers.Anna]\nparameters = { a = 'b' }", "must be a table of numbers"),
        (
            "[speakers.Anna]\naliases = ['Bo']\n[speakers.bo]\nvoice = 'a'",
            "has 'bo' twice, for Anna and for bo",
        ),
        ("[speakers]\n'--' = 'a'", "is no name"),
        ("[languages]\n'french!' = 'a'", "is no language"),
        ("[voices]\nboys = ['a']", "There is no 'boys' in a cast"),
        ("[voices]\nmale = [1]", "must be a list of texts"),
        ("narrator = ''\n[speakers]\nAnna = 'a'\nAnna = 'b'", "is not TOML"),
        ("dialogue = 4", "must be a text"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence_that_says_where(text: str, said: str) -> None:
    with pytest.raises(CastError) as refused:
        parse_cast(text.encode(), "c.toml")
    message = str(refused.value)
    assert said in message
    assert "c.toml" in message
    assert "\n" not in message.strip()


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(CastError, match="not UTF-8"):
        parse_cast(b"\xff\xfe\x00", "c.toml")


def test_speakers_without_a_voice_share_those_of_their_gender_in_the_order_they_come() -> None:
    cast = Cast(male=("m1", "m2"), others=("o1", "o2"), parts=(Part("Abe", Manner("own")),))
    genders = {"Abe": "male", "Ben": "male", "Cal": "male"}
    speakers = ("Abe", "Ben", "Dee", "Cal", "Eve")
    assert [cast.shared(genders, speakers)[name] for name in ("Ben", "Cal")] == ["m2", "m1"]
    # Giving Abe another voice, or none, moves nobody.
    other = Cast(male=("m1", "m2"), others=("o1", "o2"))
    assert [other.shared(genders, speakers)[name] for name in ("Ben", "Cal")] == ["m2", "m1"]
