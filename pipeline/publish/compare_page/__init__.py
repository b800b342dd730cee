"""One page to listen to the same text in several voices, side by side.

It needs no network and no server: the audio stands in it as well, so it can be sent to somebody. Blind, the voices
are letters until the names are asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.model import Voice
from pipeline.publish.markup import direction, source_hash, written
from pipeline.publish.provenance import provenance_sentence

GRADES = ("bad", "poor", "fair", "good", "excellent")
"""The five categories of a listening test (ITU-T P.800, absolute category rating), from 1 to 5."""


@dataclass(frozen=True, eq=False)
class Contender:
    """A voice, and how it says the text."""

    voice: Voice
    audio: bytes
    """MP3."""
    seconds: float
    starts: tuple[float, ...]
    """Seconds at which each sentence begins."""
    notes: tuple[str, ...] = ()
    """What is in doubt, a sentence each."""
    commercial: bool = True
    """Whether what it speaks may be sold."""


def page(
    sentences: Sequence[str], language: str, contenders: Sequence[Contender], *, blind: bool = False
) -> str:
    """The page. ``sentences`` are those of the text, in the order of ``Contender.starts``; contenders in theirs."""
    style, script = _asset("compare.css"), _asset("compare.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; media-src data:;"
        f" style-src {source_hash(style)}; script-src {source_hash(script)}"
    )
    cards = "".join(_card(number, one, blind=blind) for number, one in enumerate(contenders))
    reveal = '<p><button type="button" id="reveal">Show the names</button></p>' if blind else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{len(contenders)} voices compared</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{len(contenders)} voices, one text</h1>"
        "<p>All are equally loud. Click a sentence to hear it; a number key goes on with it in the voice of that"
        " number.</p></header>\n"
        f"<main>{_text(sentences, language)}"
        f'<section aria-labelledby="voices"><h2 id="voices">Voices</h2>{reveal}<ol class="voices">{cards}</ol>'
        '<div id="result" aria-live="polite"></div></section></main>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _text(sentences: Sequence[str], language: str) -> str:
    buttons = " ".join(
        f'<button type="button" class="sentence" data-sentence="{number}">{written(sentence)}</button>'
        for number, sentence in enumerate(sentences)
    )
    return (
        f'<section aria-labelledby="text"><h2 id="text">Text</h2><div class="text" lang="{written(language)}"'
        f' dir="{direction(language)}">{buttons}</div></section>'
    )


def _card(number: int, one: Contender, *, blind: bool) -> str:
    voice, letter = one.voice, chr(ord("A") + number)
    shown = f"Voice {letter}" if blind else voice.name
    audio = base64.b64encode(one.audio).decode()
    grades = "".join(
        f'<label><input type="radio" name="grade{number}" value="{grade}"> {grade} {name}</label>'
        for grade, name in enumerate(GRADES, start=1)
    )
    return (
        f'<li class="voice" data-name="{written(voice.name)}" data-starts="{written(json.dumps(one.starts))}">'
        f'<h3><span class="number">{number + 1}</span> <span class="shown">{written(shown)}</span></h3>'
        f'<audio controls preload="auto" aria-label="{written(shown)}" src="data:audio/mpeg;base64,{audio}"></audio>'
        f"<fieldset><legend>How it sounds</legend>{grades}</fieldset>"
        f'<div class="about"{" hidden" if blind else ""}>{_about(one)}</div></li>'
    )


def _about(one: Contender) -> str:
    voice = one.voice
    said = [f"{', '.join(voice.languages)}; {one.seconds:.1f} s"]
    if voice.licence:
        said.append(f"Licence: {voice.licence}")
    if not one.commercial:
        said.append("What it speaks may not be sold.")
    if voice.consent:
        said.append(provenance_sentence([voice]))
    said += one.notes
    return "".join(f"<p>{written(line)}</p>" for line in said)


@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
