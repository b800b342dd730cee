"""``voxpress doctor`` in a cluster: every connection is tried, and what is wrong with one is one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from storage.catalog import Catalog
from storage.migrations import HEAD
from storage.probes import probe_blobs, probe_catalog
from storage.rows import WorkerRow
from storage.settings import Settings, load_settings
from tests.brokers import QueueServer, queue_server
from tests.databases import PostgreSQL
from tests.objects import ObjectServer
from workers.probes import probe_broker, probe_workers


def doctor() -> tuple[int, dict[str, dict[str, str]]]:
    """Exit code and findings by name."""
    done = CliRunner().invoke(app, ["doctor", "--json"])
    return done.exit_code, {found["what"]: found for found in json.loads(done.stdout)["findings"]}


@pytest.fixture
def cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql: PostgreSQL, objects: ObjectServer
) -> Iterator[QueueServer]:
    """A whole cluster's settings, all of them right."""
    with queue_server(tmp_path / "broker", "broker-password") as broker:
        values = {
            "CATALOG_URL": postgresql.create_schema(),
            "BLOB_URL": objects.create(),
            "BLOB_ENDPOINT": objects.endpoint,
            "BLOB_USER": objects.user,
            "BLOB_PASSWORD": objects.password,
            "BROKER_URL": broker.url,
            "BROKER_PASSWORD": "broker-password",
            "FLOWER_PORT": "0",
            "METRICS_PORT": "0",
        }
        for name, value in values.items():
            monkeypatch.setenv(f"VOXPRESS_{name}", value)
        yield broker


def a_worker(queues: tuple[str, ...]) -> WorkerRow:
    now = datetime.now(UTC)
    return WorkerRow("all-1", "host-a", 1, queues, {"tone": ("en",)}, "NVIDIA H200", 2, "1.0", now, now)


def test_a_sound_cluster_is_told_connection_by_connection(cluster: QueueServer) -> None:
    code, found = doctor()
    assert code == 0
    assert {name: found[name]["state"] for name in ("catalog", "blobs", "shared broker")} == {
        "catalog": "ok",
        "blobs": "ok",
        "shared broker": "ok",
    }
    assert "PostgreSQL" in found["catalog"]["said"]
    assert f"revision {HEAD}" in found["catalog"]["said"]
    assert "written, read and removed in" in found["blobs"]["said"]
    assert found["workers"]["state"] == "note"
    assert "voxpress worker" in found["workers"]["said"]
    assert "broker-password" not in json.dumps(found)

    settings = load_settings().settings
    catalog = Catalog(settings.catalog_url)
    catalog.report_worker(a_worker(("cpu", "speak.tone")))
    lacking = probe_workers(settings)
    assert lacking.state == "wrong"
    assert "none serves publish" in lacking.said
    catalog.report_worker(a_worker(("cpu", "publish", "speak.tone")))
    _, found = doctor()
    assert found["workers"]["state"] == "ok"
    assert "host-a (cpu, publish, speak.tone; NVIDIA H200)" in found["workers"]["said"]
    with catalog.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM lease").scalar_one() == 0
    catalog.close()


def test_nothing_is_left_behind(cluster: QueueServer, objects: ObjectServer) -> None:
    settings = load_settings().settings
    assert probe_blobs(settings).state == "ok"
    assert objects.files.find(settings.blob_url) == []
    assert probe_broker(settings.broker_url).state == "ok"
    with cluster.client() as client:
        assert client.keys("*") == []


@pytest.mark.parametrize(
    ("variable", "value", "what", "said"),
    [
        ("BROKER_PASSWORD", "another", "shared broker", "VOXPRESS_BROKER_PASSWORD"),
        ("BROKER_URL", "redis://127.0.0.1:1/0", "shared broker", "does not answer"),
        ("CATALOG_URL", "postgresql://me@127.0.0.1:1/x", "catalog", "cannot be reached"),
        ("BLOB_ENDPOINT", "http://127.0.0.1:1", "blobs", "VOXPRESS_BLOB_ENDPOINT"),
        ("BLOB_URL", "s3://no-such-bucket", "blobs", "create it"),
        ("BLOB_URL", "nowhere://x", "blobs", "VOXPRESS_BLOB_URL"),
        ("BLOB_URL", "/dev/null/x", "blobs", "could not be"),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_is_looked_at(
    cluster: QueueServer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, what: str, said: str
) -> None:
    monkeypatch.setenv(f"VOXPRESS_{variable}", value)
    code, found = doctor()
    assert code == 1
    assert {name for name, one in found.items() if one["state"] == "wrong"} == {what}
    assert said in found[what]["said"]
    assert "\n" not in found[what]["said"]


def test_a_database_that_is_not_there_is_named(postgresql: PostgreSQL) -> None:
    found = probe_catalog(Settings(catalog_url=postgresql.url("no_such_database")))
    assert found.state == "wrong"
    assert 'database "no_such_database" does not exist' in found.said


def test_a_catalog_of_another_revision_is_told_and_left_as_it_is(postgresql: PostgreSQL) -> None:
    settings = Settings(catalog_url=postgresql.create())
    catalog = Catalog(settings.catalog_url)
    catalog.productions()
    for revision, state in (("0001", "note"), ("9999", "wrong")):
        with catalog.database.write() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        found = probe_catalog(settings)
        assert found.state == state
        assert revision in found.said
        assert catalog.database.revision() == revision
    catalog.close()


def test_a_catalog_that_may_only_be_read_is_told(postgresql: PostgreSQL) -> None:
    url = postgresql.create()
    database = url.partition("@/")[2].partition("?")[0]
    with closing(Catalog(url)) as catalog:
        catalog.productions()
    postgresql.run(f"CREATE ROLE reader_of_{database} LOGIN")
    postgresql.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_of_{database}", database)
    found = probe_catalog(Settings(catalog_url=url.replace("voxpress@", f"reader_of_{database}@")))
    assert found.state == "wrong"
    assert "permission denied" in found.said


@pytest.mark.parametrize(
    ("settings", "state", "said"),
    [
        (
            {"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"},
            "wrong",
            "maxmemory-policy to noeviction",
        ),
        ({"appendonly": "no"}, "note", "appendonly to yes"),
        ({"replicaof": "127.0.0.1 1"}, "wrong", "is a replica"),
        ({"cluster-enabled": "yes"}, "wrong", "is a Redis cluster"),
        ({"maxmemory": "1"}, "wrong", "takes no messages"),
    ],
)
def test_a_broker_that_is_set_up_wrongly_is_told(
    tmp_path: Path, settings: dict[str, Any], state: str, said: str
) -> None:
    with queue_server(tmp_path / "broker", settings=settings) as server:
        found = probe_broker(server.url)
    assert found.state == state, found.said
    assert said in found.said


def test_a_cluster_whose_catalog_or_blobs_are_of_one_host_is_warned(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", broker_url="redis://broker/0").prepare()
    catalog, blobs = probe_catalog(settings), probe_blobs(settings)
    assert (catalog.state, blobs.state) == ("note", "note")
    assert "postgresql://" in catalog.said
    assert "s3://" in blobs.said
    alone = Settings(home=tmp_path / "home")
    assert [probe_catalog(alone).state, probe_blobs(alone).state] == ["ok", "ok"]
