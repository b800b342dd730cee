"""A real Flower on a real broker: closed to strangers, read-only to friends, and silent about secrets."""

from __future__ import annotations

import dataclasses
import os
import re
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from flower.urls import handlers

from pipeline.errors import SettingsError
from storage.settings import Settings
from tasks.app import make_app
from tests.running import ROOT
from tests.watching import Visitor, free_port
from workers import flower as subject
from workers.broker import find_server
from workers.embedded import worker_environment
from workers.flower import credentials, flower_service, is_well, page, password_file
from workers.supervisor import Service, module

BROKER_PASSWORD = "the-secret-of-the-broker"
PATIENCE = 60.0
UNSAID = "unsaid-and-guessed-by-nobody"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
OPEN_PAGES = ("/", "/workers", "/tasks", "/broker", "/api/workers", "/api/tasks", "/metrics", "/healthcheck")


def until(what: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert process is None or process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def paths() -> list[str]:
    """A path for each of Flower's pages, for its files, and for none."""
    patterns = [handler[0] if isinstance(handler, tuple) else handler.regex.pattern for handler in handlers]
    plain = {
        pattern.removesuffix("$").replace("(.+)", "x").replace("(.*)", "x").removesuffix("/?")
        for pattern in patterns
    }
    return [*sorted(plain - {".*"}), "/static/js/flower.js", "/nowhere", "//metrics", "/metrics/"]


@contextmanager
def running(service: Service | None, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A service's process, without its supervisor."""
    assert service is not None
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOXPRESS_")}
    # Flower's own variable for those who want its API open to everybody.
    environment = clean | {"FLOWER_UNAUTHENTICATED_API": "true"} | dict(service.environment)
    with log.open("ab") as said:
        process = subprocess.Popen(
            service.command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=environment,
            cwd=log.parent,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("flower")


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[str]:
    """The address of a server that asks for a password, as in a cluster."""
    port = free_port()
    command = [str(find_server().path), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(
        [*command, "--requirepass", BROKER_PASSWORD, "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    with redis.Redis(port=port, password=BROKER_PASSWORD) as client:
        until(lambda: answers(client), process)
    yield f"redis://:{BROKER_PASSWORD}@127.0.0.1:{port}/0"
    process.kill()
    process.wait()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def settings_in(folder: Path, **values: object) -> Settings:
    return Settings(home=folder / "home", flower_port=free_port(), **values).prepare()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def settings(folder: Path) -> Settings:
    return settings_in(folder, flower_user="ida", flower_password=UNSAID)


@pytest.fixture(scope="module")
def flower(folder: Path, settings: Settings, broker: str) -> Iterator[subprocess.Popen[bytes]]:
    with running(flower_service(settings, broker), folder / "flower.log") as process:
        until(lambda: is_well(settings), process)
        yield process
    assert "Traceback" not in (folder / "flower.log").read_text()


@pytest.fixture
def friend(flower: object, settings: Settings) -> Visitor:
    return Visitor(settings.flower_port, f"ida:{UNSAID}")


# -- who may look ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", paths())
def test_nothing_answers_a_stranger(path: str, flower: object, settings: Settings) -> None:
    for given in (None, "", "ida:", "ida:guessed", f"eve:{UNSAID}", f"ida:{UNSAID} ", f"IDA:{UNSAID}"):
        answer = Visitor(settings.flower_port, given).ask(path)
        assert (answer.status, answer.headers["Www-Authenticate"][:5]) == (401, "Basic")
        assert UNSAID not in answer.text
    for method in METHODS:
        assert Visitor(settings.flower_port, None).ask(path, method).status == 401


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic x", "Bearer x", "Basic \xff\xfe", "Digest username=ida"]
)
def test_a_mangled_header_is_a_strangers(header: str, flower: object, settings: Settings) -> None:
    answer = Visitor(settings.flower_port, None).ask("/metrics", headers={"Authorization": header})
    assert answer.status == 401


def test_a_strangers_long_message_is_not_waited_for(flower: object, settings: Settings) -> None:
    with socket.create_connection(("127.0.0.1", settings.flower_port), timeout=PATIENCE) as link:
        link.sendall(b"POST /tasks/datatable HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\n")
        assert link.recv(100).startswith(b"HTTP/1.1 401")


def test_a_friend_sees_every_page(friend: Visitor) -> None:
    for path in (*OPEN_PAGES, "/static/js/flower.js"):
        assert friend.ask(path).status == 200, path
    assert "flower_events_total" in friend.ask("/metrics").text


@pytest.mark.parametrize("path", [path for path in paths() if path != "/tasks/datatable"])
def test_a_friend_can_change_nothing(path: str, friend: Visitor) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert friend.ask(path, method).status == 403


def test_where_it_is_not_read_only_its_own_pages_can_change_something(folder: Path, broker: str) -> None:
    place = folder / "changing"
    place.mkdir()
    settings = settings_in(
        place, flower_password=UNSAID, flower_prefix="/studio/tasks/", flower_read_only=False
    )
    visitor = Visitor(settings.flower_port, f"voxpress:{UNSAID}")
    with running(flower_service(settings, broker), place / "flower.log") as process:
        until(lambda: is_well(settings), process)
        assert page(settings) == f"http://127.0.0.1:{settings.flower_port}/studio/tasks/"
        for path in OPEN_PAGES:
            assert visitor.ask(f"/studio/tasks{path}").status == 200, path
            assert Visitor(settings.flower_port, None).ask(f"/studio/tasks{path}").status == 401, path
        assert visitor.tasks(prefix="/studio/tasks") == []
        revoke = "/studio/tasks/api/task/revoke/x"
        assert Visitor(settings.flower_port, None).ask(revoke, "POST").status == 401
        assert visitor.ask(revoke, "POST", {"Sec-Fetch-Site": "cross-site"}).status == 403
        assert visitor.ask(revoke, "POST").status == 200


# -- secrets -----------------------------------------------------------------------------------------------


def test_secrets_are_not_in_the_list_of_processes(
    flower: subprocess.Popen[bytes], settings: Settings, broker: str
) -> None:
    service = flower_service(settings, broker)
    assert service is not None
    said = " ".join((service.name, *service.command, Path(f"/proc/{flower.pid}/cmdline").read_text()))
    assert "workers.flower" in said
    assert UNSAID not in said
    assert BROKER_PASSWORD not in said


def test_the_brokers_password_is_on_no_page(
    folder: Path, settings: Settings, broker: str, friend: Visitor
) -> None:
    command = module("workers.worker", "--queues", "cpu", "--name", "cpu-1@here", "--watched")
    worker = Service("worker", command, worker_environment(settings, broker))
    with running(worker, folder / "worker.log") as process:
        until(lambda: "cpu-1@here" in friend.ask("/workers?json=1").text, process)
        until(lambda: friend.ask("/worker/cpu-1@here").status == 200, process)
        shown = friend.ask("/worker/cpu-1@here").text
        assert "broker_transport_options" in shown
        pages = (shown, *(friend.ask(path).text for path in (*OPEN_PAGES, "/api/workers?refresh=1")))
    log = (folder / "flower.log").read_text()
    assert all(BROKER_PASSWORD not in said and UNSAID not in said for said in (*pages, log))


@pytest.mark.parametrize("address", ["0.0.0.0", "", "::", "192.0.2.7", "studio.example"])
def test_it_is_not_open_beyond_this_host(address: str, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, flower_address=address)
    with pytest.raises(SettingsError, match=r"VOXPRESS_FLOWER_PASSWORD_FILE"):
        flower_service(settings, "redis://nowhere")
    guarded = dataclasses.replace(settings, flower_password=UNSAID)
    assert flower_service(guarded, "redis://nowhere") is not None


def test_the_process_refuses_too(tmp_path: Path, broker: str) -> None:
    port = free_port()
    environment = {
        "VOXPRESS_HOME": str(tmp_path / "home"),
        "VOXPRESS_BROKER_URL": broker,
        "VOXPRESS_FLOWER_ADDRESS": "0.0.0.0",
        "VOXPRESS_FLOWER_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    command = module("workers.flower")
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Flower would be open to everybody who reaches 0.0.0.0: ")
    assert len(done.stderr.splitlines()) == 1
    taken = environment | {"VOXPRESS_FLOWER_ADDRESS": "127.0.0.1"}
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(
            command, env=os.environ | taken, capture_output=True, text=True, timeout=PATIENCE
        )
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert f"Flower cannot listen on port {port} of 127.0.0.1" in done.stderr


def test_a_password_of_its_own_making_is_kept_and_is_nobody_elses(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    user, _, password = credentials(settings).partition(":")
    assert user == "voxpress"
    assert len(password) >= 20
    assert credentials(settings) == f"{user}:{password}"
    assert credentials(settings_in(tmp_path / "other")) != f"{user}:{password}"
    file = password_file(settings)
    assert file.read_text() == password
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    service = flower_service(settings, "redis://nowhere")
    assert service is not None
    assert str(file) in service.name
    assert password not in (service.name, *service.command, *service.environment.values())


def test_there_is_none_where_it_is_not_wanted_or_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path)
    assert flower_service(dataclasses.replace(settings, flower_port=0), "redis://nowhere") is None
    monkeypatch.setattr(subject, "is_installed", lambda: False)
    assert flower_service(settings, "redis://nowhere") is None


# -- what is shown -----------------------------------------------------------------------------------------


def test_tasks_are_shown_as_people_say_it_and_are_there_after_a_restart(folder: Path, broker: str) -> None:
    place = folder / "kept"
    place.mkdir()
    settings = settings_in(place)
    visitor = Visitor(settings.flower_port, credentials(settings))
    shown = {"book": "The Lighthouse", "chapter": 3, "seconds": 300, "production": "c26e0a12d5f7"}
    service = flower_service(settings, broker)
    with running(service, place / "flower.log") as process:
        until(lambda: is_well(settings), process)
        with make_app(Settings(broker_url=broker)).events.default_dispatcher() as events:
            until(lambda: send(events, shown) or visitor.tasks(), process)
        process.terminate()  # what it does not save now is lost
        assert process.wait(PATIENCE) == 0
    with running(service, place / "flower.log") as process:
        until(lambda: is_well(settings), process)
        (row,) = visitor.tasks()
        assert (row["name"], row["state"]) == ("speak", "PENDING")
        assert row["args"] == "The Lighthouse"
        assert row["kwargs"] == "chapter 3, about 300 s of audio, job c26e0a12"
        assert [found["uuid"] for found in visitor.tasks("kwargs:production=c26e0a12d5f7")] == [row["uuid"]]
        assert visitor.tasks("kwargs:production=other") == []
        titles = re.findall(r'<th data-column="(\w+)">([^<]+)</th>', visitor.ask("/tasks").text)
        assert titles[:4] == [("name", "Task"), ("args", "Book"), ("kwargs", "Part"), ("state", "State")]
        files = {
            file.name: stat.S_IMODE(file.stat().st_mode) for file in password_file(settings).parent.iterdir()
        }
    assert len(files) > 1
    assert set(files.values()) == {0o600}


def send(events: object, shown: dict[str, object]) -> None:
    """The event of a task that was published; sent again, it is the same one."""
    events.send(  # type: ignore[attr-defined]
        "task-sent",
        uuid="7d3a3a52-6b0e-4b43-9d7c-6d0f2cb1ad0a",
        name="voxpress.speak",
        args="()",
        kwargs=repr(shown),
    )
