"""DVC owns raw to tables: real repositories, with git and without, real stages, a real remote."""

import gzip
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from components.lifecycle.ingest import ingest_dataset
from data.dataset import Dataset
from data.erased import write_tombstones
from data.errors import UserError
from data.files import sha256_tree
from data.repository import configure
from data.tombstone import mark_of
from data.versioned import bring, prepared, reproduce, version
from tests.folders import class_folders, picture
from tests.logs import log_rows

ROOT = Path(__file__).resolve().parents[2]
CODE = ("data", "dvc.yaml", ".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore")


class Checkout:
    """The code of this project in a folder of its own, with data sets of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def datasets(self, **entries: dict[str, Any]) -> None:
        content = {"datasets": {name: {"licence": "own"} | entry for name, entry in entries.items()}}
        (self.folder / "params.yaml").write_text(yaml.safe_dump(content))

    def dvc(self, *arguments: str) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments)

    def run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    folder = tmp_path / "checkout"
    copied = shutil.ignore_patterns("__pycache__", "store")
    for name in CODE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=copied)
        else:
            shutil.copy(ROOT / name, folder / name)
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "home" / "dvc"))
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.delenv("CORKBOARD_MIRROR", raising=False)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a test")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "test@example.org")
    monkeypatch.chdir(folder)
    return Checkout(folder)


def rows(dataset: Dataset) -> int:
    return dataset.rows["items"]


def test_an_unpacked_archive_without_git(checkout: Checkout, tmp_path: Path) -> None:
    class_folders(tmp_path / "raw", count=4)
    checkout.datasets(mine={"source": "image_folder", "path": str(tmp_path / "raw")})
    seen: list[str] = []
    dataset = bring("mine", lambda what, _done, _total: seen.append(what))
    assert rows(dataset) == 8
    assert "look at pictures" in seen
    lock = yaml.safe_load((checkout.folder / "dvc.lock").read_text())
    assert lock["stages"]["prepare@mine"]["outs"][0]["md5"] == f"{dataset.version}.dir"
    assert "no_scm = true" in (checkout.folder / ".dvc" / "config.local").read_text()
    started = time.perf_counter()
    assert not reproduce("mine")
    assert time.perf_counter() - started < 1  # without so much as starting DVC
    assert "didn't change, skipping" in checkout.dvc("repro")
    assert "up to date" in checkout.dvc("status", "prepare@mine")

    # a new entry is a new stage; the other is left alone
    class_folders(tmp_path / "more", ("bag",), 5)
    checkout.datasets(
        mine={"source": "image_folder", "path": str(tmp_path / "raw")},
        more={"source": "image_folder", "path": str(tmp_path / "more")},
    )
    assert not prepared("more")
    found: dict[str, Any] = {}
    threads = [threading.Thread(target=lambda n=name: found.update({n: bring(n)})) for name in ("more", "mine")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (rows(found["more"]), found["mine"].version) == (5, dataset.version)


def test_a_folder_of_ones_own_is_watched(checkout: Checkout, tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", count=4)
    checkout.datasets(mine={"source": "image_folder", "path": str(raw)})
    first = bring("mine")
    (raw / "hat" / "00.jpg").touch()
    assert not reproduce("mine")  # the same content at another time
    picture(77).save(raw / "hat" / "new.jpg")
    second = bring("mine")
    assert rows(second) == 9
    assert second.version != first.version
    assert not reproduce("mine")
    assert not (second.path / "stale").exists()
    (second.path / "items.parquet").unlink()
    assert bring("mine").version == second.version
    assert (second.path / "items.parquet").is_file()
    (raw / "metadata.csv").write_text("no columns that count\n1\n")
    with pytest.raises(UserError, match=r"metadata.csv line 2"):
        bring("mine")
    assert (second.path / "items.parquet").is_file()  # the former data stays when preparing anew fails
    shutil.rmtree(raw)
    with pytest.raises(UserError, match=r"raw is missing"):
        bring("mine")
    assert (second.path / "items.parquet").is_file()


def test_who_was_erased_is_in_no_table_nor_in_the_cache(checkout: Checkout, tmp_path: Path) -> None:
    log_rows().to_csv(tmp_path / "log.csv", index=False)
    checkout.datasets(mine={"source": "event_log", "path": str(tmp_path / "log.csv")})
    first = bring("mine")
    assert "u3" in first.table("events")["user_id"].to_pylist()
    write_tombstones({mark_of("u3"): 5})
    second = bring("mine")
    assert second.version != first.version
    assert second.rows["events"] == first.rows["events"] - 6
    assert not any("u3" in column.to_pylist() for name in second.rows for column in second.table(name).columns)
    cached = [path for path in (checkout.folder / ".dvc" / "cache").rglob("*") if path.is_file()]
    tables = [pq.read_table(path) for path in cached if path.read_bytes()[:4] == b"PAR1"]
    assert tables
    assert not any("u3" in column.to_pylist() for table in tables for column in table.columns)
    assert not reproduce("mine")


def test_what_cannot_be_read_is_one_sentence_through_dvc_too(checkout: Checkout, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes("user;item\nu;café\n".encode("latin-1"))
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(random.Random(0).randbytes(9_000).hex().encode())[:-2_000])
    raw = class_folders(tmp_path / "raw", count=20)
    (raw / "hat" / "00.jpg").write_bytes(b"")
    checkout.datasets(
        log={"source": "event_log", "path": str(log)},
        packed={"source": "event_log", "path": str(packed)},
        strict={"source": "image_folder", "path": str(raw), "damaged": "exclude"},
        mine={"source": "image_folder", "path": str(raw), "damaged": {"largest_share": 0.05}},
    )
    for name, said in (
        ("log", r"log.csv is not utf-8: line 2 has the byte 0xe9; set its `encoding`"),
        ("packed", r"packed.csv is cut short or damaged .*; bring it again"),
        ("strict", r"1 of 40 pictures \(2.5 %\) are damaged, and `damaged` in params.yaml allows 1 %"),
    ):
        with pytest.raises(UserError, match=said):
            bring(name)
        assert not prepared(name)
    assert ingest_dataset("mine").damaged == 1


def test_a_clone_is_clean_after_repro_and_is_filled_from_the_remote(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = class_folders(tmp_path / "raw", count=4)
    with tarfile.open(tmp_path / "raw.tar.gz", "w:gz") as tar:
        tar.add(raw, arcname="raw")
    archive = {
        "url": "http://127.0.0.1:9/raw.tar.gz",
        "file": "raw.tar.gz",
        "files": 8,
        "content_sha256": sha256_tree(raw),
    }
    checkout.datasets(mine={"source": "image_folder", "archive": archive})
    checkout.run("git", "init", "-q")
    monkeypatch.setenv("CORKBOARD_MIRROR", "..")  # relative to where the command is given
    first = bring("mine")
    assert rows(first) == 8
    checkout.run("git", "add", "-A")
    checkout.run("git", "commit", "-qm", "start")
    assert "data/store" not in checkout.run("git", "ls-files")

    checkout.run("git", "clone", "-q", ".", str(tmp_path / "clone"))
    clone = Checkout(tmp_path / "clone")
    clone.dvc("repro")
    assert "up to date" in clone.dvc("status", "prepare@mine")
    assert clone.run("git", "status", "--porcelain") == ""

    monkeypatch.delenv("CORKBOARD_MIRROR")
    shutil.rmtree(tmp_path / "clone")
    checkout.dvc("remote", "add", "--default", "shared", str(tmp_path / "remote"))
    checkout.dvc("push")
    checkout.run("git", "commit", "-qam", "share")
    checkout.run("git", "clone", "-q", ".", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert bring("mine").version == first.version


REPRODUCE = "from data.versioned import reproduce, version; print(reproduce('mine'), version('mine'))"


def test_what_the_code_says_decides_not_how_it_is_written(checkout: Checkout, tmp_path: Path) -> None:
    class_folders(tmp_path / "raw", count=20)
    checkout.datasets(mine={"source": "image_folder", "path": str(tmp_path / "raw")})

    def reproduced() -> tuple[bool, str]:
        """Whether anything was made by the code of the checkout, and the version that lies there then."""
        made, found = checkout.run(sys.executable, "-c", REPRODUCE).split()
        return made == "True", found

    made, first = reproduced()
    assert made
    assert reproduced() == (False, first)
    splits = checkout.folder / "data" / "splits.py"
    splits.write_text('"""Another docstring."""\n# a comment\n' + splits.read_text().partition('"""\n')[2])
    assert reproduced() == (False, first)
    assert reproduced() == (False, first)
    assert "Stage 'prepare@mine' didn't change, skipping" in checkout.dvc("repro")
    pictures = checkout.folder / "data" / "params" / "pictures.py"
    text = pictures.read_text()
    pictures.write_text(text.replace("    seed: int = 0\n", "    seed: int = 5\n"))
    assert pictures.read_text() != text
    made, second = reproduced()
    assert (made, second != first) == (True, True)
    pictures.write_text(text)
    assert reproduced() == (True, first)


def test_private_settings_follow_the_checkout(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.datasets()
    settings = checkout.folder / ".dvc" / "config.local"
    settings.write_text('[core]\n    hardlink_lock = true\n[remote "shared"]\n    url = /nowhere\n')
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "once"))
    configure()
    assert f"site_cache_dir = {tmp_path}/once/dvc" in settings.read_text()
    assert "no_scm = true" in settings.read_text()
    monkeypatch.delenv("CORKBOARD_HOME")
    (checkout.folder / ".git").mkdir()
    configure()
    assert "once" not in settings.read_text()
    assert f"site_cache_dir = {checkout.folder}/.corkboard/dvc" in settings.read_text()
    assert "no_scm" not in settings.read_text()
    assert "hardlink_lock = true" in settings.read_text()  # what others have set stays
    assert "url = /nowhere" in settings.read_text()


KILLED = """
import os, signal
from data.versioned import bring
bring("mine", lambda what, done, total: os.kill(os.getpid(), signal.SIGKILL) if what == "render" else None)
"""


def test_a_killed_start_leaves_nothing_that_goes_on(checkout: Checkout) -> None:
    checkout.datasets(mine={"source": "world", "seed": 1, "objects": 40, "scenes": 0, "size_px": 64})
    former = bring("mine").version
    store = checkout.folder / "data" / "store"
    checkout.datasets(mine={"source": "world", "seed": 2, "objects": 40, "scenes": 0, "size_px": 64})
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=checkout.folder, check=False)
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while (store / ".mine.preparing").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {path.name for path in store.iterdir()} <= {"mine", ".mine.lock", ".code.json", ".gitignore"}
    assert version("mine") == former
    assert (store / "mine" / "items.parquet").is_file()
    assert bring("mine").version != former


def limited(folder: Path, size_bytes: int) -> subprocess.CompletedProcess[str]:
    """Prepare with a limit on the size of a file, which stands in for a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))

    command = [sys.executable, "-m", "data", "prepare", "mine"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, preexec_fn=limit)


def test_a_full_disk_leaves_the_former_data_and_nothing_half_written(checkout: Checkout, tmp_path: Path) -> None:
    raw = class_folders(tmp_path / "raw", count=4)
    checkout.datasets(mine={"source": "image_folder", "path": str(raw)})
    assert limited(checkout.folder, resource.RLIM_INFINITY).returncode == 0
    store = checkout.folder / "data" / "store"
    before = sha256_tree(store / "mine")
    picture(5, 400).save(raw / "hat" / "large.png")
    (store / ".mine.preparing").mkdir()  # as a killed preparation leaves it
    done = limited(checkout.folder, 20_000)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("error: the disk or quota of")
    assert "Traceback" not in done.stderr
    assert sha256_tree(store / "mine") == before
    assert {path.name for path in store.iterdir()} <= {"mine", ".mine.lock"}


def test_a_data_set_that_is_not_there(checkout: Checkout) -> None:
    checkout.datasets()
    with pytest.raises(UserError, match=r"unknown data set 'mine'"):
        bring("mine")
    checkout.datasets(mine={"source": "image_folder", "path": "gone"})
    with pytest.raises(UserError, match=r"gone is missing"):
        bring("mine")
    assert not prepared("mine")
    assert not (checkout.folder / "data" / "store" / "mine").exists()
