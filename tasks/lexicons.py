"""Which lexicons hold for a source, and the copy of them that its production keeps.

They are read where a production is opened, by whoever asks for it; what is in them goes into the store under a
key, and the key into the production's settings. So every host has them, nobody's path is known to a worker, and
a production that is continued has the lexicon that it began with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from pipeline.errors import BlobCorrupt, BlobMissing
from pipeline.ingest.fetch import is_address
from pipeline.script.lexicon import Entry, Lexicon
from pipeline.script.lexicon.files import checked, homographs, read_lexicon
from pipeline.serial import dump, load
from storage.rows import Production
from storage.settings import Settings, user_folder
from tasks.context import Context
from tasks.keys import lexicon_key

LEXICON_NAME = "lexicon.toml"
"""In the user's configuration folder: for everything. In a source's folder: for all sources there, a series say."""
OWN_SUFFIXES = (".lexicon.toml", ".lexicon.pls")
"""Beside a source, after its name with or without its suffix: for that source."""

_Entries = tuple[Entry, ...]


def lexicon_files(settings: Settings, source: str, extra: Sequence[Path] = ()) -> list[Path]:
    """The lexicon files that hold for a source, the later of which go before the earlier.

    Those that were named are listed whether they are there or not.
    """
    named = [Path(one).expanduser() for one in settings.lexicon]
    beside = [] if is_address(source) or source == "-" else list(_beside(Path(source).expanduser()))
    own = user_folder(settings.home) / LEXICON_NAME
    found = [*([own] if own.is_file() else []), *named, *beside, *extra]
    last = {path.absolute(): number for number, path in enumerate(found)}
    return [path for number, path in enumerate(found) if last[path.absolute()] == number]


def lexicon_for(settings: Settings, source: str, extra: Sequence[Path] = ()) -> _Entries:
    """The entries of these files, in order. Raises ``LexiconError``."""
    entries = tuple(entry for path in lexicon_files(settings, source, extra) for entry in read_lexicon(path))
    return checked(entries, f"What holds for {source}")


def _beside(source: Path) -> Iterator[Path]:
    names = [LEXICON_NAME, *(f"{stem}{end}" for stem in (source.stem, source.name) for end in OWN_SUFFIXES)]
    for name in dict.fromkeys(names):
        path = source.parent / name
        if path.is_file() and path != source:
            yield path


def keep_lexicon(context: Context, entries: Sequence[Entry]) -> str:
    """Keep entries for a production; their key, empty where there are none."""
    if not entries:
        return ""
    key = lexicon_key(entries)
    if context.store.recall(key) is None:
        context.store.keep(key, "lexicon", dump(tuple(entries), _Entries))
    return key


def kept_lexicon(context: Context, production: Production) -> Lexicon:
    """The lexicon of a production, over what comes with Voxpress.

    Raises ``BlobMissing`` when it is gone from the store, ``BlobCorrupt`` when it is damaged.
    """
    built_in = homographs()
    key = production.settings.lexicon
    if not key:
        return Lexicon(built_in)
    kept = context.store.recall(key)
    if kept is None:
        raise BlobMissing(
            f"The lexicon of {production.source} is gone from the store: run the command again."
        )
    try:
        entries = load(_Entries, context.store.blobs.local_path(kept.digest).read_bytes())
    except ValidationError as error:
        context.store.forget(key)
        raise BlobCorrupt(
            f"The lexicon of {production.source} is damaged in the store: run the command again."
        ) from error
    return Lexicon((*built_in, *entries))
