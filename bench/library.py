"""A large library: a thousand books, a million chunks, and what the commands that look at it cost.

    python -m bench.library [--books 1000] [--chunks 1000] [--postgresql]

Each book is really submitted (its source hashed, copied into the store, its production opened); its plan is then
committed as the script stage would, because reading and scripting are not the point here. The commands are timed
as a person runs them, with the start of the program. Writes bench/results/library.md.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import redis
from sqlalchemy import text

from bench.measure import COMMAND, environment
from bench.report import report, table
from pipeline.settings import ProductionSettings, VoiceSettings
from storage.rows import ChapterPlan, ChunkPlan, Production, ProductionState
from storage.settings import load_settings
from tasks.app import use_broker
from tasks.context import Context, open_context
from tasks.dispatch import dispatch
from tasks.graph import advance
from tasks.reconcile import Reconciler
from tasks.serving import note_unserved
from tasks.submission import submit
from tests.books import write_epub
from tests.databases import PostgreSQL
from workers.broker import EmbeddedBroker

TONE = ProductionSettings(voice=VoiceSettings(voice="tone:a"))
CHAPTERS = 20
"""Of each book."""
PAGE = "A paragraph of a book that nobody reads here, of about the size that paragraphs have. " * 4
TRIES = 7
"""Of each command; the quickest counts, because other work on the machine only ever adds."""
QUEUES = ("cpu", "publish", "speak.tone")


def library(context: Context, folder: Path, books: int, chunks: int) -> tuple[float, float]:
    """Submit and plan ``books``; seconds for all submissions, and for all plans."""
    sources = [_source(folder, number) for number in range(books)]
    began = time.monotonic()
    made = [submit(context, str(one), folder / "out", TONE, shared=True).production for one in sources]
    submitting = time.monotonic() - began
    began = time.monotonic()
    for number, production in enumerate(made):
        _plan(context, production, number, chunks)
    planning = time.monotonic() - began
    # A library as it is: most of it is made, some of it is under way, some waits.
    for production in made[: books * 3 // 4]:
        context.store.catalog.set_state(production.id, ProductionState.DONE)
    return submitting, planning


def _source(folder: Path, number: int) -> Path:
    chapters = {f"Chapter {c}": [f"Book {number}, chapter {c}. {PAGE}"] * 20 for c in range(CHAPTERS)}
    return write_epub(folder / f"{number}.epub", chapters, title=f"Book {number}")


def _plan(context: Context, production: Production, number: int, chunks: int) -> None:
    catalog = context.store.catalog
    catalog.commit_plan(production.id, _chapters(number, chunks))
    catalog.update(production.id, voice="tone:a", language="en", title=f"Book {number}", author="Nobody")


def _chapters(number: int, chunks: int) -> Iterator[ChapterPlan]:
    random_ = random.Random(number)
    for chapter in range(CHAPTERS):
        plans = [
            ChunkPlan(_key(number, chapter, index), "tone", "tone:a", random_.randint(80, 300))
            for index in range(chunks // CHAPTERS)
        ]
        yield ChapterPlan(
            chapter, f"Chapter {chapter + 1}", 1, _key(number, chapter, -1), 50 * len(plans), plans
        )


def _key(*what: int) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


def command(env: dict[str, str], *words: str) -> float:
    """Seconds of a ``voxpress`` command."""
    return _quickest(
        lambda: subprocess.run([*COMMAND, *words], env=env, check=True, stdout=subprocess.DEVNULL)
    )


def _quickest(what: Callable[[], object]) -> float:
    seconds = []
    for _ in range(TRIES):
        began = time.monotonic()
        what()
        seconds.append(time.monotonic() - began)
    return min(seconds)


def on_the_broker(context: Context, broker: EmbeddedBroker) -> list[tuple[str, str]]:
    """What waits on the broker when there is everything to do and nobody who does it."""
    client = redis.Redis(unix_socket_path=str(broker.socket))
    empty = client.info("memory")["used_memory"]
    dispatch(context)
    started = context.store.catalog.shared_open(started=True)
    for production in started:  # as if all of them were past the script
        context.store.catalog.set_state(production.id, ProductionState.SPEAKING)
        context.store.catalog.fix_level(production.id, *_level_place(context, production), -20.0)
        advance(context, context.store.catalog.get(production.id))
    messages = sum(client.llen(key) for key in client.scan_iter() if client.type(key) == b"list")
    grown = client.info("memory")["used_memory"] - empty
    waiting = len(context.store.catalog.shared_open(started=False))
    return [
        ("productions that are waiting", f"{waiting}"),
        ("productions on the broker", f"{len(started)}"),
        ("messages", f"{messages}"),
        ("memory that they take, kB", f"{grown / 1024:.0f}"),
    ]


def _level_place(context: Context, production: Production) -> tuple[str, str, float]:
    from tasks.levels import _place

    return _place(context, production)


def keeper(context: Context) -> float:
    """Seconds of one round of what the keeper does every second."""
    reconciler = Reconciler(context, QUEUES)

    def look() -> None:
        started = context.store.catalog.shared_open(started=True)
        reconciler.look(production.id for production in started)
        note_unserved(context, started)
        dispatch(context)

    return _quickest(look)


def main() -> None:
    """Build the library, look at it, write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.library")
    parser.add_argument("--books", type=int, default=1000)
    parser.add_argument("--chunks", type=int, default=1000, help="of each book")
    parser.add_argument("--postgresql", action="store_true", help="with a server that is started for it")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voxpress-library-")))
        url = ""
        if options.postgresql:
            server = PostgreSQL(durable=True)
            stack.callback(server.end)
            server.start()
            url = server.create()
        context = open_context(
            load_settings({"home": folder / "home", "catalog_url": url}, cwd=folder).settings
        )
        stack.callback(context.store.catalog.close)
        submitting, planning = library(context, folder, options.books, options.chunks)
        broker = EmbeddedBroker(context.settings.run_dir)
        broker.start()
        try:
            use_broker(broker.url)
            waiting = on_the_broker(context, broker)
            round_ = keeper(context)
        finally:
            broker.stop()
        env = environment(folder / "home", VOXPRESS_CATALOG_URL=url)
        one = context.store.catalog.productions(limit=1)[0].id
        rows = [
            ("books", f"{options.books}"),
            ("chunks", f"{options.books * options.chunks}"),
            ("submitted, books/s", f"{options.books / submitting:.0f}"),
            ("plans committed, chunks/s", f"{options.books * options.chunks / planning:.0f}"),
            ("catalog, MB", f"{_size(context) / 1e6:.0f}"),
            ("`voxpress --version`, s", f"{command(env, '--version'):.2f}"),
            ("`voxpress jobs`, s", f"{command(env, 'jobs'):.2f}"),
            ("`voxpress jobs --limit 1000`, s", f"{command(env, 'jobs', '--limit', '1000'):.2f}"),
            ("`voxpress status JOB`, s", f"{command(env, 'status', one):.2f}"),
            ("a round of the keeper, s", f"{round_:.3f}"),
            ("a monitor's census, s", f"{_quickest(context.store.catalog.census):.3f}"),
            *waiting,
        ]
    report(f"library{'-postgresql' if options.postgresql else ''}", table(["what", "measured"], rows))


def _size(context: Context) -> int:
    database = context.store.catalog.database
    if database.sqlite:
        return sum(path.stat().st_size for path in context.settings.home.glob("catalog.db*"))
    with database.read() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


if __name__ == "__main__":
    main()
