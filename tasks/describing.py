"""What is told of a kept book (``pipeline.compose.describe``), found once and then kept."""

from __future__ import annotations

from pipeline.compose.describe import DESCRIBE_VERSION, Description, describe
from pipeline.llm import Ask
from pipeline.serial import dump, key_of, load
from storage.store import Store
from tasks.shelf import BookHead, read_book


def described(store: Store, head: BookHead, ask: Ask | None = None, model: str = "") -> Description:
    """The description of a book that is kept: by the language model ``model``, asked through ``ask``, or by extracts.

    What a model says is kept under its name. Where it failed nothing is, and the next time it is asked again. Raises
    ``BlobMissing``.
    """
    texts = [chapter.digest for chapter in head.chapters]
    key = key_of("description", DESCRIBE_VERSION, head.metadata, head.origins, texts, model if ask else "")
    kept = store.recall(key)
    if kept is not None:
        return load(Description, kept.detail)
    found = describe(read_book(store, head), ask)
    if found.by_model or ask is None:
        store.keep(key, "description", b"{}", dump(found))
    return found


__all__ = ["described"]
