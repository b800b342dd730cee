"""Brings the compose file up for real, and makes books with it: ``make compose-test``.

Two books are dropped into the inbox; Flower has to ask for a password and to know the longer one by its title; the
worker that works on it is killed; both audiobooks have to appear in the library with the chapters of their sources.
Images and containers are looked through for secrets. Everything is taken down again.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import av

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a script
    sys.path.insert(0, str(ROOT))

from samples.build import build_all  # noqa: E402
from tests.books import story, write_epub  # noqa: E402

T = TypeVar("T")

TITLE = "The Long Way Round"
"""Of the longer book: some minutes of work, enough to be found in the middle of it."""
WAIT_SECONDS = 1200
"""The most that anything may take: a bound for broken runs, not an expectation."""
PINNED_IMAGES = ("PYTHON_IMAGE", "CUDA_IMAGE", "REDIS_IMAGE", "POSTGRES_IMAGE")


@dataclass(frozen=True)
class Studio:
    """A compose project of its own in a folder of its own."""

    compose: list[str]
    docker: list[str]
    folder: Path
    project: str
    port: int
    environment: dict[str, str]

    @property
    def inbox(self) -> Path:
        """Where sources are dropped."""
        return self.folder / "inbox"

    @property
    def library(self) -> Path:
        """Where audiobooks appear."""
        return self.folder / "library"

    def run(self, command: Sequence[str], **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout, with the project's environment."""
        return subprocess.run(command, cwd=ROOT, env=self.environment, text=True, check=True, **more)

    def up(self, *arguments: str, capture: bool = False) -> str:
        """A compose command; what it printed when ``capture``."""
        command = [*self.compose, "-p", self.project, *arguments]
        return self.run(command, stdout=subprocess.PIPE if capture else None).stdout or ""

    def containers(self, service: str, *options: str) -> list[str]:
        """The ids of a service's running containers."""
        labels = {"com.docker.compose.project": self.project, "com.docker.compose.service": service}
        wanted = [f"--filter=label={name}={value}" for name, value in labels.items()]
        command = [*self.docker, "ps", "--quiet", "--no-trunc", *options, *wanted]
        return self.run(command, stdout=subprocess.PIPE).stdout.split()

    def secret(self, name: str) -> str:
        """One of the secrets that were made for this project."""
        return (self.folder / "secrets" / name).read_text()

    def flower(self, path: str, password: str | None = None) -> tuple[int, str]:
        """Ask Flower; status and text of its answer, 0 when there is none."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if password is not None:
            request.add_header("Authorization", f"Basic {base64.b64encode(password.encode()).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks that Flower knows; none while it does not answer."""
        status, text = self.flower("/api/tasks", f"voxpress:{self.secret('flower_password')}")
        return list(json.loads(text).values()) if status == 200 else []

    def editions(self) -> dict[str, Path]:
        """The finished M4B files, by the stems of their names."""
        found = self.library.rglob("*.m4b")
        return {path.stem: path for path in found if not any(part[0] == "." for part in path.parts)}


def main() -> None:
    """Do all of it; ends with 1 at the first thing that is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compose", default="docker compose", help="the compose command")
    parser.add_argument("--docker", default="docker", help="the command that knows the containers")
    parser.add_argument("--build", default="", help="builds an image of a folder; compose does when empty")
    parser.add_argument("--unpinned", action="store_true", help="take images by their tags, without digests")
    parser.add_argument("--keep", action="store_true", help="do not take it down")
    arguments = parser.parse_args()
    with _studio(arguments) as studio:
        _look_through_images(studio)
        _make_books(studio)
        _look_through_containers(studio)
    say("All of it is as it should be.")


def say(text: str) -> None:
    """A line of progress, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def expect(condition: object, otherwise: str) -> None:
    """End the run with that sentence unless ``condition`` holds."""
    if not condition:
        raise SystemExit(f"compose-test: {otherwise}")


def wait_for(what: str, look: Callable[[], T | None], seconds: float = WAIT_SECONDS) -> T:
    """What ``look`` answers as soon as it answers something."""
    say(f"waiting for {what}")
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        expect(time.monotonic() < deadline, f"no {what} after {seconds:g} s.")
        time.sleep(1)
    return answer


# -- up and down -----------------------------------------------------------------------------------------------


@contextmanager
def _studio(arguments: argparse.Namespace) -> Iterator[Studio]:
    folder = Path(tempfile.mkdtemp(prefix="voxpress-compose-"))
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"STUDIO": str(folder), "DOTENV": os.devnull, "FLOWER_PORT": str(port)}
    owner = (os.getuid(), os.getgid()) if os.getuid() else (1000, 1000)
    environment |= {"PUID": str(owner[0]), "PGID": str(owner[1]), "WORKERS": "1"}
    if arguments.unpinned:
        environment |= {name: image.partition("@")[0] for name, image in _pinned().items()}
    studio = Studio(
        compose=shlex.split(arguments.compose),
        docker=shlex.split(arguments.docker),
        folder=folder,
        project=f"voxpress-test-{secrets.token_hex(3)}",
        port=port,
        environment=environment,
    )
    try:
        studio.run([str(ROOT / "deploy" / "prepare.sh"), str(folder)])
        _build(studio, shlex.split(arguments.build))
        say("compose up")
        studio.up("up", "-d", "--scale", "worker=2")
        yield studio
    except BaseException:
        subprocess.run(
            [*studio.compose, "-p", studio.project, "logs"], cwd=ROOT, env=environment, check=False
        )
        raise
    finally:
        if not arguments.keep:
            say("compose down")
            if workers := studio.containers("worker", "--all"):  # one more than the file knows of
                studio.run([*studio.docker, "rm", "--force", *workers], stdout=subprocess.DEVNULL)
            studio.up("down", "--volumes", "--remove-orphans")
            shutil.rmtree(folder, ignore_errors=True)


def _build(studio: Studio, build: list[str]) -> None:
    """With ``build`` (a command that takes the folder, then options) or by compose."""
    say("building voxpress:cpu")
    if not build:
        studio.up("build", "worker")
        return
    options = ["--tag", "voxpress:cpu", "--build-arg", "ENGINE=cpu"]
    studio.run([*build, ".", *options, "--build-arg", f"PYTHON_IMAGE={_images(studio)['PYTHON_IMAGE']}"])


def _pinned() -> dict[str, str]:
    """The images of the compose file, by the variables that stand for others."""
    text = (ROOT / "docker-compose.yml").read_text()
    starts = {name: text.index(f"${{{name}:-") + len(name) + 4 for name in PINNED_IMAGES}
    return {name: text[start : text.index("}", start)] for name, start in starts.items()}


def _images(studio: Studio) -> dict[str, str]:
    """Those that this project uses."""
    return {name: studio.environment.get(name, image) for name, image in _pinned().items()}


# -- what is looked at -----------------------------------------------------------------------------------------


def _make_books(studio: Studio) -> None:
    password = f"voxpress:{studio.secret('flower_password')}"
    wait_for("Flower", lambda: studio.flower("/", password)[0] == 200)
    for path in ("/", "/workers", "/tasks", "/api/tasks", "/metrics"):
        status = studio.flower(path)[0]
        expect(status in (401, 403), f"Flower answers {path} with {status} to those without a password.")

    with tempfile.TemporaryDirectory() as made:
        short = build_all(Path(made))["en"]
        long = write_epub(
            Path(made) / "long.epub", story(chapters=8, paragraphs=60, sentences=4), title=TITLE
        )
        inspected = {book: _inspect(book) for book in (short, long)}
        for book in (long, short):
            say(f"dropping {book.name}")
            aside = studio.inbox / f".{book.name}.part"
            shutil.copyfile(book, aside)
            os.chown(aside, int(studio.environment["PUID"]), int(studio.environment["PGID"]))
            aside.rename(studio.inbox / book.name)

        _kill_a_worker(studio)
        titles = {about["title"]: about for about in inspected.values()}
        found = wait_for("both audiobooks", lambda: (e := studio.editions()).keys() >= titles.keys() and e)
        for title, about in titles.items():
            _check_edition(found[title], [chapter["title"] for chapter in about["chapters"]])
        wait_for(
            "the sources to be put away",
            lambda: not list(studio.inbox.glob("*.epub")) or None,
        )
    status, page = studio.flower("/workers", password)
    served = "cpu-publish-espeak"  # workers are named after what they serve
    expect(
        status == 200 and served in page,
        f"Flower's page of workers ({status}) does not show what they serve.",
    )


def _kill_a_worker(studio: Studio) -> None:
    """The one that works on the long book, as Flower tells it."""

    def working() -> dict[str, Any] | None:
        running = [task for task in studio.tasks() if task["state"] == "STARTED" and TITLE in _called(task)]
        return next((task for task in running if "speak" in task["name"] or "master" in task["name"]), None)

    task = wait_for("Flower to show the long book being worked on", working)
    expect("chapter" in _called(task), f"Flower shows no chapter in {_called(task)}.")
    host = task["worker"].partition("@")[2]
    [container] = [found for found in studio.containers("worker") if found.startswith(host)]
    say(f"killing {task['worker']} during {task['name']}: {_called(task)}")
    expect(TITLE not in studio.editions(), "the long book is finished already: nothing was interrupted.")
    studio.run([*studio.docker, "kill", "--signal=KILL", container], stdout=subprocess.DEVNULL)
    wait_for("it to be gone", lambda: container not in studio.containers("worker") or None, 60)


def _called(task: dict[str, Any]) -> str:
    """What the task was called with, as Flower shows it."""
    return f"{task.get('args')} {task.get('kwargs')}"


def _inspect(book: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "cli.main", "inspect", str(book), "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def _check_edition(path: Path, titles: list[str]) -> None:
    """Its chapters are the source's, and it can be decoded to its end."""
    say(f"checking {path.name}")
    with av.open(path) as file:
        chapters = file.chapters()
        found = [chapter["metadata"]["title"] for chapter in chapters]
        expect(found == titles, f"{path.name} has the chapters {found}, its source has {titles}.")
        duration = file.duration / 1e6
        decoded = sum(frame.samples for frame in file.decode(audio=0)) / file.streams.audio[0].rate
    expect(duration > 60, f"{path.name} lasts only {duration:g} s.")
    expect(abs(decoded - duration) < 1, f"{path.name} says {duration:g} s, and {decoded:g} s can be decoded.")
    files = {found.name.removeprefix(path.stem) for found in path.parent.iterdir()}
    wanted = {".m4b", ".transcript.json", ".vtt", ".srt", "cover.jpg", "report.json"}
    expect(wanted <= files, f"{path.parent} has {sorted(files)} only.")


def _look_through_images(studio: Studio) -> None:
    """No secret in the files of our image, nor in what it was built with."""
    say("looking through the image")
    ours = _secrets_in(studio, "voxpress:cpu") - _secrets_in(studio, _images(studio)["PYTHON_IMAGE"])
    expect(not ours, f"our image has {sorted(ours)}.")
    for command in (["history", "--no-trunc", "voxpress:cpu"], ["image", "inspect", "voxpress:cpu"]):
        said = studio.run([*studio.docker, *command], stdout=subprocess.PIPE).stdout
        words = [word for word in ("PASSWORD=", "SECRET=", "TOKEN=", "://:") if word in said.upper()]
        expect(not words, f"'{' '.join(command)}' says {words}.")


def _secrets_in(studio: Studio, image: str) -> set[str]:
    """What looks like a secret among an image's files; what the base brings along is not ours."""
    script = (ROOT / "tests" / "compose" / "scan.py").read_text()
    command = [*studio.docker, "run", "--rm", "-i", "--user=0", "--network=none", "--entrypoint=python3"]
    done = subprocess.run(
        [*command, image, "-"], input=script, stdout=subprocess.PIPE, text=True, env=studio.environment
    )
    lines = done.stdout.splitlines()
    expect(done.returncode == bool(lines), f"the files of {image} could not be looked at.")
    return set(lines)


def _look_through_containers(studio: Studio) -> None:
    """No secret in what is seen of the running containers; nobody is root in them."""
    say("looking through the containers")
    values = {path.name: path.read_text() for path in (studio.folder / "secrets").iterdir()}
    for service in ("redis", "postgres", "worker", "watcher", "flower", "exporter"):
        running = studio.containers(service)
        expect(running, f"{service} does not run.")
        for container in running:
            seen = studio.run([*studio.docker, "inspect", container], stdout=subprocess.PIPE).stdout
            seen += studio.run([*studio.docker, "top", container], stdout=subprocess.PIPE).stdout
            named = [name for name, value in values.items() if value in seen]
            expect(not named, f"what is seen of {service} from outside contains {named}.")
            shown = ["inspect", "--format", "{{.Config.User}}", container]
            user = studio.run([*studio.docker, *shown], stdout=subprocess.PIPE).stdout.strip()
            expect(user.partition(":")[0] not in ("", "0", "root"), f"{service} runs as user {user!r}.")


if __name__ == "__main__":
    main()
