"""Engines, base images, archives and errors. Short scripts stand in for the programs, and note how they are called."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from data.errors import UserError
from serving.image.archive import archive
from serving.image.base import find_base
from serving.image.engine import Engine, build, find_engine
from serving.image.image import printed_inside
from serving.image.space import require_space

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "serving" / "image" / "Containerfile").read_text()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _program(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/{name}.log\n{script}\n')
    path.chmod(0o755)
    return str(path)


def test_docker_comes_first_where_it_answers(programs: Path) -> None:
    with pytest.raises(UserError, match="no Docker engine answers and there is no buildah; start Docker, or install"):
        find_engine()
    _program(programs, "buildah", "exit 0")
    assert find_engine().name == "buildah"
    _program(programs, "docker", "echo cannot connect >&2; exit 1")
    assert find_engine().name == "buildah"
    with pytest.raises(UserError, match="no Docker engine answers `docker info`; start it, or leave --engine out"):
        find_engine("docker")
    _program(programs, "docker", "exit 0")
    assert find_engine().name == "docker"
    assert find_engine("buildah").name == "buildah"


@pytest.mark.parametrize("name", ["docker", "buildah"])
def test_builds_have_no_network_and_carry_labels(programs: Path, tmp_path: Path, name: str) -> None:
    engine = Engine(name, _program(programs, name, 'echo "epoch $SOURCE_DATE_EPOCH" >> "$0.log"'))
    build(engine, tmp_path, "visual-search:3", {"BASE": "b", "PYTHON": "3.11"}, {"title": "a b"}, 42)
    called = (programs / f"{name}.log").read_text()
    assert "--network none" in called
    assert "--label title=a b" in called
    assert "--build-arg PYTHON=3.11" in called
    assert "epoch 42" in called
    assert ("--format docker" in called) is (name == "buildah")  # the format that has a health check


def test_a_failed_build_says_why(programs: Path, tmp_path: Path) -> None:
    script = (
        "echo step 3; echo corkboard: the base image has Python 3.9, the Bento needs 3.11 >&2; echo exit 1 >&2; exit 1"
    )
    engine = Engine("docker", _program(programs, "docker", script))
    with pytest.raises(UserError, match=r"docker could not build x:1: the base image has Python 3\.9, the Bento needs"):
        build(engine, tmp_path, "x:1", {}, {}, 0)


def test_the_base_is_found_or_the_way_to_one_is_told(programs: Path) -> None:
    engine = Engine("docker", _program(programs, "docker", 'case "$*" in *mine*) exit 0;; esac; exit 1'))
    assert find_base(engine, "3.11", "mine:1", print) == "mine:1"
    with pytest.raises(UserError, match="the base image theirs:1 is neither here nor can it be pulled; give another"):
        find_base(engine, "3.11", "theirs:1", print)
    for python in ("3.11", "3.12"):  # neither debootstrap, nor a Debian that has this Python
        with pytest.raises(UserError, match=f"the base image python:{python}-slim-bookworm cannot be pulled; connect"):
            find_base(engine, python, None, print)
    assert "python:3.11-slim-bookworm" in (programs / "docker.log").read_text()


def test_an_archive_is_whole_and_of_ocis_format(programs: Path, tmp_path: Path) -> None:
    output = tmp_path / "image.tar"
    output.write_text("the former")
    source = tmp_path / "made.tar"
    engine = Engine("docker", _program(programs, "docker", f"/bin/cp {source} $3"))
    for names in (["manifest.json"], ["manifest.json", "index.json", "oci-layout"]):
        with tarfile.open(source, "w") as tar:
            for name in names:
                tar.addfile(tarfile.TarInfo(name))
        if "oci-layout" not in names:
            with pytest.raises(UserError, match="older than version 25, writes no OCI archives; update it"):
                archive(engine, "x:1", output)
            assert output.read_text() == "the former"
    archive(engine, "x:1", output)
    assert output.read_bytes() == source.read_bytes()
    assert not list(tmp_path.glob(".corkboard-*"))


def test_what_is_printed_inside_is_read_whole_or_not_at_all(programs: Path) -> None:
    run = f'for last; do :; done; exec {sys.executable} -c "$last"'
    again = _program(programs, "again", f'test -e "$0.once" || {{ : > "$0.once"; echo cut; exit 0; }}\n{run}')
    assert printed_inside(Engine("docker", again), "x:1", "print('all', 'of', 'it')") == "all of it\n"
    silent = Engine("docker", _program(programs, "silent", "exit 0"))
    with pytest.raises(UserError, match="docker does not pass on what is printed inside x:1; try again"):
        printed_inside(silent, "x:1", "print(1)")


def test_a_full_disk_is_told_before_building(tmp_path: Path) -> None:
    require_space([None, tmp_path / "not there"], 0)
    with pytest.raises(UserError, match=r"building the image takes 3,000,002,500 MB, and .* MB free; free some"):
        require_space([tmp_path], 10**15)


def test_the_last_stage_runs_nothing_and_nobody_is_root() -> None:
    last = CONTAINERFILE.split("FROM scratch")[1]
    assert CONTAINERFILE.count("FROM scratch") == 1
    assert "\nRUN" not in last
    assert "\nUSER 10001:10001\n" in last
    assert "\nVOLUME /var/lib/corkboard\n" in last
    assert "\nHEALTHCHECK " in last
    assert "\nADD" not in CONTAINERFILE
    assert "://" not in CONTAINERFILE


def _image(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "serving.image", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_errors_of_the_command_are_one_sentence(bentos: dict[str, str], bento: str, tmp_path: Path) -> None:
    missing = _image("--bento", "visual-search:99-x", BENTOML_HOME=bentos["BENTOML_HOME"])
    assert missing.returncode == 1
    assert missing.stderr.startswith("corkboard: there is no Bento visual-search:99-x; run the system's lifecycle")
    none = _image("--bento", bento, BENTOML_HOME=bentos["BENTOML_HOME"], PATH=str(tmp_path))
    assert none.returncode == 1
    assert none.stderr == (
        "corkboard: no Docker engine answers and there is no buildah; start Docker, or install buildah and crun\n"
    )
    assert missing.stdout == none.stdout == ""
