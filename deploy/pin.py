"""Write the digests that images have today into Dockerfile and docker-compose.yml: ``make pin``.

Each image is asked for by its name and tag, which stay as they are; to move to another release, change the tag
and run this. Needs Docker with buildx, and the network.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("Dockerfile", "docker-compose.yml")
_PINNED = re.compile(r"(?P<image>[\w./-]+:[\w.-]+)@(?P<digest>sha256:[0-9a-f]{64})")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def images(root: Path = ROOT) -> dict[str, str]:
    """The pinned images, ``registry/name:tag``, and the digests that they are pinned to."""
    texts = ((root / name).read_text() for name in FILES)
    return {found["image"]: found["digest"] for text in texts for found in _PINNED.finditer(text)}


def present_digest(docker: list[str], image: str) -> str:
    """What the registry gives for the image now: of its index, which has all processors' images."""
    command = [*docker, "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not _DIGEST.fullmatch(said):
        raise SystemExit(f"{' '.join(command)} answered {said!r}, which is no digest.")
    return said


def main() -> None:
    """Ask for every image, then write; nothing is written when one cannot be asked for."""
    parser = argparse.ArgumentParser(description="Pin the images to the digests that they have today.")
    parser.add_argument("--docker", default="docker", help="the command that asks the registries")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    arguments = parser.parse_args()
    try:
        docker = shlex.split(arguments.docker)
        pins = {image: present_digest(docker, image) for image in images(arguments.root)}
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The registries could not be asked: {getattr(error, 'stderr', '') or error}")
    for name in FILES:
        path = arguments.root / name
        text = path.read_text()
        path.write_text(_PINNED.sub(lambda found: f"{found['image']}@{pins[found['image']]}", text))
    for image, digest in pins.items():
        print(f"{image}@{digest}")


if __name__ == "__main__":
    main()
