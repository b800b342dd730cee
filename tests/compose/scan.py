"""Secrets that ended up in an image: ``python scan.py [FOLDER]`` names the files, and ends with 1 if there are any.

Needs nothing but Python, so that it can be piped into a container of any of our images.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

LARGEST = 2**20
"""Bytes of the largest file that is read: secrets are small, and lie in small files."""
ELSEWHERE = ("proc", "sys", "dev", "run", "tmp")
"""Folders at the top that no image brings along, or that are mounted over it."""
NAMES = re.compile(
    r"\.env|\.netrc|\.pypirc|\.pgpass|\.git-credentials|\.dockerconfigjson|\.npmrc|id_(?:rsa|dsa|ecdsa|ed25519)"
    r"|.*_history|.*\.(?:key|kdbx|ppk)|[\w-]*_password"
)
PATTERNS = {
    "a private key": (
        [b"PRIVATE KEY-----"],
        rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{200,}",
    ),
    "a key of Amazon's": ([b"AKIA", b"ASIA"], rb"\b(?:AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE)[0-9A-Z]{16}\b"),
    "a token of GitHub's": (
        [b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"],
        rb"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    ),
    "a token of GitLab's": ([b"glpat-"], rb"\bglpat-[\w-]{20}\b"),
    "a token of Slack's": (
        [b"xoxa-", b"xoxb-", b"xoxp-", b"xoxr-", b"xoxs-"],
        rb"\bxox[abprs]-[0-9A-Za-z-]{20,}",
    ),
    "a token of the package index": ([b"pypi-AgEI"], rb"\bpypi-AgEI[\w-]{50,}"),
}
"""What a secret looks like, after that of which one stands in all of its kind and which is found quickly."""
_ANY = {what: (marks, re.compile(pattern)) for what, (marks, pattern) in PATTERNS.items()}
_FOLDERS = frozenset({".git", ".ssh", ".aws", ".gnupg", ".docker", "secrets"})
HARMLESS = re.compile(r"/usr/share/|/site-packages/.*\.py$|/etc/ssl/|/var/lib/dpkg/")
"""Where distributions and packages keep files with such *names*; what is in them is looked at all the same."""


def found(root: Path) -> Iterator[str]:
    """What looks like a secret under ``root``, one line each."""
    for folder, names, files in os.walk(root):
        inside = Path(folder).relative_to(root)
        if inside == Path():
            names[:] = [name for name in names if name not in ELSEWHERE]
        for name in names:
            shown = f"/{inside / name}"
            if name in _FOLDERS and not HARMLESS.search(f"{shown}/") and any((Path(folder) / name).iterdir()):
                yield f"{shown}: a folder for secrets"
        for name in files:
            yield from _in_file(Path(folder) / name, f"/{inside / name}")


def _in_file(path: Path, shown: str) -> Iterator[str]:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return
        if NAMES.fullmatch(path.name) and not HARMLESS.search(shown):
            yield f"{shown}: a name that secrets have"
        if status.st_size <= LARGEST:
            data = path.read_bytes()
            for what, (marks, pattern) in _ANY.items():
                if any(mark in data for mark in marks) and pattern.search(data):
                    yield f"{shown}: {what}"
    except OSError as error:
        yield f"{shown}: cannot be looked at ({error.strerror})"


def main() -> None:
    """Look, say, and end with 1 when there is something to say."""
    lines = list(found(Path(sys.argv[1] if len(sys.argv) > 1 else "/")))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
