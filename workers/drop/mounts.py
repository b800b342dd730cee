"""On what file system is a folder: do changes tell of themselves there, or must one look?

Linux tells of changes that are made through this host's kernel. What another host writes to a network share,
or what a program behind FUSE brings along, arrives in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
SILENT = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "ncpfs", "ceph", "lustre", "gpfs", "beegfs",
        "glusterfs", "orangefs", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "davfs", "fakeowner", "osxfs",
        "gfs2", "ocfs2", "autofs",
    }
)  # fmt: skip
"""Types of file systems that others may write to. Everything behind FUSE counts as well."""
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system."""

    point: Path
    kind: str

    @property
    def silent(self) -> bool:
        """Whether changes may arrive without notice."""
        return self.kind in SILENT or self.kind.split(".")[0] in ("fuse", "fuseblk")


def silent_kind(folder: Path, table: Path = MOUNTS) -> str:
    """The type of file system for which ``folder`` has to be looked at again and again; empty: none.

    Mounts below the folder count, too. Where there is no table of mounts (macOS), the answer is empty.
    """
    mounts = _mounts(table)
    above = [mount for mount in mounts if folder.is_relative_to(mount.point)]
    inside = [mount for mount in mounts if mount.point.is_relative_to(folder)]
    # The longest path is the nearest one; of several on one path the last covers the others.
    nearest = max(enumerate(above), key=lambda pair: (len(pair[1].point.parts), pair[0]), default=None)
    found = [mount for mount in (*([nearest[1]] if nearest else []), *inside) if mount.silent]
    return found[0].kind if found else ""


def _mounts(table: Path) -> list[Mount]:
    try:
        lines = table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        before, separator, after = line.partition(" - ")
        fields = before.split()
        if separator and len(fields) > 4 and after:
            point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
            found.append(Mount(Path(point), after.split()[0]))
    return found
