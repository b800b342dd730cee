"""Voice memos become episodes: their own sound is what is heard, and speech recognition writes the text.

Nothing of that is synthesised, so no graph is needed: the command does it itself. What comes of it is the same as for
every other episode, an edition that a row of the catalog names, and everything behind that (publishing, rebuilding,
removing, listing) does not know the difference. A memo is kept in the state folder under the hash of its bytes: the
same recording is the same episode wherever it lies and whatever it is called. What was heard is kept section by
section, so that a command that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from pipeline.audio.codec import CODECS
from pipeline.errors import (
    AudioError,
    HearingError,
    HearingFailed,
    ProductionNotFound,
    SourceNotFound,
    SourceTooLarge,
)
from pipeline.hear.recogniser import LISTENING_RATE, Heard, Recogniser, TellsLanguage
from pipeline.ingest.language import tidy
from pipeline.limits import SOURCE_BYTES
from pipeline.model import Book, EncodedChapter, Metadata, Pcm, Segment, SourceInfo, SourceKind
from pipeline.notes.cleaning import Said, cleaned
from pipeline.notes.days import moment_of
from pipeline.notes.mastering import Accompanied, lead_in, master
from pipeline.notes.recording import Survey, sections, span, survey
from pipeline.notes.told import VOICE, Told, tell
from pipeline.publish.edition import publish
from pipeline.publish.intact import is_intact
from pipeline.publish.plan import ChapterFiles, EditionPlan
from pipeline.script.sentences import primary_language
from pipeline.serial import dump, key_of, load
from pipeline.settings import ProductionSettings
from storage.productions import production_id
from storage.rows import Production, ProductionState
from storage.show_rows import ShowRow
from tasks import remarks
from tasks.adding import Added
from tasks.context import Context
from tasks.ears import recogniser_of
from tasks.episodes import publish_made
from tasks.holds import held
from tasks.keys import hearing_key
from tasks.mastering import encoder
from tasks.music import music_keys, score_in, with_music
from tasks.options import codecs
from tasks.shelf import keep_book
from tasks.shows import editions_of
from tasks.submission import Submission

log = logging.getLogger(__name__)

MEMO_VERSION = 1
"""Raised whenever the same recording would become another edition."""
SURE = 0.5
"""A language of which the recogniser is less sure is not taken: the show's is."""
MOSTLY_UNSURE = 0.3
"""From this part of its words on, the whole transcript is in doubt."""
SOURCE = "source"
"""Fault of what is in doubt of the whole."""
_PIECE = 1 << 20
_NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class _Memo:
    """A recording in the state folder."""

    path: Path
    name: str
    """Of the file as it was handed in."""
    sha256: str
    moment: datetime | None


@dataclass(frozen=True, slots=True)
class _Work:
    """How a memo is to become an episode."""

    row: ShowRow
    settings: ProductionSettings
    recogniser: Recogniser
    title: str
    language: str
    told: Callable[[str], None]


def add_memo(
    context: Context,
    row: ShowRow,
    path: Path,
    settings: ProductionSettings,
    *,
    title: str = "",
    language: str = "",
    told: Callable[[str], None] = lambda _: None,
) -> Added:
    """Make the episode of a recording, or find that it is there; ``told`` hears sentences about how far it is.

    ``language`` (BCP 47) is what is spoken; empty: the recogniser tells it. Raises ``RecogniserUnavailable`` without
    speech recognition, ``SourceNotFound``, ``SourceTooLarge``, ``AudioError`` for what is no recording of speech,
    ``HearingFailed``, ``PublishError``, ``ProductionBusy``.
    """
    recogniser = recogniser_of(context)
    settings = with_music(context, settings)
    memo = _kept(context, row, path)
    name = _name_of(context, row, memo, settings)
    spoken = [title, language, row.show.language, row.show.author or row.show.title]
    key = key_of(
        *("memo", MEMO_VERSION, memo.sha256, settings.audio, settings.publish, spoken),
        *(recogniser.revision, encoder()),
        *((settings.tracks, settings.music) if settings.tracks else ()),
    )
    catalog = context.store.catalog
    with held(context, name):
        made = _known(context, name)
        if made is None or made.edition_key != key or not is_intact(Path(made.edition_folder)):
            work = _Work(row, settings, recogniser, title, language, told)
            try:
                made = _make(context, memo, work, name, key)
            except (AudioError, HearingError, SourceTooLarge) as error:
                if _known(context, name) is None:
                    memo.path.unlink(missing_ok=True)
                raise type(error)(str(error).replace(memo.path.name, memo.name)) from error
        episode = catalog.take_episode(row.name, made, moment=memo.moment)
        if episode.edition_key != key:
            publish_made(context, made)
        state = ProductionState.DONE_WITH_DOUBTS if made.doubts else ProductionState.DONE
        catalog.set_state(name, state)
    episode = catalog.take_episode(row.name, made, revive=False)  # as it is by now
    return Added(episode, Submission(catalog.get(name), up_to_date=True))


def _kept(context: Context, row: ShowRow, path: Path) -> _Memo:
    """A copy in the state folder, under the hash of its bytes."""
    folder = context.settings.notes_dir / row.name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".memo.") as copy:
        try:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    size += len(piece)
                    if size > SOURCE_BYTES:
                        raise SourceTooLarge(
                            f"{path} has more than {SOURCE_BYTES // 2**20} MiB: encode it, for example as Opus."
                        )
                    digest.update(piece)
                    copy.write(piece)
        except OSError as error:
            raise SourceNotFound(f"{path} cannot be read: {error.strerror}.") from error
        copy.flush()
        sha256 = digest.hexdigest()
        kept = folder / f"{sha256[:_NAME_DIGITS]}{path.suffix.lower()}"
        kept = next(folder.glob(f"{sha256[:_NAME_DIGITS]}.*"), kept)
        if not kept.exists() or kept.stat().st_size != size:
            Path(copy.name).replace(kept)
            Path(copy.name).touch()  # it is removed on leaving
    return _Memo(kept, path.name, sha256, moment_of("", path.expanduser().absolute()))


def _name_of(context: Context, row: ShowRow, memo: _Memo, settings: ProductionSettings) -> str:
    """The name of its production: that of its episode, if there is one, whatever the settings were then."""
    for episode in context.store.catalog.episodes(row.name):
        if episode.source == str(memo.path):
            return episode.production_id
    return production_id(str(memo.path), str(editions_of(context.settings, row.name)), settings)


def _known(context: Context, name: str) -> Production | None:
    try:
        return context.store.catalog.get(name)
    except ProductionNotFound:
        return None


def _make(context: Context, memo: _Memo, work: _Work, name: str, key: str) -> Production:
    """Listen, write, encode, publish the edition; then the catalog is told."""
    row, settings = work.row, work.settings
    measured = survey(memo.path)
    minutes = measured.seconds / 60
    if row.making.max_minutes and minutes > row.making.max_minutes:
        raise SourceTooLarge(
            f"{memo.name} is {minutes:.0f} minutes long, and the show {row.name!r} takes {row.making.max_minutes:g}: "
            f"'voxpress feed set {row.name} --max-minutes {minutes + 1:.0f}' lets it in."
        )
    heard, language, keys = _heard(context, memo, measured, work)
    words = cleaned(heard, language)
    if not words:
        raise HearingFailed(f"No words are heard in {memo.path.name}: hand in a recording of speech.")
    text = tell(
        words, span(measured), measured.seconds, language, title=work.title, heard_by=work.recogniser.name
    )
    about = Metadata(
        title=text.title,
        authors=(row.show.author,) if row.show.author else (),
        language=language,
        published=f"{memo.moment:%Y-%m-%d}" if memo.moment else "",
    )
    music = _music(context, text, settings)
    info = SourceInfo(SourceKind.RECORDING, str(memo.path), memo.sha256)
    doubts = _doubts(words)
    work.told("encoding")
    with tempfile.TemporaryDirectory(dir=context.store.blobs.temp_dir, prefix="memo-") as folder:
        plan = EditionPlan(
            metadata=about,
            source=info,
            cover=None,
            narrator=row.show.author or row.show.title,
            chapters=_encoded(memo, measured, text, music, settings, Path(folder)),
            settings=settings,
            report=_report(name, doubts, work.recogniser),
            texts=text.chapters,
        )
        edition = publish(plan, editions_of(context.settings, row.name))
    book_key = key_of("memo-book", MEMO_VERSION, key)
    _, pieces = keep_book(context.store, book_key, Book(info, about, text.chapters, doubts=doubts))
    doubts = (*doubts, *edition.doubts)
    catalog = context.store.catalog
    if _known(context, name) is None:
        catalog.open_production(str(memo.path), str(editions_of(context.settings, row.name)), settings)
    catalog.set_needs(name, [*pieces, *keys, *music_keys(context, settings)], replace=True)
    catalog.reset_for_run(
        name,
        settings=json.loads(dump(settings)),
        title=text.title,
        author=row.show.author,
        language=language,
        voice=VOICE,
        source_sha256=memo.sha256,
        source_kind=SourceKind.RECORDING.value,
        book_key=book_key,
        edition_key=key,
        edition_folder=str(edition.folder),
        audio_seconds=edition.duration,
        words=len(words),
        chapters=len(text.chapters),
        doubts=len(doubts),
    )
    made = catalog.get(name)
    remarks.found(context, made, [remarks.Remark(SOURCE, said) for said in doubts])
    return made


def _heard(
    context: Context, memo: _Memo, measured: Survey, work: _Work
) -> tuple[list[Heard], str, list[str]]:
    """The words of the whole recording, the language, and the keys under which the words are kept."""
    every = sections(memo.path)
    at, first = next(every)
    language = work.language or _language(first, measured, work)
    if not work.recogniser.hears(language):
        raise HearingFailed(f"The model of {work.recogniser.name} does not know the language “{language}”.")
    words: list[Heard] = []
    keys = []
    for start, section in chain([(at, first)], every):
        work.told(f"listening, {start / measured.seconds:.0%}")
        digest = hashlib.sha256(section.tobytes()).hexdigest()
        key = hearing_key(digest, work.recogniser.revision, language)
        for word in _listened(context, key, section, language, work.recogniser):
            words.append(replace(word, start=word.start + start, end=word.end + start))
        keys.append(key)
    return words, language, keys


def _listened(
    context: Context, key: str, section: Pcm, language: str, recogniser: Recogniser
) -> tuple[Heard, ...]:
    """What is heard in a section: kept, or listened to now."""
    kept = context.store.recall(key)
    if kept is not None:
        try:
            return load(tuple[Heard, ...], context.store.blobs.local_path(kept.digest).read_bytes())
        except ValidationError:
            context.store.forget(key)
    heard = recogniser.transcribe(section, LISTENING_RATE, language)
    context.store.keep(key, "hearing", dump(heard, tuple[Heard, ...]))
    return heard


def _language(first: Pcm, measured: Survey, work: _Work) -> str:
    """What is spoken, by the recogniser; the show's where it cannot tell."""
    own = work.row.show.language
    if not isinstance(work.recogniser, TellsLanguage):
        return own
    begin = round(span(measured)[0] * LISTENING_RATE)
    speech = first[begin : begin + 30 * LISTENING_RATE]
    tag, sure = work.recogniser.language_of(speech, LISTENING_RATE)
    if sure < SURE:
        log.warning("The language is not sure (%s, %.0f %%), and %s is taken.", tag, 100 * sure, own)
        return own
    return own if primary_language(own) == primary_language(tag) else tidy(tag) or own


def _doubts(words: Sequence[Said]) -> tuple[str, ...]:
    unsure = sum(not word.sure for word in words)
    if unsure < MOSTLY_UNSURE * len(words):
        return ()
    return (
        f"Of {len(words)} words {unsure} were not heard clearly: read the transcript before you rely on it.",
    )


def _music(context: Context, text: Told, settings: ProductionSettings) -> list[Accompanied | None]:
    """What is played with each chapter."""
    every: list[Accompanied | None] = []
    for index, segments in enumerate(text.segments):
        score = score_in(context, settings, index, len(text.segments))
        said = chain.from_iterable(zip(one.starts, one.ends, strict=True) for one in segments)
        every.append(Accompanied(score, tuple(said)) if score else None)
    return every


def _encoded(
    memo: _Memo,
    measured: Survey,
    text: Told,
    music: Sequence[Accompanied | None],
    settings: ProductionSettings,
    folder: Path,
) -> list[ChapterFiles]:
    """The chapters in every codec that is asked for."""
    encoded: list[dict[str, EncodedChapter]] = [{} for _ in text.spans]
    paths: list[dict[str, Path]] = [{} for _ in text.spans]
    for codec in codecs(settings):
        place = folder / codec
        place.mkdir()
        made = master(memo.path, measured, text.spans, settings.audio, CODECS[codec], place, music)
        for index, (chapter, path) in enumerate(zip(*made, strict=True)):
            encoded[index][codec], paths[index][codec] = chapter, path
    files = []
    for index, (segments, played) in enumerate(zip(text.segments, music, strict=True)):
        path = folder / f"{index}.json"
        path.write_bytes(dump(tuple(_later(one, lead_in(played)) for one in segments), tuple[Segment, ...]))
        files.append(ChapterFiles(encoded[index], paths[index], path))
    return files


def _later(segment: Segment, samples: int) -> Segment:
    """The same, heard so much later in its chapter."""
    starts, ends = ((samples + time for time in times) for times in (segment.starts, segment.ends))
    return replace(segment, starts=tuple(starts), ends=tuple(ends))


def _report(name: str, doubts: Sequence[str], recogniser: Recogniser) -> dict[str, object]:
    return {
        "production": name,
        "voices": [],
        "skipped": [],
        "doubts": [{"chapter": "", "text": "", "fault": SOURCE, "said": said} for said in doubts],
        "doubts_total": len(doubts),
        "heard_by": recogniser.revision,
        "versions": {
            "voxpress": version("voxpress"),
            "python": platform.python_version(),
            "ffmpeg": encoder(),
        },
    }


__all__ = ["MEMO_VERSION", "add_memo"]
