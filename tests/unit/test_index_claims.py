"""The index folders of former champions go, and never one that a process still uses."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from components.index import VectorIndex
from components.index.claims import claim, drop_unclaimed
from components.index.live import Change, LiveIndex

HOLDER = """
import sys
from pathlib import Path
from components.index.claims import claim
held = claim(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def compacted(folder: Path) -> Path:
    index = LiveIndex(folder, VectorIndex.build(np.eye(3, dtype=np.float32), ["a", "b", "c"], {}))
    index.apply([Change(1, "d", np.ones(3, np.float32))])
    assert index.compact() is not None
    return folder


def test_what_no_champion_uses_goes_and_the_one_before_stays(tmp_path: Path) -> None:
    folders = [compacted(tmp_path / f"champion-{number}") for number in range(4)]
    for folder in folders[1:]:
        claim(folder).close()
    mine = claim(folders[3])
    assert drop_unclaimed(tmp_path) == [folders[1], folders[0]]  # the first is of a time without claims
    assert sorted(path.name for path in tmp_path.iterdir()) == ["champion-2", "champion-3"]
    assert drop_unclaimed(tmp_path) == []
    assert drop_unclaimed(tmp_path, spared=0) == [folders[2]]
    mine.close()
    assert len(LiveIndex(folders[3], VectorIndex.build(np.eye(3, dtype=np.float32), ["a", "b", "c"], {}))) == 4


def test_a_folder_that_another_process_uses_stays_until_it_ends(tmp_path: Path) -> None:
    folder = compacted(tmp_path / "champion")
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert drop_unclaimed(tmp_path, spared=0) == []
        process.kill()  # however it ends
    assert drop_unclaimed(tmp_path, spared=0) == [folder]


def test_what_is_no_index_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "holiday.jpg").touch()
    (tmp_path / "items.db").touch()
    (tmp_path / ".dropped-champion-7").mkdir()  # by a process that was killed meanwhile
    assert drop_unclaimed(tmp_path / "nothing") == []
    assert drop_unclaimed(tmp_path, spared=0) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.db", "mine"]


def test_a_folder_that_is_claimed_while_others_go_is_there_afterwards(tmp_path: Path) -> None:
    folder, faults = tmp_path / "champion", []
    stop = threading.Event()

    def dropping() -> None:
        while not stop.is_set():
            drop_unclaimed(tmp_path, spared=0)

    thread = threading.Thread(target=dropping)
    thread.start()
    try:
        for _ in range(300):
            with claim(folder):
                if not (folder / "in-use").is_file():
                    faults.append("gone")
    finally:
        stop.set()
        thread.join()
    assert faults == []


def test_several_processes_may_clean_up_at_once(tmp_path: Path) -> None:
    faults: list[Exception] = []
    for number in range(200):
        for generation in range(3):
            (tmp_path / f"champion-{number}" / f"{generation}").mkdir(parents=True)
        (tmp_path / f"champion-{number}" / "in-use").touch()

    def dropping() -> None:
        try:
            drop_unclaimed(tmp_path, spared=0)
        except OSError as error:
            faults.append(error)

    threads = [threading.Thread(target=dropping) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert list(tmp_path.iterdir()) == []
