"""``voxpress speakable``: how a text is spoken."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.flags import Json
from cli.output import out, reports_errors, write_json
from pipeline.script.sentences import split_sentences
from pipeline.script.spoken import explain_words
from pipeline.script.words import display_words, speak_text, split_words


@reports_errors
def speakable(
    text: Annotated[
        str,
        typer.Argument(metavar="[TEXT|-]", help="The text; without it, or with -, standard input is read."),
    ] = "-",
    language: Annotated[str, typer.Option("--language", help="Language of the text (BCP 47).")] = "en",
    as_json: Json = False,
) -> None:
    """Show how TEXT is spoken: what engines are given for its numbers, abbreviations and symbols.

    With --json, word by word: what is displayed, what is said for it, and which kinds of rules had a part in it.
    """
    source = sys.stdin.read() if text == "-" else text
    if not as_json:
        for line in source.splitlines():
            out.print(speak_text(line, language), markup=False)
        return
    words = []
    for line in source.splitlines():
        for sentence in split_sentences(" ".join(line.split()), language):
            texts, joins = display_words(sentence)
            explained = explain_words(texts, language, joins)
            for word, said in zip(split_words(sentence, language), explained, strict=True):
                words.append({"text": word.text, "spoken": word.spoken, "kinds": list(said.kinds)})
    spoken = "\n".join(speak_text(line, language) for line in source.splitlines())
    write_json({"language": language, "text": source, "spoken": spoken, "words": words})
