"""Which file systems have to be looked at, told from the kernel's table of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.drop.mounts import silent_kind

TABLE = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 / /srv/nas rw shared:2 - nfs4 nas:/export rw,vers=4.2
31 22 0:31 / /srv/with\040space rw - cifs //nas/share rw
32 22 8:2 / /srv/local rw - xfs /dev/sdb1 rw
33 22 0:33 / /mnt/cloud rw - fuse.rclone remote: rw
34 22 0:34 / /srv/covered rw - nfs nas:/x rw
35 34 8:3 / /srv/covered rw - ext4 /dev/sdc1 rw
36 22 0:36 / /merged rw - overlay overlay rw
a broken line
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "mounts").write_text(TABLE)
    return tmp_path / "mounts"


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/inbox", ""),
        ("/srv/nas/inbox", "nfs4"),
        ("/srv/nasty", ""),
        ("/srv/with space/in", "cifs"),
        ("/srv/local/in", ""),
        ("/mnt/cloud", "fuse.rclone"),
        ("/srv/covered/in", ""),
        ("/merged/in", ""),
        ("/mnt", "fuse.rclone"),
    ],
)
def test_network_and_fuse_are_polled_also_when_they_are_mounted_inside(
    table: Path, folder: str, kind: str
) -> None:
    assert silent_kind(Path(folder), table) == kind


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert silent_kind(tmp_path, tmp_path / "none") == ""


def test_this_machine_has_a_table(tmp_path: Path) -> None:
    assert silent_kind(Path("/")) != "nfs"
