"""The catalog under many processes, killed writers, forks, and catalogs of other versions."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import storage.migrations
from pipeline.errors import StorageError
from pipeline.settings import ProductionSettings
from storage.catalog import Catalog
from storage.rows import ChapterPlan, ChunkPlan

PLAIN = ProductionSettings()
ROOT = Path(__file__).parent.parent.parent


def one_chapter(count: int) -> list[ChapterPlan]:
    return [ChapterPlan(0, "One", 1, "s", 1, [ChunkPlan(f"k{i}", "e", "e:v", 1) for i in range(count)])]


def python(code: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def sound(url: str) -> bool:
    """Whether SQLite finds its file in order; PostgreSQL has no such question."""
    if not url.startswith("sqlite"):
        return True
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def test_the_migrations_make_exactly_the_models(catalog_url: str) -> None:
    catalog = Catalog(catalog_url)
    with catalog.database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    catalog.close()


def test_head_is_the_newest_step() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [storage.migrations.HEAD]


def test_an_up_to_date_catalog_is_opened_without_alembic(catalog_url: str) -> None:
    catalog = Catalog(catalog_url)
    catalog.productions()
    catalog.close()
    code = (
        "import sys; from storage.catalog import Catalog; Catalog(sys.argv[1]).productions();"
        "print('alembic' in sys.modules)"
    )
    assert finish(python(code, catalog_url)) == "False\n"


def test_a_catalog_of_a_newer_version_is_left_alone(catalog_url: str) -> None:
    catalog = Catalog(catalog_url)
    with catalog.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    catalog.close()
    with pytest.raises(StorageError, match=r"9999.*newer version"):
        Catalog(catalog_url).productions()


@pytest.mark.parametrize("url", ["nonsense", "sqlite://"])
def test_an_address_that_cannot_be_a_catalog_is_refused(url: str) -> None:
    with pytest.raises(StorageError):
        Catalog(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.db"
    file.write_bytes(b"not a database, and long enough to be looked at" * 50)
    with pytest.raises(StorageError, match=r"c\.db.*not a database"):
        Catalog(f"sqlite:///{file}").productions()


def test_the_catalog_is_private(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path}/new/c.db")
    catalog.productions()
    assert (tmp_path / "new" / "c.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    catalog.close()


WRITER = """
import sys
from pipeline.settings import ProductionSettings
from storage.catalog import Catalog
catalog, me, rounds = Catalog(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
production = catalog.open_production("/a", "/out", ProductionSettings()).id
for i in range(rounds):
    catalog.begin_attempts(production, 0, [0])
    catalog.record_artifact(f"{me}-{i}", "take", "d" * 64, i)
    catalog.add_seconds(production, "speak", 1.0)
"""


def test_four_writers_lose_no_update(catalog_url: str) -> None:
    rounds = 50
    catalog = Catalog(catalog_url)
    production = catalog.open_production("/a", "/out", PLAIN).id
    catalog.commit_plan(production, one_chapter(1))
    for process in [python(WRITER, catalog_url, str(i), str(rounds)) for i in range(4)]:
        finish(process)
    assert catalog.chunks(production, 0)[0].attempts == 4 * rounds
    assert catalog.get(production).stage_seconds == {"speak": 4.0 * rounds}
    assert sum(1 for _ in catalog.all_artifacts()) == 4 * rounds
    catalog.close()
    assert sound(catalog_url)


def test_four_processes_may_create_the_catalog_at_once(catalog_url: str) -> None:
    code = (
        "import sys; from storage.catalog import Catalog; from pipeline.settings import ProductionSettings;"
        "print(Catalog(sys.argv[1]).open_production('/a', '/out', ProductionSettings()).id)"
    )
    assert len({finish(process) for process in [python(code, catalog_url) for _ in range(4)]}) == 1


KILLED = """
import sys, time
from storage.catalog import Catalog
from storage.tables import CHUNK
from sqlalchemy import delete
catalog = Catalog(sys.argv[1])
with catalog.database.write() as connection:
    connection.execute(delete(CHUNK))
    print("written", flush=True)
    time.sleep(600)
"""


def test_a_writer_killed_in_its_transaction_leaves_no_trace(catalog_url: str) -> None:
    catalog = Catalog(catalog_url)
    production = catalog.open_production("/a", "/out", PLAIN).id
    catalog.commit_plan(production, one_chapter(300))
    process = python(KILLED, catalog_url)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    assert catalog.made(production).chunks == 300  # readers see the committed state meanwhile
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    catalog.begin_attempts(production, 0, [0])
    assert catalog.made(production).chunks == 300
    catalog.close()
    assert sound(catalog_url)


def test_a_writer_waits_while_another_one_holds_the_lock(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path}/c.db")
    production = catalog.open_production("/a", "/out", PLAIN).id
    other = python(
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(1); c.execute('COMMIT')",
        str(tmp_path / "c.db"),
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    catalog.update(production, title="waited")
    finish(other)
    assert catalog.get(production).title == "waited"
    catalog.close()


def test_a_clock_that_is_set_back_leaves_no_duty_undone(catalog_url: str) -> None:
    catalog = Catalog(catalog_url)
    wrong = datetime.now(UTC) + timedelta(days=10)
    assert catalog.hold_lease("keeper", "who was killed", 15, now=wrong)
    assert not catalog.hold_lease("keeper", "who is quick", 15, now=wrong)
    assert catalog.hold_lease("keeper", "who comes next", 15)
    assert not catalog.hold_lease("keeper", "who comes late", 15)
    catalog.close()


def test_parent_and_forked_children_share_a_catalog(catalog_url: str) -> None:
    catalog = Catalog(catalog_url)
    production = catalog.open_production("/a", "/out", PLAIN).id
    catalog.commit_plan(production, one_chapter(1))
    children = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            try:
                for _ in range(20):
                    catalog.begin_attempts(production, 0, [0])
                    time.sleep(0.001)
            finally:
                os._exit(0)
        children.append(pid)
        # The parent goes on, and closes its last connection under the children's feet.
        catalog.begin_attempts(production, 0, [0])
        catalog.close()
    for pid in children:
        os.waitpid(pid, 0)
    assert catalog.chunks(production, 0)[0].attempts == 63
    catalog.close()
    assert sound(catalog_url)
