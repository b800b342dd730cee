"""``voxpress speakable``: how a text is spoken."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.flags import Json, Lexicons
from cli.output import out, reports_errors, write_json
from pipeline.script.lexicon import Lexicon
from pipeline.script.lexicon.files import homographs, read_lexicon
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
    lexicons: Lexicons = None,
    as_json: Json = False,
) -> None:
    """Show how TEXT is spoken: what engines are given for its numbers, abbreviations, symbols and homographs.

    With --json, word by word: what is displayed, what is said for it (in IPA where a lexicon says so), and which
    kinds of rules had a part in it.
    """
    lexicon = Lexicon((*homographs(), *(entry for path in lexicons or () for entry in read_lexicon(path))))
    source = sys.stdin.read() if text == "-" else text
    if not as_json:
        for line in source.splitlines():
            out.print(speak_text(line, language, lexicon), markup=False)
        return
    words = []
    for line in source.splitlines():
        for sentence in split_sentences(" ".join(line.split()), language):
            texts, joins = display_words(sentence)
            explained = explain_words(texts, language, joins)
            told = lexicon.apply(texts, joins, language)
            shown = split_words(sentence, language, lexicon=lexicon)
            for index, (word, said) in enumerate(zip(shown, explained, strict=True)):
                kinds = ["lexicon"] if index in told else list(said.kinds)
                ipa = {"ipa": word.ipa} if word.ipa else {}
                words.append({"text": word.text, "spoken": word.spoken, **ipa, "kinds": kinds})
    spoken = "\n".join(speak_text(line, language, lexicon) for line in source.splitlines())
    write_json({"language": language, "text": source, "spoken": spoken, "words": words})
