"""Productions in this process, stage by stage: for tests that stand between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.settings import ProductionSettings, VoiceSettings
from storage.rows import ChunkRow, Production
from storage.settings import load_settings
from tasks import reading
from tasks.context import Context, open_context
from tasks.submission import submit
from tests.books import write_epub

TONE = ProductionSettings(voice=VoiceSettings(voice="tone:a"))


def a_context(folder: Path) -> Context:
    """A state folder of its own."""
    return open_context(load_settings({"home": folder / "home", "attempts": 3}).settings)


def submitted(
    context: Context,
    chapters: Mapping[str, Sequence[str]],
    settings: ProductionSettings = TONE,
    name: str = "book",
) -> Production:
    """A production of a book of these chapters."""
    folder = context.settings.home.parent
    book = write_epub(folder / f"{name}.epub", chapters)
    return submit(context, str(book), folder / "out", settings).production


def planned(
    context: Context,
    chapters: Mapping[str, Sequence[str]],
    settings: ProductionSettings = TONE,
    name: str = "book",
) -> Production:
    """The same, read and scripted: its chunks wait to be spoken."""
    production = submitted(context, chapters, settings, name)
    reading.ingest(context, production)
    reading.script(context, context.store.catalog.get(production.id))
    return context.store.catalog.get(production.id)


def chunks(context: Context, production: Production, chapter: int = 0) -> list[ChunkRow]:
    """The chunks of a chapter as the catalog has them now."""
    return context.store.catalog.chunks(production.id, chapter)
