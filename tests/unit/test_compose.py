"""The compose file, the images and the units: what can be known of them without starting anything."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.catalog import Catalog
from storage.rows import WorkerRow
from storage.settings import IN_FILE, VARIABLES, Settings, describe_settings
from tasks.context import open_context
from tasks.queues import ASR_QUEUE
from workers.drop.watcher import Watcher
from workers.health import CHECKS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PINNED = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
VARIABLE = re.compile(r"\$\{(\w+)(?::-((?:[^{}]|\{[^{}]*\})*))?\}")


def interpolated(text: str) -> str:
    """The text as compose reads it with an empty environment: defaults stand for variables, also within others."""
    while (changed := VARIABLE.sub(lambda found: found[2] or "", text)) != text:
        text = changed
    return text.replace("$$", "$")


COMPOSE: dict[str, Any] = yaml.safe_load(interpolated((ROOT / "docker-compose.yml").read_text()))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EVERY = pytest.mark.parametrize("name", SERVICES)
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("voxpress:")]
BUILDS = {name: SERVICES[name]["build"]["args"] for name in OURS if "build" in SERVICES[name]}


@EVERY
def test_nobody_is_root_or_can_become_root(name: str) -> None:
    service = SERVICES[name]
    assert isinstance(
        service["user"], str
    )  # without quotes, some numbers with a colon are minutes and seconds
    assert service["user"].partition(":")[0] not in ("", "0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True


@EVERY
def test_everything_is_restarted_looked_after_and_logs_within_bounds(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["healthcheck"]["retries"] >= 2
    assert service["logging"]["options"]["max-size"]


@EVERY
def test_ports_are_published_to_this_host_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:"), port


def test_only_flower_is_published_and_only_what_everybody_has_is_started_by_default() -> None:
    default = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert default == {"redis", "postgres", "worker", "watcher", "flower", "exporter"}
    assert [name for name in sorted(default) if SERVICES[name].get("ports")] == ["flower"]


def test_the_servers_cannot_be_reached_from_outside() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("redis", "postgres", "exporter", "prometheus"):
        assert SERVICES[name]["networks"] == ["inside"]


@EVERY
def test_what_is_needed_is_waited_for_by_trying_again(name: str) -> None:
    # A list, so without conditions: they hold at the first start only, and not every engine knows them.
    assert isinstance(SERVICES[name].get("depends_on", []), list)


@EVERY
def test_images_are_pinned_or_ours(name: str) -> None:
    service = SERVICES[name]
    if name not in OURS:
        assert PINNED.fullmatch(service["image"])
        return
    assert service["pull_policy"] == "never"
    for argument, value in BUILDS.get(name, {}).items():
        assert not argument.endswith("_IMAGE") or PINNED.fullmatch(value)


def test_each_image_of_ours_is_built_by_one_service() -> None:
    # Compose builds side by side; two builds of one tag get into each other's way.
    built = {name: SERVICES[name]["image"] for name in BUILDS}
    wanted = {name: arguments.get("EXTRA", arguments["ENGINE"]) for name, arguments in BUILDS.items()}
    assert built == {name: f"voxpress:{what}" for name, what in wanted.items()}
    assert sorted(built.values()) == sorted({SERVICES[name]["image"] for name in OURS})


def test_a_gpu_service_differs_in_its_image_and_its_queue_only() -> None:
    service = SERVICES["piper-gpu"]
    [device] = service["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert service["environment"]["VOXPRESS_DEVICE"] == "cuda"
    assert service["environment"]["VOXPRESS_QUEUES"] == "speak.piper"
    assert service["profiles"] == ["piper-gpu"]
    assert service["networks"] == ["inside"]  # it speaks; it fetches nothing


def test_who_listens_has_a_queue_of_its_own_and_the_models_of_the_studio() -> None:
    service = SERVICES["asr"]
    assert service["profiles"] == ["asr"]
    assert service["environment"]["VOXPRESS_QUEUES"] == ASR_QUEUE
    assert ASR_QUEUE not in SERVICES["worker"]["environment"]["VOXPRESS_QUEUES"].split(",")
    assert service["volumes"] == ["state:/state"]  # 'voxpress models pull' of the worker puts them there
    assert "state:/state" in SERVICES["worker"]["volumes"]
    assert service["networks"] == ["inside"]  # it listens; it fetches nothing
    assert "VOXPRESS_DEVICE" not in service["environment"]  # a GPU is an override's matter
    assert re.search(r'ENGINE" = asr.*?/src\[whisper\]', DOCKERFILE, re.DOTALL)


ENGINES = {name: service for name, service in SERVICES.items() if "EXTRA" in BUILDS.get(name, {})}


def test_engines_speak_without_a_gpu_and_with_the_override_on_one() -> None:
    assert ENGINES
    override = yaml.safe_load((ROOT / "compose.gpu.yml").read_text())["services"]
    assert override.keys() == ENGINES.keys()
    for name, service in ENGINES.items():
        assert "deploy" not in service
        assert "VOXPRESS_DEVICE" not in service["environment"]
        [device] = override[name]["deploy"]["resources"]["reservations"]["devices"]
        assert device == SERVICES["piper-gpu"]["deploy"]["resources"]["reservations"]["devices"][0]
        assert override[name]["environment"] == {"VOXPRESS_DEVICE": "cuda"}


def test_an_engine_has_a_profile_an_extra_and_the_voices_of_all() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for name, service in ENGINES.items():
        assert service["profiles"] == [name]
        assert service["command"] == ["voxpress", "worker", "--engine", name]
        assert BUILDS[name]["EXTRA"] in extras
        assert "state:/state" in service["volumes"]
        assert service["networks"] == ["inside"]


def variables() -> Iterator[tuple[str, str, str]]:
    for name in OURS:
        for variable, value in SERVICES[name]["environment"].items():
            yield name, variable, str(value)


def test_variables_of_our_services_are_settings() -> None:
    known = {info.env for info in describe_settings()} | VARIABLES.keys()
    for name, variable, _ in variables():
        assert variable.removesuffix(IN_FILE) in known, f"{name}: {variable}"


def test_secrets_come_from_files_that_the_service_is_given() -> None:
    for name, variable, value in variables():
        if variable.endswith(IN_FILE):
            assert value.startswith("/run/secrets/")
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"], name
        else:
            assert "PASSWORD" not in variable
            assert not re.search(r"://[^/@]*:[^/@]*@", value), f"{name}: {variable} holds a password"
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    assert {secret.keys() == {"file"} for secret in COMPOSE["secrets"].values()} == {True}


@EVERY
def test_what_is_mounted_exists_or_is_a_volume(name: str) -> None:
    for mount in SERVICES[name]["volumes"]:
        source, target, *mode = mount.split(":")
        assert target.startswith("/")
        if source.startswith("./studio"):
            continue
        if source.startswith("./"):
            assert (ROOT / source).exists(), mount
            assert mode == ["ro"], mount
        else:
            assert source in COMPOSE["volumes"]


# -- images ----------------------------------------------------------------------------------------------------


def test_the_dockerfile_fetches_nothing_unnamed() -> None:
    assert re.findall(r"^\s*ADD\b", DOCKERFILE, re.MULTILINE) == []
    assert re.findall(r"\b(?:curl|wget|git clone)\b", DOCKERFILE) == []
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    for argument in ("PYTHON_IMAGE", "CUDA_IMAGE"):
        assert PINNED.fullmatch(arguments[argument])
    for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE):
        assert base.startswith("${") or base == "base-${ENGINE}"


def test_compose_and_dockerfile_name_the_same_bases() -> None:
    arguments = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", DOCKERFILE, re.MULTILINE))
    said = {
        name: value for build in BUILDS.values() for name, value in build.items() if name.endswith("_IMAGE")
    }
    assert said == arguments


def test_pins_are_written_to_both_files_or_to_none(tmp_path: Path) -> None:
    for name in ("Dockerfile", "docker-compose.yml"):
        shutil.copy(ROOT / name, tmp_path)
    registry = tmp_path / "registry.sh"

    def pin(answer: str) -> int:
        registry.write_text(f'#!/bin/sh\n[ "$1 $2 $3" = "buildx imagetools inspect" ] && {answer}\n')
        registry.chmod(0o755)
        command = [sys.executable, str(DEPLOY / "pin.py"), "--docker", str(registry), "--root", str(tmp_path)]
        return subprocess.run(command, capture_output=True).returncode

    before = [(ROOT / name).read_text() for name in ("Dockerfile", "docker-compose.yml")]
    assert pin('case "$6" in *redis:*) exit 1 ;; *) echo sha256:' + "e" * 64 + " ;; esac") != 0
    assert [(tmp_path / name).read_text() for name in ("Dockerfile", "docker-compose.yml")] == before
    assert pin('echo "sha256:' + "d" * 64 + '"') == 0
    after = [(tmp_path / name).read_text() for name in ("Dockerfile", "docker-compose.yml")]
    assert after == [re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "d" * 64, text) for text in before]


def test_there_is_a_base_for_every_engine_that_compose_builds() -> None:
    bases = set(re.findall(r"AS base-([\w-]+)$", DOCKERFILE, re.MULTILINE))
    assert bases == {arguments["ENGINE"] for arguments in BUILDS.values()}


def test_the_image_runs_as_nobody_special_and_has_no_compiler() -> None:
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    [user] = re.findall(r"^USER (\S+)$", last, re.MULTILINE)
    assert not user.startswith(("0", "root"))
    assert re.findall(r"gcc|build-essential|python3-dev", DOCKERFILE) == []
    assert "apt-get" not in last


def test_only_named_parts_of_the_checkout_go_to_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    assert all(rule.startswith(("!", "**/")) for rule in rules[1:])
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / path).exists() for path in allowed)
    assert not allowed & {".git", ".env", "studio", "deploy"}


def test_the_image_has_the_releases_that_are_tested() -> None:
    def pins(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([\w.\[\]-]+)==([\w.+!-]+)", path.read_text(), re.MULTILINE))

    tested, shipped = pins(ROOT / "requirements-dev.lock"), pins(DEPLOY / "requirements.lock")
    assert shipped
    assert {name: shipped[name] for name in shipped.keys() & tested} == {
        name: tested[name] for name in shipped.keys() & tested
    }


# -- scripts and units -----------------------------------------------------------------------------------------


def test_prepare_makes_folders_and_secrets_once(tmp_path: Path) -> None:
    for name in ("deploy/prepare.sh", "docker-compose.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    def prepare() -> str:
        command = [str(tmp_path / "deploy" / "prepare.sh")]
        return subprocess.run(command, capture_output=True, text=True, check=True, umask=0o022).stdout

    def contents() -> dict[str, str]:
        return {path.name: path.read_text() for path in secrets.iterdir()}

    secrets = tmp_path / "studio" / "secrets"
    assert "studio/inbox" in prepare()
    before = contents()
    assert {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()} == before.keys()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    # Containers read them as users of their own.
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o444}
    assert all(len(value) >= 32 for value in before.values())
    assert len(set(before.values())) == len(before)
    owner = os.getuid() or 1000
    assert (tmp_path / "studio" / "inbox").stat().st_uid == owner
    assert f"PUID={owner}\n" in (tmp_path / ".env").read_text()

    (tmp_path / ".env").write_text("STUDIO=/elsewhere\n")
    prepare()
    assert contents() == before
    assert (tmp_path / ".env").read_text() == "STUDIO=/elsewhere\n"


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_understood_by_a_plain_shell(script: Path) -> None:
    assert os.access(script, os.X_OK)
    subprocess.run(["sh", "-n", str(script)], check=True)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("unit", ["voxpress-up.service", "voxpress-worker@.service"])
def test_systemd_takes_the_units(unit: str, tmp_path: Path) -> None:
    text = (DEPLOY / "systemd" / unit).read_text()
    path = tmp_path / unit
    path.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text, flags=re.MULTILINE))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(["--user"] if "up" in unit else []), str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").iterdir()), ids=lambda path: path.name)
def test_units_restart_are_bounded_and_hold_no_secret(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    for line in ("Restart=always", "NoNewPrivileges=yes", "RestrictSUIDSGID=yes", "KillMode=mixed"):
        assert line in lines
    assert not [line for line in lines if re.match(r"Environment=.*PASSWORD=", line)]


# -- health ----------------------------------------------------------------------------------------------------


def test_a_worker_is_well_while_this_host_reports_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    catalog = Catalog(settings.catalog_url)
    now = datetime.now(UTC)
    row = WorkerRow("cpu-1", "elsewhere", 1, ("cpu",), {}, "", 1, "0", now, now)
    catalog.report_worker(row)
    assert socket.gethostname() in CHECKS["worker"](settings)
    catalog.report_worker(replace(row, name="cpu-2", host=socket.gethostname()))
    assert CHECKS["worker"](settings) == ""
    catalog.forget_worker("cpu-2")
    assert CHECKS["worker"](settings) != ""


def test_a_watcher_is_well_while_its_drop_folders_are_looked_after(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    settings = Settings(home=tmp_path / "home", inboxes=(str(inbox),))
    context = open_context(settings)
    watcher = Watcher(context, [inbox])
    looked_after, said = threading.Event(), []
    thread = threading.Thread(target=watcher.run, kwargs={"ready": lambda folders: looked_after.set()})
    said.append(CHECKS["watcher"](settings))
    thread.start()
    assert looked_after.wait(60)
    said.append(CHECKS["watcher"](settings))
    watcher.stop()
    thread.join()
    said.append(CHECKS["watcher"](settings))
    assert [bool(wrong) for wrong in said] == [True, False, True]


def test_an_exporter_is_well_when_it_answers(tmp_path: Path) -> None:
    class Closed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(401)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Closed) as server:
        settings = Settings(home=tmp_path, metrics_address="0.0.0.0", metrics_port=server.server_port)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert CHECKS["exporter"](settings) == ""
        thread.join()
    assert str(settings.metrics_port) in CHECKS["exporter"](settings)


@pytest.mark.parametrize("name", OURS)
def test_health_checks_are_commands_that_exist(name: str) -> None:
    kind, *command = SERVICES[name]["healthcheck"]["test"]
    assert kind == "CMD"
    module, *arguments = command[command.index("-m") + 1 :]
    assert (ROOT / f"{module.replace('.', '/')}.py").exists()
    if module == "workers.health":
        assert arguments[0] in CHECKS


# -- the look through images -----------------------------------------------------------------------------------


def test_secrets_in_an_image_are_found(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("compose_scan", ROOT / "tests" / "compose" / "scan.py")
    assert spec
    assert spec.loader
    scan = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scan)

    package = tmp_path / "opt" / "site-packages" / "parser.py"
    package.parent.mkdir(parents=True)
    package.write_text('BEGIN = "-----BEGIN PRIVATE KEY-----"\n')
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "redis_password").write_text("mounted")
    assert list(scan.found(tmp_path)) == []

    key = "-----BEGIN RSA PRIVATE KEY-----\n" + ("A" * 64 + "\n") * 12
    for name, text in {
        "opt/app/notes.txt": key,
        "opt/app/.env": "A=1",
        "etc/token": f"ghp_{'a' * 36}",
        "srv/secrets/x": "y",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    said = "\n".join(sorted(scan.found(tmp_path)))
    for place in ("/opt/app/notes.txt: a private key", "/opt/app/.env", "/etc/token", "/srv/secrets"):
        assert place in said
