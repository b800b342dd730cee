"""``voxpress review``: going through what is in doubt, one passage after the other, by ear."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.flags import Json, Quiet, context_of
from cli.jobs import Job, make_again
from cli.output import reports_errors, say, write_json
from pipeline.errors import LexiconError, StorageError
from pipeline.model import Word
from pipeline.script.lexicon import Entry
from storage.rows import Production
from tasks.context import Context
from tasks.remarks import Remark, remarks_of
from tasks.reviewing import (
    Doubtful,
    accept,
    accept_remark,
    doubtful_chunks,
    refuse_while_busy,
    say_otherwise,
)

PLAYERS = (
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("afplay",),
    ("paplay",),
    ("aplay", "-q"),
    ("play", "-q"),
)
"""Programs that play a WAV file and end: of ffmpeg, macOS, PulseAudio, ALSA, SoX. The first one is taken."""
KEYS = "p play, a accept, r retry, e edit how it is said, s skip, q quit"
KEYS_FOR_ALL = "a accept, s skip, q quit"
"""Of the book as a whole there is nothing to play, and nothing that another try would change."""


@reports_errors
def review(job: Job, as_json: Json = False, quiet: Quiet = False) -> None:
    """Go through what is in doubt: listen, then accept it, have it spoken again, or edit how it is said."""
    context = context_of({})
    production = context.store.catalog.get(job)
    found = list(doubtful_chunks(context, production))
    remarks = remarks_of(context, production).found
    if as_json:
        doubts = [*map(_remark_as_dict, remarks), *(one for item in found for one in _as_dicts(item))]
        write_json({"job": production.id, "doubts": doubts})
        return
    refuse_while_busy(production)
    if not found and not remarks:
        say("Nothing is in doubt.")
        return
    outcome = _walk(context, production, remarks, found)
    for line in outcome.lines():
        say(line)
    if not outcome.changes:
        return
    if outcome.entries:
        production = say_otherwise(context, production, outcome.entries)
    if outcome.left:
        say(f"'voxpress retry {production.id}{' --doubts' * bool(outcome.again)}' makes the edition anew.")
        return
    make_again(context, production, quiet=quiet, as_json=False, doubts=True, only=outcome.again)


@dataclass
class _Outcome:
    """What was decided."""

    accepted: int = 0
    again: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    left: bool = False
    """Quit before the end."""

    @property
    def changes(self) -> bool:
        """Whether the edition is not what it would be now."""
        return bool(self.accepted or self.again or self.entries)

    def lines(self) -> Iterator[str]:
        """The decisions in words."""
        yield f"Accepted: {self.accepted}. To be spoken again: {len(self.again)}."


def _walk(
    context: Context, production: Production, remarks: Sequence[Remark], found: Sequence[Doubtful]
) -> _Outcome:
    outcome, count = _Outcome(), len(remarks) + len(found)
    for number, remark in enumerate(remarks, start=1):
        print()
        about = f"Chapter “{remark.chapter}”" if remark.chapter else "The book as a whole"
        print(f"{number} of {count}. {about}.")
        print(f"Fault: {remark.fault}. {remark.said}")
        if not _decide_on_all(context, production, remark, outcome):
            outcome.left = True
            return outcome
    for number, item in enumerate(found, start=len(remarks) + 1):
        print()
        print(f"{number} of {count}. Chapter “{item.chapter.title}”.")
        for doubt in item.doubts:
            print(f"Fault: {doubt.fault}. {doubt.text}")
        print(f"Text: {marked(item.chunk.words, item.places)}")
        if not _decide(context, production, item, outcome):
            outcome.left = True
            break
    return outcome


def _decide_on_all(context: Context, production: Production, remark: Remark, outcome: _Outcome) -> bool:
    """Ask what is to be said of something that is about no passage; False for quit."""
    while True:
        key = _ask(f"{KEYS_FOR_ALL}: ").strip().lower()[:1]
        if key in ("q", "s"):
            return key == "s"
        if key == "a":
            accept_remark(context, production, remark)
            outcome.accepted += 1
            print("Accepted.")
            return True


def _decide(context: Context, production: Production, item: Doubtful, outcome: _Outcome) -> bool:
    """Ask until something is decided about a passage; False for quit."""
    while True:
        key = _ask(f"{KEYS}: ").strip().lower()[:1]
        if key == "q":
            return False
        if key == "s":
            return True
        if key == "p":
            _play(item.audio)
        elif key == "a" and item.spoken:
            accept(context, production, item.row)
            outcome.accepted += 1
            print("Accepted.")
            return True
        elif key == "a":
            print("There is nothing to accept: nobody could speak it.")
        elif key == "r":
            outcome.again.add(item.row.take_key)
            print("It will be spoken again.")
            return True
        elif key == "e":
            entry = _edit(context, production, item)
            if entry:
                outcome.entries.append(entry)
                return True


def _edit(context: Context, production: Production, item: Doubtful) -> Entry | None:
    """Ask how a word is said, and write that into a lexicon; None when nothing was entered."""
    word = " ".join(_ask("Which word or words, as printed (empty: none): ").split())
    if not word:
        return None
    spoken = next((one.spoken for one in item.chunk.words if one.text == word), "")
    said = " ".join(_ask(f"How it is said{f' (now “{spoken}”)' if spoken else ''}, or /IPA/: ").split())
    if not said:
        return None
    is_ipa = len(said) > 2 and said[0] == said[-1] == "/"
    entry = Entry(word, ipa=said[1:-1]) if is_ipa else Entry(word, say=said)
    path = keep_entry(entry, lexicon_path(context, production))
    print(f"Written into {path}.")
    return entry


def lexicon_path(context: Context, production: Production) -> Path:
    """The lexicon that holds for a production's source: beside it, or the user's own where it is no file here."""
    from storage.settings import user_folder
    from tasks.lexicons import LEXICON_NAME, OWN_SUFFIXES

    source = Path(production.source)
    if source.is_file():
        return source.parent / f"{source.stem}{OWN_SUFFIXES[0]}"
    return user_folder(context.settings.home) / LEXICON_NAME


def keep_entry(entry: Entry, path: Path) -> Path:
    """Add an entry to a lexicon file, making it if need be. Raises ``LexiconError``, ``StorageError``."""
    from pipeline.script.lexicon.files import parse_lexicon, write_toml

    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        text = f"{before.rstrip()}\n\n{write_toml([entry])}".lstrip()
        parse_lexicon(text.encode(), str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(path.name + ".new")
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise StorageError(
            f"The lexicon {path} cannot be written ({error.strerror}): make it writable, then review again."
        ) from error
    except UnicodeDecodeError as error:
        raise LexiconError(f"The lexicon {path} is not UTF-8: save it as that, then review again.") from error
    return path


def marked(words: tuple[Word, ...], places: frozenset[int]) -> str:
    """The text with square brackets around the runs of words that are in doubt; none where all are."""
    if len(places) == len(words):
        places = frozenset()
    pieces: list[str] = []
    for place, word in enumerate(words):
        text = word.text
        if place in places and place - 1 not in places:
            text = "[" + text
        if place in places and place + 1 not in places:
            text += "]"
        pieces += ["" if word.joined or not place else " ", text]
    return "".join(pieces)


def _play(audio: Path | None, run: Callable[..., Any] = subprocess.run) -> None:
    if audio is None:
        print("There is nothing to play: nobody could speak it.")
        return
    player = next((words for words in PLAYERS if shutil.which(words[0])), None)
    if player is None:
        print(f"No player was found (ffplay, paplay, aplay ...): the sound is in {audio}")
        return
    ended = run([*player, str(audio)], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ended.returncode:
        print(f"{player[0]} could not play it: the sound is in {audio}")


def _ask(question: str) -> str:
    """A line from the terminal; its end counts as ``q``."""
    try:
        return input(question)
    except EOFError:
        print()
        return "q"


def _as_dicts(item: Doubtful) -> Iterator[dict[str, object]]:
    from tasks.doubts import text_in_doubt

    for doubt in item.doubts:
        yield {
            "chapter": item.chapter.title,
            "text": text_in_doubt(item.chunk, doubt),
            "passage": item.chunk.text,
            "fault": doubt.fault,
            "said": doubt.text,
            "audio": str(item.audio) if item.audio else None,
        }


def _remark_as_dict(remark: Remark) -> dict[str, object]:
    return {
        "chapter": remark.chapter,
        "text": "",
        "passage": "",
        "fault": remark.fault,
        "said": remark.said,
        "audio": None,
    }
