"""The cast of a production: kept like its lexicon, and made into who reads what of each chapter.

A cast file is read where a production is opened, by whoever asks for it; what is in it goes into the store under a
key, and the key into the production's settings. Of a cast only what can matter in a chapter is part of the key of
that chapter's script: another voice for one speaker is another script where they speak, and other takes of their
words alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.errors import BlobCorrupt, BlobMissing, CastError, SettingsError, VoiceNotFound
from pipeline.model import Block, Chapter
from pipeline.script.casting.attribution import Ask, Found, attribute
from pipeline.script.casting.cast import FEMALE, MALE, NARRATOR, Cast, Manner, Part
from pipeline.script.casting.files import read_cast
from pipeline.script.casting.model import Reader as Asked
from pipeline.script.casting.proposal import LEAST_LINES, Proposal, Speaker, suggest
from pipeline.script.casting.readers import Casting, Reader
from pipeline.script.casting.rules import gender_of
from pipeline.script.lexicon import Lexicon
from pipeline.script.sentences import primary_language
from pipeline.script.tongues import is_phrase
from pipeline.serial import dump, load
from pipeline.settings import Host, ProductionSettings
from pipeline.speech.offers import Offer
from pipeline.speech.registry import all_voices, engine_names, with_variants
from pipeline.speech.voices import language_match
from storage.rows import Production
from storage.settings import Settings
from tasks.answers import Answers, local_model
from tasks.context import Context
from tasks.journal import JOURNAL
from tasks.keys import cast_key, quotations_key
from tasks.offers import elsewhere, find_voice, is_known

if TYPE_CHECKING:  # commands that only look import no catalog
    from storage.store import Store

log = logging.getLogger(__name__)

Finder = Callable[[Chapter, str, Cast], Found]
"""Finds out who says what in a chapter in a language (BCP 47)."""


CAST_NAME = "cast.toml"
"""In a drop folder: the cast of all sources there."""


def cast_for(settings: ProductionSettings, path: Path | None = None) -> Cast | None:
    """The cast in a file that was named, here or in the settings. Raises ``CastError``."""
    named = path or (Path(settings.casting.cast) if settings.casting.cast else None)
    return read_cast(named.expanduser()) if named else None


def check_cast(context: Context, cast: Cast | None, *, shared: bool = False) -> None:
    """Refuse a cast that names a voice there is not. Raises ``VoiceNotFound`` and ``EngineUnavailable``.

    The voices of ``shared`` productions may be on other hosts: only those of engines that are here are looked for.
    """
    for name in cast.voices() if cast else ():
        engine = name.partition(":")[0]
        if shared and not is_known(context, engine, shared=True):
            continue
        try:
            find_voice(context, name, "en", shared=shared)
        except VoiceNotFound as error:
            raise VoiceNotFound(f"The cast names a voice that is not here. {error}") from error


def keep_cast(context: Context, cast: Cast | None) -> str:
    """Keep a cast for a production; its key, empty where there is none."""
    if cast is None:
        return ""
    key = cast_key(cast)
    if context.store.recall(key) is None:
        context.store.keep(key, "cast", dump(cast))
    return key


def kept_cast(context: Context, production: Production) -> Cast | None:
    """The cast of a production. Raises ``BlobMissing`` and ``BlobCorrupt``."""
    key = production.settings.cast
    if not key:
        return None
    kept = context.store.recall(key)
    if kept is None:
        raise BlobMissing(f"The cast of {production.source} is gone from the store: run the command again.")
    try:
        return load(Cast, context.store.blobs.local_path(kept.digest).read_bytes())
    except ValidationError as error:
        context.store.forget(key)
        raise BlobCorrupt(
            f"The cast of {production.source} is damaged in the store: run the command again."
        ) from error


def narrator_of(settings: ProductionSettings, cast: Cast | None) -> str:
    """The voice that reads what nobody else says, as ``find_voice`` takes it."""
    return (cast.narrator.voice if cast else "") or settings.voice.voice


@dataclass
class Players:
    """The readers of a production: its narrator, and all others as they are asked for."""

    context: Context
    production: Production
    narrator: Offer
    lexicon: Lexicon
    """The whole one of the production."""
    cast: Cast | None
    found: Sequence[Found]
    """Who says what, for each chapter of the book."""
    _speakers: tuple[str, ...] = ()
    _genders: dict[str, str] = field(default_factory=dict)
    _shared: dict[str, str] = field(default_factory=dict)
    _offers: dict[tuple[str, str], Offer | None] = field(default_factory=dict)
    _by_name: dict[str, Offer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put together what is known of the speakers of the whole book."""
        self._speakers = tuple(dict.fromkeys(name for one in self.found for name in one.speakers() if name))
        for one in self.found:
            for name, gender in one.genders.items():
                self._genders.setdefault(name, gender)
        for part in self.cast.parts if self.cast else ():
            if part.gender:
                self._genders[part.name] = part.gender
        self._shared = (self.cast or Cast()).shared(self._genders, self._speakers)
        self._by_name[self.narrator.voice.name] = self.narrator

    def offer(self, name: str) -> Offer:
        """A voice by its full name; one of a script that was kept is looked for. Raises ``CastError``."""
        return self._by_name.get(name) or self._offer(name, self.production.language)

    def casting(self, chapter: Chapter, place: int) -> Casting | None:
        """Who reads what of a chapter, the ``place``-th of the book; None where the narrator reads all of it."""
        found = self.found[place] if place < len(self.found) else Found()
        language, cast = self.production.language, self.cast or Cast()
        narrator = self._reader(chapter, cast.narrator, self.narrator, language)
        speakers = {name: self._speaker(chapter, cast, name, narrator, language) for name in found.speakers()}
        tongues = {
            name: part.manner.language
            for name in found.speakers()
            if (part := cast.part(name)) and part.manner.language
        }
        directions = None
        if cast.directions and found.has_directions():
            directions = self._reader(
                chapter, Manner(cast.directions), self._offer(cast.directions, language), language
            )
        readers = [narrator, *speakers.values()]
        made = Casting(
            narrator=narrator,
            lines=found.lines if any(found.lines) else (),
            speakers=speakers,
            directions=directions,
            tongues=tongues,
            languages=self._languages(chapter, cast, readers, tongues.values()),
            names=self.production.settings.casting.names,
        )
        return made if made.inputs() else None

    def _speaker(self, chapter: Chapter, cast: Cast, name: str, narrator: Reader, language: str) -> Reader:
        part = cast.part(name)
        manner = part.manner if part else Manner()
        wanted = manner.voice
        if not wanted and name == NARRATOR:
            wanted = cast.dialogue
        elif not wanted and not part and (named := self._named_by_tag(name, language)):
            return self._reader(chapter, manner, named, language)
        elif not wanted:
            wanted = self._shared.get(name, cast.dialogue)
        voice = self._offer(wanted, manner.language or language) if wanted else self.narrator
        if not wanted and not manner.rate and not manner.parameters:
            return narrator
        return self._reader(chapter, manner, voice, manner.language or language)

    def _named_by_tag(self, name: str, language: str) -> Offer | None:
        """The voice that a tag in the text calls by its full name, ``[voice: espeak:en-gb]``."""
        if name.partition(":")[0] not in engine_names(hidden=True) or ":" not in name:
            return None
        return self._offer(name, language)

    def _languages(
        self, chapter: Chapter, cast: Cast, readers: Sequence[Reader], more: Iterable[str]
    ) -> dict[str, Reader]:
        """Voices for the languages of a chapter's passages that one of its readers does not speak."""
        tags = dict.fromkeys(tag for block in chapter.blocks for tag in _languages_of(block))
        made: dict[str, Reader] = {}
        for tag in dict.fromkeys((*tags, *more)):
            if all(language_match(reader.voice.languages, tag) for reader in readers):
                continue
            wanted = _for_language(cast, tag)
            if wanted:
                voice: Offer | None = self._offer(wanted, tag)
            elif self.production.settings.casting.passages:
                voice = self._any_voice(tag)
            else:
                voice = None
            if voice is not None:
                made[tag] = self._reader(chapter, Manner(), voice, tag)
        return made

    def _any_voice(self, tag: str) -> Offer | None:
        """The best voice here for a language: of the narrator's engine where that has one."""
        key = ("", tag)
        if key not in self._offers:
            self._offers[key] = None
            for wanted in (self.narrator.voice.engine, "auto"):
                try:
                    self._offers[key] = self._found(wanted, tag)
                    break
                except VoiceNotFound:
                    continue
        return self._offers[key]

    def _found(self, wanted: str, language: str) -> Offer:
        offer = find_voice(self.context, wanted, language, shared=self.production.shared)
        return self._by_name.setdefault(offer.voice.name, offer)

    def _offer(self, wanted: str, language: str) -> Offer:
        key = (wanted, language)
        found = self._offers.get(key)
        if found is None:
            try:
                found = self._offers[key] = self._found(wanted, language)
            except VoiceNotFound as error:
                raise CastError(f"The cast names a voice that is not here. {error}") from error
        return found

    def _reader(self, chapter: Chapter, manner: Manner, offer: Offer, language: str) -> Reader:
        voice, limits = offer.voice, offer.limits_in(language)
        lexicon = self.lexicon.for_text(chapter.text, voice.engine, ipa=limits.ipa)
        return Reader(voice, limits, lexicon, manner.rate, manner.parameters)


def players(
    context: Context,
    production: Production,
    narrator: Offer,
    lexicon: Lexicon,
    chapters: Iterator[Chapter],
    hosts: Sequence[Host] = (),
) -> Players:
    """The readers of a production. ``chapters`` are read once, and only where there is somebody to be found.

    ``hosts`` are those of a conversation: the cast has a voice for each.
    """
    cast = kept_cast(context, production)
    if hosts:
        cast = with_hosts(context, production, cast or Cast(), hosts, narrator)
    found: list[Found] = []
    if cast is not None or production.settings.reading.voice_tags:
        keys: list[str] = []
        find = finder(context.settings, production.settings.casting.quotes, context.store, keys)
        found = [find(chapter, production.language, cast or Cast()) for chapter in chapters]
        if cast is not None:
            keys += _keep_quotations(context, production, found)
        context.store.catalog.set_needs(production.id, keys, replace=False)
        _tell(production, cast, found)
    return Players(context, production, narrator, lexicon, cast, found)


def with_hosts(
    context: Context, production: Production, cast: Cast, hosts: Sequence[Host], narrator: Offer
) -> Cast:
    """``cast`` with a voice for each host of a conversation who has none in it.

    Of those for whom none is named one has the narrator's, who says nothing else there: the first whose name fits
    it, as far as names tell. All others get one that nobody else has, where there are so many.
    """
    named = {host.name: part for host in hosts if (part := cast.part(host.name)) and part.manner.voice}
    voices = {host.name: host.voice for host in hosts if host.voice and host.name not in named}
    tongue = primary_language(production.language)
    genders = {host.name: gender_of(host.name, tongue)[0] for host in hosts}
    without = [host.name for host in hosts if host.name not in named and host.name not in voices]
    taken = {*voices.values(), *(part.manner.voice for part in named.values())}
    if without and narrator.voice.name not in taken:
        own = narrator.voice.gender
        first = next((name for name in without if own and genders[name] == own), without[0])
        voices[first] = narrator.voice.name
        without.remove(first)
    if without:
        voices |= _others(context, production, {name: genders[name] for name in without}, taken, narrator)
    parts = tuple(Part(name, Manner(voice)) for name, voice in voices.items())
    kept = tuple(part for part in cast.parts if part not in [cast.part(name) for name in voices])
    return replace(cast, parts=(*kept, *parts))


def _others(
    context: Context,
    production: Production,
    genders: Mapping[str, str],
    taken: Collection[str],
    narrator: Offer,
) -> dict[str, str]:
    """Voices for hosts that others do not have, by name: of their gender where names tell, else of another than
    the one before."""
    language, found = production.language, {}
    offered = [one.offer.voice for one in elsewhere(context, shared=production.shared) if one.place.alive]
    voices = [*with_variants(all_voices(context.engines), language, context.engines), *offered]
    free = [voice for voice in voices if voice.name not in taken]
    before = narrator.voice.gender
    for name, known in genders.items():
        before = known or {MALE: FEMALE, FEMALE: MALE}.get(before, "")
        speaker = Speaker(name, lines=LEAST_LINES, gender=before)
        suggest(Proposal([speaker]), free, narrator.voice, language)
        found[name] = speaker.voice or narrator.voice.name
        free = [voice for voice in free if voice.name != speaker.voice]
    return found


def finder(
    settings: Settings, quotes: str, store: Store | None = None, keys: list[str] | None = None
) -> Finder:
    """Who finds out who says what: the rules, with the local language model where that is asked for.

    The model's answers are kept in ``store``; ``keys`` gets theirs. Raises ``SettingsError`` where ``quotes`` is
    ``model`` and the settings name none.
    """
    ask: Ask | None = None
    if quotes == "model":
        if not (settings.llm_url and settings.llm_model):
            raise SettingsError(
                "casting.quotes is 'model', but no model is named: set llm_url and llm_model, or use 'rules'."
            )
        local = local_model(settings)
        shelf = Answers("speakers", store, keys if keys is not None else [])
        ask = Asked(local.ask, local.model, settings.llm_context, shelf.recall, shelf.keep).speakers
    return lambda chapter, language, cast: attribute(chapter, language, cast, quotes=quotes != "off", ask=ask)


@dataclass(frozen=True, slots=True)
class Quotations:
    """What became of a book's quotations, in numbers."""

    found: int
    by_rules: int
    """Given to speakers by rules; those of the one who tells the story are among them."""
    by_model: int
    """Given to speakers by the local language model."""

    @property
    def unknown(self) -> int:
        """Nobody knows whose they are."""
        return self.found - self.by_rules - self.by_model


def kept_quotations(context: Context, production: Production) -> Quotations | None:
    """What became of the quotations of a production with a cast; None where there are none."""
    kept = context.store.recall(quotations_key(production)) if production.settings.cast else None
    return load(Quotations, kept.detail) if kept else None


def _keep_quotations(context: Context, production: Production, found: Sequence[Found]) -> list[str]:
    key, quotes = quotations_key(production), sum(one.quotes for one in found)
    if not quotes:
        context.store.forget(key)
        return []
    by_model = sum(one.told for one in found)
    by_rules = quotes - by_model - sum(one.unsure for one in found)
    context.store.keep(key, "quotations", b"{}", dump(Quotations(quotes, by_rules, by_model)))
    return [key]


def _tell(production: Production, cast: Cast | None, found: Sequence[Found]) -> None:
    """Say in the journal what a cast came to, in numbers."""
    quotes, unsure = sum(one.quotes for one in found), sum(one.unsure for one in found)
    if quotes:
        log.info("%s of %s quotations were given to speakers", quotes - unsure, quotes, extra=JOURNAL)
    heard = {name for one in found for name in one.speakers()}
    silent = [part.name for part in cast.parts if part.name not in heard] if cast else []
    if silent:
        log.info("in the cast, but nothing is theirs to say: %s", ", ".join(silent), extra=JOURNAL)


def _languages_of(block: Block) -> Iterator[str]:
    if block.language and not is_phrase(block.text):
        yield block.language
    yield from (passage.language for passage in block.passages)


def _for_language(cast: Cast, tag: str) -> str:
    """The voice that the cast has for a language, for the nearest tag of those that match."""
    voices = dict(cast.languages)
    ranked = [(language_match((own,), tag), own) for own in voices]
    best = max(ranked, default=(0, ""))
    return voices[best[1]] if best[0] else ""
