"""A natural voice is offered to somebody who has none but espeak's for a language.

Before the work, when a person is there and the list of voices answers at once: with name, size and licence, and
nobody is asked twice about a language. Otherwise a line at the end says how to get one.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cli.output import err, say
from pipeline.errors import VoiceNotFound, VoxpressError
from pipeline.speech.registry import AUTO, all_voices, open_engine
from tasks.offers import elsewhere, find_voice

if TYPE_CHECKING:
    from pipeline.speech.recommend import Proposal
    from storage.rows import Production
    from tasks.context import Context

log = logging.getLogger(__name__)

LIST_SECONDS = 3.0
"""How long the list of voices may take to answer: it was not asked for, so it may not be waited for."""
DECLINED = "declined"
"""In the folder of voices: a line for each language that was said no to."""
LAST_RESORT = "espeak"

_Found = TypeVar("_Found")


def offer_voices(context: Context, wanted: Sequence[Production]) -> None:
    """Ask about a voice for the languages of productions that are about to begin; pull what is wanted."""
    if not _asks(context) or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    # No voice is begun yet, and none was chosen in a cast.
    fresh = [one for one in wanted if context.store.catalog.made(one.id).done == 0 and not one.settings.cast]
    languages = (_language(context, one, first=one is fresh[0]) for one in fresh)
    for language in dict.fromkeys(primary for tag in languages if (primary := tag.split("-")[0])):
        if _lacks_voice(context, language) and language not in _declined(context):
            _offer(context, language)


def tell_of_voices(context: Context, made: Sequence[Production]) -> None:
    """Where only espeak was there to speak, say how to get a natural voice."""
    if not _asks(context):
        return
    languages = {
        one.language.split("-")[0]
        for one in made
        if one.voice.startswith(f"{LAST_RESORT}:") and not one.settings.cast
    }
    for language in sorted(languages - _declined(context)):
        say(
            "Spoken by espeak, the voice that needs no download. For a natural one: 'voxpress voices list "
            f"--available --language {language}', then 'voxpress voices pull NAME', and run this again."
        )


def _asks(context: Context) -> bool:
    return not context.settings.offline and context.settings.production.voice.voice in ("", AUTO)


def _language(context: Context, production: Production, *, first: bool) -> str:
    """The language of a production, as far as it is known before the work; empty otherwise.

    Where there is no voice but espeak's for anything, the first source is read now; the work then finds it read.
    """
    known = production.settings.reading.language or production.language
    voices = chain(all_voices(context.engines), (one.offer.voice for one in elsewhere(context, shared=False)))
    if known or not first or any(voice.engine != LAST_RESORT for voice in voices):
        return known
    from tasks.holds import held
    from tasks.reading import ingest

    name = Path(production.source).name or production.source
    with suppress(VoxpressError):  # it will fail again, and be told, in its place
        with err.status(f"Reading {name}"), held(context, production.id):
            ingest(context, production)
        return context.store.catalog.get(production.id).language
    return ""


def _lacks_voice(context: Context, language: str) -> bool:
    try:
        return find_voice(context, AUTO, language, shared=False).voice.engine == LAST_RESORT
    except VoiceNotFound:
        return True


def _offer(context: Context, language: str) -> None:
    with err.status("Looking for a natural voice"):
        proposal = _within(LIST_SECONDS, lambda: _proposal(context, language))
    if proposal is None:
        return
    voice = proposal.voice
    facts = [f"{voice.quality} quality"] if voice.quality else []
    facts += [f"{voice.size / 1e6:.0f} MB", f"licence: {proposal.licence or 'see its model card'}"]
    say(f"No natural voice for “{language}” is here; {voice.id} can be pulled ({', '.join(facts)}).")
    answer = _answer("Pull it, and let it speak? [y/N] ")
    if answer is None:
        return
    if not answer:
        _decline(context, language)
        say(f"You are not asked again; 'voxpress voices pull {voice.id}' gets it at any time.")
        return
    from cli.voices import pull_shown, source_of

    try:
        pulled = pull_shown(voice.id, context.engines, source_of(context.settings))
    except VoxpressError as error:
        err.print(f"voxpress: {error}", markup=False, style="red")
        say("It goes on with espeak.")
        return
    say(f"{pulled.name} is installed.")


def _proposal(context: Context, language: str) -> Proposal | None:
    from cli.voices import source_of
    from pipeline.speech.recommend import propose

    open_engine("piper", context.engines)  # what cannot run here is not offered
    return propose(language, source_of(context.settings))


def _within(seconds: float, look: Callable[[], _Found]) -> _Found | None:
    """What ``look`` finds; None when that takes longer, or fails."""
    found: list[_Found] = []

    def run() -> None:
        try:
            found.append(look())
        except Exception:  # an offer that cannot be made is not missed
            log.debug("no voice can be offered", exc_info=True)

    # A daemon: a name server that does not answer holds up nobody's end.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None


def _answer(question: str) -> bool | None:
    """Yes or no; None when the terminal is gone."""
    err.print(question, end="", markup=False)
    said = sys.stdin.readline()
    return said.strip().lower() in ("y", "yes") if said else None


def _declined(context: Context) -> set[str]:
    try:
        return set((context.settings.voices_dir / DECLINED).read_text("utf-8").split())
    except FileNotFoundError:
        return set()


def _decline(context: Context, language: str) -> None:
    with (context.settings.voices_dir / DECLINED).open("a", encoding="utf-8") as file:
        file.write(f"{language}\n")
