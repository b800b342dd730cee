"""Backup and restore: from any database to any other, whole or not at all."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from pipeline.errors import StorageError
from pipeline.script.lexicon import Entry
from pipeline.serial import key_of
from pipeline.settings import ProductionSettings, ReadingSettings
from storage import archive, backup
from storage.backup import back_up
from storage.check import check
from storage.restore import restore
from storage.rows import ChapterPlan, ChunkPlan, Event, ProductionState
from storage.settings import Settings
from storage.store import Store
from tasks.levels import fix_level
from tasks.lexicons import keep_lexicon, kept_lexicon
from tasks.mastering import master
from tasks.publishing import publish_edition
from tasks.reading import ingest, script
from tasks.speaking import speak_batch
from tasks.submission import retry
from tests.databases import PostgreSQL
from tests.producing import a_context, planned

KEYS = [key_of("take", 1, i) for i in range(6)]
SCRIPT = key_of("script", 1)
SECRET = ProductionSettings(reading=ReadingSettings(password="of a PDF", include=("notes",)))

Places = Callable[[str], Store]


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """A new, empty store on the database of that name."""
    made: list[Store] = []

    def new(kind: str = "sqlite") -> Store:
        settings = Settings(home=tmp_path / f"home-{len(made)}")
        if kind == "postgresql":
            server: PostgreSQL = request.getfixturevalue("postgresql")
            settings = replace(settings, catalog_url=server.create_schema())
        made.append(Store(settings))
        return made[-1]

    yield new
    for store in made:
        store.catalog.close()


def filled(store: Store) -> str:
    """A production that is half made, with everything that a catalog can hold; returns its id."""
    catalog = store.catalog
    name = catalog.open_production('/books/Ä "x".epub', "/out", SECRET).id
    store.keep(SCRIPT, "script", b"the script")
    chunks = [ChunkPlan(key, "tone", "tone:a", 7) for key in KEYS]
    catalog.commit_plan(
        name,
        [ChapterPlan(0, "Über 🐋", 1, SCRIPT, 9, chunks), ChapterPlan(1, "Two", 2, SCRIPT, 9, chunks[:2])],
    )
    for i in range(3):
        catalog.begin_attempts(name, 0, [i])
        store.keep_take(name, 0, i, KEYS[i], f"take {i}".encode(), '{"a": 1}', seconds=0.1 + i)
    catalog.begin_attempts(name, 0, [4])
    catalog.chunk_failed(name, 0, 4, "the engine died")
    catalog.chapter_mastered(name, 1, "aac", "m" * 64)
    catalog.set_needs(name, [SCRIPT])
    catalog.fix_level(name, "tone:a", "r1", 1.1, -23.456789012345)
    catalog.set_state(name, ProductionState.SPEAKING)
    catalog.update(name, stage_seconds={"speak": 1.25}, notice="waits\nfor nobody")
    catalog.add_events([event(name, f"line {i}") for i in range(3)])
    finished = catalog.open_production("https://example.org/a", "/out", ProductionSettings(), shared=True).id
    catalog.set_state(finished, ProductionState.DONE)
    voice = store.settings.voices_dir / "piper" / "en_US-a"
    voice.mkdir(parents=True)
    (voice / "model.onnx").write_bytes(bytes(range(256)) * 50)
    (voice / ".being-pulled").write_bytes(b"half")
    return name


def event(name: str, message: str) -> Event:
    return Event(
        id=0, production_id=name, at=datetime(2026, 1, 2, tzinfo=UTC), level="info", stage="speak", chapter=1,
        worker="w", message=message,
    )  # fmt: skip


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a backup has."""
    with store.catalog.database.read() as connection:
        return {
            name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for name, table in SQLModel.metadata.tables.items()
            if name in archive.TABLES
        }


# -- there and back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"), [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")]
)
def test_everything_comes_back_on_any_database(
    place: Places, tmp_path: Path, before: str, after: str
) -> None:
    old, new, file = place(before), place(after), tmp_path / "voxpress.tar.gz"
    name = filled(old)
    saved = back_up(old, file, with_blobs=True)
    assert (saved.rows["production"], saved.rows["chunk"], saved.voices, saved.blobs) == (2, 8, 1, 4)
    assert saved.size == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    restored = restore(new, file)
    assert (restored.rows, restored.voices, restored.blobs, restored.lost) == (saved.rows, 1, 4, 0)
    assert contents(new) == contents(old)
    assert contents(new)["chunk"]
    assert new.catalog.get(name).settings == SECRET
    voice = Path("piper", "en_US-a", "model.onnx")
    assert (new.settings.voices_dir / voice).read_bytes() == (old.settings.voices_dir / voice).read_bytes()
    assert [p.name for p in new.settings.voices_dir.rglob("*") if p.is_file()] == ["model.onnx"]
    assert {f.kind.value for f in check(new)} == {f.kind.value for f in check(old)}
    # It goes on as if nothing had happened.
    new.catalog.add_events([event(name, "after")])
    assert [e.message for e in new.catalog.events(name)][-2:] == ["line 2", "after"]
    new.catalog.forget(KEYS[0])
    assert new.recall(KEYS[0]) is not None  # the blobs know again what they are


def test_without_blobs_what_is_lost_is_made_again(place: Places, tmp_path: Path) -> None:
    old, new, file = place(), place(), tmp_path / "small.tar.gz"
    name = filled(old)
    assert back_up(old, file).blobs == 0
    assert restore(new, file).lost == 4
    states = [chunk.state.value for chunk in new.catalog.chunks(name, 0)]
    assert states == ["planned"] * 4 + ["failed", "planned"]
    assert list(new.catalog.all_artifacts()) == []


def test_a_half_made_book_is_finished_from_a_small_backup(tmp_path: Path) -> None:
    old, new = a_context(tmp_path / "old"), a_context(tmp_path / "new")
    book = {"One": ["A first paragraph.", "A second one."], "Two": ["And the last of them."]}
    production = planned(old, book)
    speak_batch(old, production, 0, 0, 2)
    back_up(old.store, tmp_path / "b.tar.gz")
    old.store.catalog.close()
    shutil.rmtree(tmp_path / "old" / "home")  # all of it, blobs included
    assert restore(new.store, tmp_path / "b.tar.gz").lost > 0

    retry(new, new.store.catalog.get(production.id))
    again = new.store.catalog.get(production.id)
    ingest(new, again)
    script(new, new.store.catalog.get(production.id))
    for row in new.store.catalog.chapters(production.id):
        speak_batch(new, again, row.index, 0, row.chunks)
    fix_level(new, again)
    for row in new.store.catalog.chapters(production.id):
        assert master(new, again, row)
    assert publish_edition(new, again)
    assert new.store.catalog.get(production.id).state is ProductionState.DONE
    assert check(new.store) == []
    new.store.catalog.close()


def test_the_lexicon_of_a_production_is_in_every_backup(tmp_path: Path) -> None:
    old, new = a_context(tmp_path / "old"), a_context(tmp_path / "new")
    production = planned(old, {"One": ["Nobody knows Cholmondeley."]})
    entries = (Entry("Cholmondeley", say="Chumley"),)
    settings = replace(production.settings, lexicon=keep_lexicon(old, entries))
    old.store.catalog.update(production.id, settings=settings)
    assert back_up(old.store, tmp_path / "b.tar.gz").blobs == 1
    old.store.catalog.close()
    shutil.rmtree(tmp_path / "old" / "home")
    restore(new.store, tmp_path / "b.tar.gz")
    kept = kept_lexicon(new, new.store.catalog.get(production.id))
    assert kept.entries[-1:] == entries
    new.store.catalog.close()


def test_blobs_that_outlived_the_catalog_are_used(place: Places, tmp_path: Path) -> None:
    old, file = place(), tmp_path / "small.tar.gz"
    name = filled(old)
    back_up(old, file)
    before = contents(old)
    old.catalog.close()
    for path in old.settings.home.glob("catalog.db*"):
        path.unlink()
    assert restore(old, file).lost == 0
    assert contents(old) == before
    assert old.catalog.made(name).done > 0


def test_a_backup_shows_one_moment(
    place: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog_url: str
) -> None:
    old = place("sqlite" if catalog_url.startswith("sqlite") else "postgresql")
    name = filled(old)
    other = Store(old.settings)
    add_table = backup._add_table

    def add_and_write(tar: Any, connection: Any, table: str, folder: Path) -> Any:
        part = add_table(tar, connection, table, folder)
        if table == "production":
            late = other.catalog.open_production("/late.epub", "/out", SECRET).id
            other.catalog.commit_plan(late, [ChapterPlan(0, "x", 1, "s", 1, [ChunkPlan("k", "e", "v", 1)])])
            other.catalog.commit_plan(name, [])
        return part

    monkeypatch.setattr(backup, "_add_table", add_and_write)
    saved = back_up(old, tmp_path / "b.tar.gz")
    assert (saved.rows["production"], saved.rows["chapter"], saved.rows["chunk"]) == (2, 2, 8)
    new = place()
    restore(new, tmp_path / "b.tar.gz")
    assert len(new.catalog.chunks(name, 0)) == 6
    other.catalog.close()


def test_a_backup_of_the_first_revision_is_brought_up(
    place: Places, tmp_path: Path, catalog_url: str
) -> None:
    file, moment = tmp_path / "old.tar.gz", "2026-01-02T03:04:05+00:00"
    tables = {
        "production": {
            **dict.fromkeys(("source", "output", "author", "language", "voice", "error_kind", "error"), ""),
            **dict.fromkeys(
                ("source_sha256", "source_kind", "book_key", "edition_key", "edition_folder"), ""
            ),
            **dict.fromkeys(("doubts", "words", "characters", "chunks", "chapters"), 1),
            "id": "0123456789ab",
            "settings": {},
            "state": "failed",
            "title": "Emma",
            "stage_seconds": {},
            "cancel_requested": False,
            "estimated_seconds": 0.5,
            "audio_seconds": 0.0,
            "created_at": moment,
            "updated_at": moment,
            "finished_at": None,
        }
    }
    parts = {}
    with tarfile.open(file, "w:gz") as tar:
        archive.add_json(tar, archive.HEADER, {"format": 1, "revision": "0001", "blobs": False})
        for name in ("production", "chapter", "chunk", "mastered", "artifact", "need", "voice_level"):
            row = tables.get(name, {})
            data = f"{archive.encoded(row)}\n{archive.encoded(row.values())}\n".encode() if row else b"[]\n"
            content = archive.Hashing(io.BytesIO(data))
            archive.add(tar, f"tables/{name}.jsonl", len(data), content)
            parts[f"tables/{name}.jsonl"] = {"size": len(data), "sha256": content.part.sha256, "rows": 1}
        archive.add_json(tar, archive.MANIFEST, parts)
    new = place("sqlite" if catalog_url.startswith("sqlite") else "postgresql")
    assert restore(new, file).rows["production"] == 1
    found = new.catalog.get("0123")
    assert (found.title, found.priority, found.shared) == ("Emma", 3, False)
    assert found.created_at == datetime.fromisoformat(moment)


# -- what must not happen ---------------------------------------------------------------------------------


def test_a_place_that_is_not_empty_is_left_alone(place: Places, tmp_path: Path) -> None:
    old, new, file = place(), place(), tmp_path / "b.tar.gz"
    filled(old)
    back_up(old, file)
    here = new.catalog.open_production("/mine.epub", "/out", SECRET)
    before = contents(new)
    with pytest.raises(StorageError, match=r"is not empty.*--replace"):
        restore(new, file)
    assert contents(new) == before
    restore(new, file, replace_all=True)
    assert contents(new)["production"] == contents(old)["production"]
    assert here.id not in {p.id for p in new.catalog.productions()}


def plain(file: Path) -> bytes:
    """The tar that is compressed in a backup."""
    return gzip.decompress(file.read_bytes())


def damage(data: bytes) -> dict[str, bytes]:
    """Backups that are none, by what is wrong with them."""
    flipped = bytearray(data)
    flipped[data.index(b"the engine died")] ^= 1
    return {
        "empty": b"",
        "no archive": b"Dear diary, " * 1000,
        "cut in the middle": gzip.compress(data)[: len(gzip.compress(data)) // 2],
        "ends early": gzip.compress(data[: len(data) // 1024 // 2 * 512]),
        "one bit": gzip.compress(bytes(flipped)),
        "without a manifest": gzip.compress(without(data, archive.MANIFEST)),
        "without a table": gzip.compress(without(data, "tables/chunk.jsonl")),
        "without a header": gzip.compress(without(data, archive.HEADER)),
        "another archive": gzip.compress(with_member(b"", "diary.txt", b"Dear diary")),
    }


def without(data: bytes, name: str) -> bytes:
    """The same archive with one file less."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as source, tarfile.open(fileobj=out, mode="w") as target:
        for member in source:
            if member.name != name:
                target.addfile(member, source.extractfile(member))
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    """The same archive with one file more, at the end but before the manifest, which knows it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as target:
        manifest: dict[str, Any] = {}
        if data:
            with tarfile.open(fileobj=io.BytesIO(data)) as source:
                for member in source:
                    file = source.extractfile(member)
                    assert file is not None
                    if member.name == archive.MANIFEST:
                        manifest = json.load(file)
                    else:
                        target.addfile(member, file)
        info = tarfile.TarInfo(name)
        info.type, info.size, info.linkname = kind, len(content), "/etc/passwd"
        file = archive.Hashing(io.BytesIO(content))
        target.addfile(info, file)  # type: ignore[arg-type]
        manifest[name] = {"size": file.part.size, "sha256": file.part.sha256, "rows": 0}
        archive.add_json(target, archive.MANIFEST, manifest)
    return out.getvalue()


def test_half_a_backup_changes_nothing(place: Places, tmp_path: Path) -> None:
    old, new, file = place(), place(), tmp_path / "b.tar.gz"
    filled(old)
    back_up(old, file, with_blobs=True)
    new.catalog.productions()
    for wrong, data in damage(plain(file)).items():
        file.write_bytes(data)
        with pytest.raises(StorageError, match="no whole backup; nothing was changed") as caught:
            restore(new, file)
        assert "\n" not in str(caught.value), wrong
        assert contents(new) == {name: [] for name in archive.TABLES}, wrong
        assert list(new.settings.voices_dir.iterdir()) == []
        assert list(new.settings.home.glob(".restore-*")) == []


PREPARED = [
    ("voices/../../outside", tarfile.REGTYPE),
    ("voices//etc/outside", tarfile.REGTYPE),
    ("/outside", tarfile.REGTYPE),
    ("tables/worker.jsonl", tarfile.REGTYPE),
    ("tables/../../outside.jsonl", tarfile.REGTYPE),
    ("blobs/../outside", tarfile.REGTYPE),
    ("voices/link", tarfile.SYMTYPE),
    ("voices/link", tarfile.LNKTYPE),
    ("blobs/" + "0" * 64, tarfile.REGTYPE),
]
"""Names and kinds of files that no backup has."""


def test_a_backup_that_somebody_prepared_leads_nowhere(place: Places, tmp_path: Path) -> None:
    old, new, file = place(), place(), tmp_path / "b.tar.gz"
    filled(old)
    back_up(old, file)
    data = plain(file)
    for name, kind in PREPARED:
        content = b"outside" if kind == tarfile.REGTYPE else b""
        file.write_bytes(gzip.compress(with_member(data, name, content, kind)))
        with pytest.raises(StorageError, match="nothing was changed"):
            restore(new, file)
        assert list(tmp_path.rglob("*outside*")) == [], name
        assert contents(new)["production"] == []
        assert list(new.blobs.all()) == []


def test_a_backup_of_a_newer_version_is_told_apart(place: Places, tmp_path: Path) -> None:
    new, file = place(), tmp_path / "b.tar.gz"
    for header in ({"format": 99, "revision": "0002", "version": "9.1"}, {"format": 1, "revision": "9999"}):
        with tarfile.open(file, "w:gz") as tar:
            archive.add_json(tar, archive.HEADER, header)
            archive.add_json(tar, archive.MANIFEST, {})
        with pytest.raises(StorageError, match=r"newer (one|version)"):
            restore(new, file)
    assert new.catalog.productions() == []


def test_a_backup_that_breaks_off_leaves_the_former_one(
    place: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, folder = place(), tmp_path / "backups"
    folder.mkdir()
    filled(old)
    back_up(old, folder / "b.tar.gz")
    before = (folder / "b.tar.gz").read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.backup.os.fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        back_up(old, folder / "b.tar.gz")
    assert (folder / "b.tar.gz").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["b.tar.gz"]
    with pytest.raises(StorageError, match="nowhere"):
        back_up(old, tmp_path / "nowhere" / "b.tar.gz")
