"""The music of a production: read where it is opened, kept as it is played, and given to the chapters that have it.

The files are decoded once, by whoever asks for the production, and kept under a key of their bytes; the production's
settings then have one key for all of it. So every host has the music, nobody's path is known to a worker, and no
worker decodes what somebody downloaded.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.audio.gain import target_lufs
from pipeline.errors import AudioError, BlobCorrupt, BlobMissing
from pipeline.serial import dump, load
from pipeline.settings import MusicSettings, ProductionSettings
from storage.rows import Artifact, ChapterRow, Production
from tasks.context import Context
from tasks.keys import music_key, track_key

if TYPE_CHECKING:  # commands that only look import nothing that computes
    from pipeline.audio.score import Score, Tune

INTRO, OUTRO, BED = "intro", "outro", "bed"
PLACES = (INTRO, OUTRO, BED)
"""What music can be for: the settings of ``MusicSettings`` that name files."""
SPEECH_LUFS = -20.0
"""What speech counts as where the production asks for no loudness."""

_GONE = "Music is gone from the store: run the command again."
_Tracks = dict[str, str]
"""Keys of tracks by what they are for."""


def with_music(context: Context, settings: ProductionSettings) -> ProductionSettings:
    """The settings with the music kept that they name files of. Raises ``AudioError``."""
    named = {place: path for place in PLACES if (path := getattr(settings.music, place))}
    if not named:  # and none is kept: how loud nothing is makes no difference
        return settings if settings.tracks else replace(settings, music=MusicSettings())
    tracks = {place: _keep(context, Path(path).expanduser()) for place, path in named.items()}
    key = music_key(tracks)
    if context.store.recall(key) is None:
        context.store.keep(key, "music", dump(tracks, _Tracks))
    music = replace(settings.music, intro="", outro="", bed="")
    return replace(settings, music=music, tracks=key)


def _keep(context: Context, path: Path) -> str:
    """The key of the music in a file, which is decoded unless it was before."""
    from pipeline.audio.music import keep_music

    key = track_key(_sha256(path))
    if context.store.recall(key) is None:
        out = context.store.blobs.temp_dir / f"music-{os.getpid()}-{secrets.token_hex(4)}.wav"
        try:
            track = keep_music(path, out)
            context.store.keep(key, "track", out, dump(track))
        finally:
            out.unlink(missing_ok=True)
    return key


def _sha256(path: Path) -> str:
    from pipeline.audio.music import check_music

    check_music(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"The music {path} cannot be read ({error.strerror}): name another file.") from error


def music_keys(context: Context, settings: ProductionSettings) -> list[str]:
    """The keys of all that is kept of a production's music. Raises ``BlobMissing`` and ``BlobCorrupt``."""
    return [settings.tracks, *_tracks(context, settings.tracks).values()] if settings.tracks else []


def inputs_of(context: Context, production: Production, chapter: ChapterRow) -> Mapping[str, object] | None:
    """All that matters of the music in a chapter, for its key; None where it has none."""
    tracks = _of_chapter(context, production, chapter)
    if not tracks:
        return None
    place = {"chapter": chapter.index} if BED in tracks else {}
    settings = asdict(production.settings.music)
    return {**tracks, **place, "settings": settings, "speech_lufs": _speech_lufs(production.settings)}


def score_of(context: Context, production: Production, chapter: ChapterRow) -> Score | None:
    """The music of a chapter, to be played. Raises ``BlobMissing`` and ``BlobCorrupt``."""
    return _score(context, production.settings, _of_chapter(context, production, chapter), chapter.index)


def score_in(context: Context, settings: ProductionSettings, chapter: int, chapters: int) -> Score | None:
    """The same for a chapter, numbered from 0, of what no production's script says. Raises as ``score_of`` does."""
    if not settings.tracks:
        return None
    tracks = _fitting(_tracks(context, settings.tracks), first=chapter == 0, last=chapter == chapters - 1)
    return _score(context, settings, tracks, chapter)


def _score(context: Context, settings: ProductionSettings, tracks: _Tracks, chapter: int) -> Score | None:
    if not tracks:
        return None
    from pipeline.audio.score import Score

    tunes = {place: _tune(context, key) for place, key in tracks.items()}
    return Score(settings=settings.music, speech_lufs=_speech_lufs(settings), chapter=chapter, **tunes)


def _speech_lufs(settings: ProductionSettings) -> float:
    target = target_lufs(settings.audio.loudness)
    return SPEECH_LUFS if target is None else target


def _of_chapter(context: Context, production: Production, chapter: ChapterRow) -> _Tracks:
    if not production.settings.tracks:
        return {}
    tracks = _tracks(context, production.settings.tracks)
    chapters = context.store.catalog.chapters(production.id)
    return _fitting(
        tracks, first=chapter.index == chapters[0].index, last=chapter.index == chapters[-1].index
    )


def _fitting(tracks: _Tracks, *, first: bool, last: bool) -> _Tracks:
    """The intro belongs to the first chapter, the outro to the last one, the bed to all."""
    absent = {place for place, there in ((INTRO, first), (OUTRO, last)) if not there}
    return {place: key for place, key in tracks.items() if place not in absent}


def _tracks(context: Context, key: str) -> _Tracks:
    kept = _kept(context, key)
    try:
        return load(_Tracks, context.store.blobs.local_path(kept.digest).read_bytes())
    except ValidationError as error:
        context.store.forget(key)
        raise BlobCorrupt("The music is damaged in the store: run the command again.") from error


def _tune(context: Context, key: str) -> Tune:
    from pipeline.audio.music import Track
    from pipeline.audio.score import Tune

    kept = context.store.recall_sound(key)
    if kept is None:
        raise BlobMissing(_GONE)
    return Tune(load(Track, kept.detail), context.store.blobs.local_path(kept.digest))


def _kept(context: Context, key: str) -> Artifact:
    kept = context.store.recall(key)
    if kept is None:
        raise BlobMissing(_GONE)
    return kept


__all__ = ["inputs_of", "music_keys", "score_in", "score_of", "with_music"]
