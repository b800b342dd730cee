"""Books and scripts as they are kept: in pieces, a chapter each, so that nobody holds a whole one.

book key    -> BookHead (metadata, what was skipped, the list of chapters)
chapter key -> Chapter        script key -> ChapterScript
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from pipeline.errors import BlobCorrupt, BlobMissing
from pipeline.model import Book, Chapter, ChapterScript, Cover, Matter, Metadata, Origin, Skipped, SourceInfo
from pipeline.serial import dump, load
from pipeline.settings import Host
from storage.store import Store
from tasks.keys import chapter_key

T = TypeVar("T")

_NO_DOUBTS = b'"doubts":[]}'
"""With which a reading plan ends that could be made as it was asked for: the last field of ``ChapterScript``."""


@dataclass(frozen=True, slots=True)
class ChapterHead:
    """A chapter without its text."""

    index: int
    title: str
    level: int
    matter: Matter
    digest: str
    """SHA-256 of the chapter as JSON."""


@dataclass(frozen=True, slots=True)
class BookHead:
    """A book without its text and picture."""

    source: SourceInfo
    metadata: Metadata
    skipped: tuple[Skipped, ...]
    doubts: tuple[str, ...]
    chapters: tuple[ChapterHead, ...]
    cover: str = ""
    """Key of the cover; empty when the source has none."""
    origins: tuple[Origin, ...] = ()
    """As a book's."""
    hosts: tuple[Host, ...] = ()
    """Who speaks in it, where it is a conversation."""
    talk: str = ""
    """Key of the conversation as a talk file; empty where it is none."""


def keep_book(store: Store, key: str, book: Book) -> tuple[BookHead, list[str]]:
    """Keep a book; return its head and the keys of all its pieces."""
    heads, keys = [], [key]
    for chapter in book.chapters:
        data = dump(chapter)
        digest = hashlib.sha256(data).hexdigest()
        store.keep(chapter_key(digest), "chapter", data)
        heads.append(ChapterHead(chapter.index, chapter.title, chapter.level, chapter.matter, digest))
        keys.append(chapter_key(digest))
    cover = ""
    if book.cover:
        data = dump(book.cover)
        cover = chapter_key(hashlib.sha256(data).hexdigest())
        store.keep(cover, "cover", data)
        keys.append(cover)
    talk = ""
    if book.talk:
        talk = chapter_key(hashlib.sha256(book.talk.encode()).hexdigest())
        store.keep(talk, "talk", book.talk.encode())
        keys.append(talk)
    head = BookHead(
        source=book.source,
        metadata=book.metadata,
        skipped=book.skipped,
        doubts=book.doubts,
        chapters=tuple(heads),
        cover=cover,
        origins=book.origins,
        hosts=book.hosts,
        talk=talk,
    )
    store.keep(key, "book", dump(head))
    return head, keys


def recall_book(store: Store, key: str) -> tuple[BookHead, list[str]] | None:
    """The head and the keys of a book that is kept whole; None when a piece is missing."""
    artifact = store.recall(key)
    if artifact is None:
        return None
    head = _understood(BookHead, store, key, store.blobs.local_path(artifact.digest).read_bytes())
    keys = [key, *(chapter_key(chapter.digest) for chapter in head.chapters)]
    keys += [key for key in (head.cover, head.talk) if key]
    return (head, keys) if all(store.recall(piece) for piece in keys[1:]) else None


def read_chapter(store: Store, head: ChapterHead) -> Chapter:
    """A chapter with its text. Raises ``BlobMissing``."""
    return _understood(Chapter, store, chapter_key(head.digest), _read(store, chapter_key(head.digest)))


def read_book(store: Store, head: BookHead) -> Book:
    """The whole book, but for its picture: of what is as long as an episode. Raises ``BlobMissing``."""
    return Book(
        source=head.source,
        metadata=head.metadata,
        chapters=tuple(read_chapter(store, chapter) for chapter in head.chapters),
        skipped=head.skipped,
        doubts=head.doubts,
        origins=head.origins,
        hosts=head.hosts,
    )


def read_cover(store: Store, head: BookHead) -> Cover | None:
    """The source's own cover."""
    return _understood(Cover, store, head.cover, _read(store, head.cover)) if head.cover else None


def read_talk(store: Store, head: BookHead) -> str:
    """The conversation as a talk file; empty where it is none. Raises ``BlobMissing``."""
    return _read(store, head.talk).decode() if head.talk else ""


def read_script(store: Store, key: str) -> ChapterScript:
    """A chapter's reading plan. Raises ``BlobMissing``."""
    return _understood(ChapterScript, store, key, _read(store, key))


def is_sure(store: Store, key: str) -> bool:
    """Whether a chapter's reading plan has no doubt, told without understanding it. Raises ``BlobMissing``."""
    return _read(store, key).endswith(_NO_DOUBTS)


def _read(store: Store, key: str) -> bytes:
    artifact = store.recall(key)
    if artifact is None:
        raise BlobMissing(f"The piece {key[:12]} of a book is gone from the store: run the command again.")
    return store.blobs.local_path(artifact.digest).read_bytes()


def _understood(kind: type[T], store: Store, key: str, data: bytes) -> T:
    """What ``data`` says. What cannot be understood is forgotten, so that the next run makes it again."""
    try:
        return load(kind, data)
    except ValidationError as error:
        store.forget(key)
        raise BlobCorrupt(f"The piece {key[:12]} of a book is damaged: run the command again.") from error
