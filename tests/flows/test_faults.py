"""A full disk and a locked database: a clear error, and the same run again ends well."""

import errno
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest


def test_a_full_disk_is_told_and_the_next_run_ends_well(project: Any, tmp_path: Path) -> None:
    place = project.home / "candidates"
    place.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own cannot be mounted here")
    try:
        filler = place / "filler"
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            filler.write_bytes(b"x" * 200_000)
        summary = project.run(project.plan())
        assert summary.status == "failed"
        assert "the disk or quota of" in summary.error
        assert summary.version is None
        filler.unlink()
        assert project.run(project.plan()).status == "released"
    finally:
        subprocess.run(["umount", str(place)], check=True)  # noqa: S607


def test_a_locked_database_is_told_and_the_next_run_ends_well(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(project.home / "mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    summary = project.run(project.plan())
    assert summary.status == "failed"
    assert "database is locked" in summary.error
    other.execute("ROLLBACK")
    other.close()
    assert project.run(project.plan()).status == "released"
