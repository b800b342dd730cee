"""How long a text takes to read aloud, before anybody has read it."""

from __future__ import annotations

from pipeline.script.sentences import primary_language

WORDS_PER_MINUTE = {
    "ar": 94, "de": 122, "en": 155, "es": 148, "fi": 109, "fr": 133, "he": 127, "it": 128, "nl": 137,
    "pl": 113, "pt": 123, "ru": 125, "sl": 122, "sv": 135, "tr": 113,
}  # fmt: skip
"""English: 9,300 words make a finished hour, the rule of thumb of audiobook publishing. The others are in
proportion to the speeds of reading aloud in Trauzettel-Klosinski and Dietz, IOVS 53 (2012) 5452."""

CHARACTERS_PER_MINUTE = {"zh": 250, "yue": 250, "ja": 320, "th": 620, "lo": 620, "km": 620, "my": 620}
"""Languages without spaces between words. Chinese: 255 in the same study, which is the pace of a broadcast
too; Japanese: 357 there, less for narration; the others are a guess from the length of their texts."""

DEFAULT_WORDS_PER_MINUTE = 125


def estimated_seconds(characters: int, words: int, language: str) -> float:
    """Seconds of speech for a text of that many narrated characters and display words."""
    primary = primary_language(language)
    if primary in CHARACTERS_PER_MINUTE:
        return characters * 60 / CHARACTERS_PER_MINUTE[primary]
    return words * 60 / WORDS_PER_MINUTE.get(primary, DEFAULT_WORDS_PER_MINUTE)
