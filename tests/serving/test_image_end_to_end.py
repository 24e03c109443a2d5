"""A real image: built, looked into, started without rights, asked its golden requests, stopped. `make test-image`."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.image.engine import Engine, find_engine
from serving.process import free_port, running
from serving.smoke import expected, replayed
from serving.state import STATE_URL, open_state
from tests.databases import postgres_server, redis_server

ROOT = Path(__file__).parents[2]
WANTED = os.environ.get("CORKBOARD_TEST_IMAGE") == "1"
MOST_MB = 500
# A container by the kernel's own means, for machines where no runtime of containers may run: the image's files mounted
# so that nobody can write to them, a tmpfs where the image declares its volume, no capabilities, the image's user.
CHROOT = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t tmpfs -o mode=0700,uid=10001,gid=10001 tmpfs "$1/var/lib/corkboard"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -o remount,bind,ro "$1"
root="$1"; shift
exec setpriv --no-new-privs chroot --userspec=10001:10001 "$root" "$@"
"""

pytestmark = pytest.mark.skipif(not WANTED, reason="builds an image, which takes minutes; `make test-image` runs it")


@pytest.fixture(scope="module")
def engine() -> Engine:
    try:
        found = find_engine()
    except ValueError as error:
        pytest.skip(str(error))
    if found.name == "buildah" and os.geteuid() != 0:
        pytest.skip("an image of buildah's is started by mounting it, which takes root")
    return found


@pytest.fixture(scope="module", params=["bento", "discovery_bento"])
def packaged(request: pytest.FixtureRequest) -> str:
    """The Bento of one system, and that of all of them behind one service."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="module")
def built(
    engine: Engine, packaged: str, bentos: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    output = ["--output", str(tmp_path_factory.mktemp("image") / "image.tar")] if engine.name == "buildah" else []
    command = [sys.executable, "-m", "serving.image", "--bento", packaged, *output]
    done = subprocess.run(command, cwd=ROOT, env=bentos, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def config(engine: Engine, built: dict[str, Any]) -> dict[str, Any]:
    """How the image says that it is to be run."""
    if engine.name == "docker":
        found = json.loads(_told([engine.program, "image", "inspect", built["image"]]))[0]["Config"]
    else:
        found = json.loads(_told([engine.program, "inspect", "--type", "image", built["image"]]))["Docker"]["config"]
    return dict(found)


@pytest.fixture(scope="module")
def files(engine: Engine, built: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The image's files as a folder."""
    if engine.name == "docker":
        folder = tmp_path_factory.mktemp("files")
        container = _told([engine.program, "create", built["image"]]).strip()
        try:
            exported = folder.with_suffix(".tar")
            _told([engine.program, "export", "--output", str(exported), container])
            with tarfile.open(exported) as tar:
                tar.extractall(folder, filter="tar")
            yield folder
        finally:
            _told([engine.program, "rm", "--volumes", container])
    else:
        container = _told([engine.program, "from", "--pull-never", built["image"]]).strip()
        try:
            yield Path(_told([engine.program, "mount", container]).strip())
        finally:
            _told([engine.program, "rm", container])


@contextlib.contextmanager
def _started(
    engine: Engine, image: str, config: dict[str, Any], files: Path, given: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of the running image. given: settings beside its own."""
    port = free_port()
    own = {"BENTOML_PORT": str(port), "BENTOML_HOST": "127.0.0.1", **(given or {})}
    if engine.name == "docker":
        rights = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "host")
        settings = [part for name, value in own.items() for part in ("--env", f"{name}={value}")]
        name = f"corkboard-test-{port}"
        command = [engine.program, "run", "--rm", "--name", name, *rights, *settings, image]
    else:
        name = ""
        inside = dict(line.split("=", 1) for line in config["Env"]) | own
        variables = [f"{key}={value}" for key, value in inside.items()]
        entry = ["/usr/bin/env", "-i", *variables, *config["Entrypoint"]]
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", CHROOT, "sh", str(files)]
        command = [*unshare, *entry]
    try:
        with running(command, port) as address:
            yield address
    finally:
        if name and shutil.which("docker"):
            subprocess.run([engine.program, "rm", "--force", "--volumes", name], capture_output=True, check=False)


def _told(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_small_and_labelled(built: dict[str, Any], config: dict[str, Any]) -> None:
    assert built["size_without_models_mb"] <= built["size_mb"] <= MOST_MB
    assert built["labels"].items() <= config["Labels"].items()
    assert config["User"] == "10001:10001"
    assert config["Volumes"] == {"/var/lib/corkboard": {}}
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert not any(name in line for line in config["Env"] for name in ("PIP_", "INDEX", "CERT", "PROXY", "://"))


def test_it_holds_no_compiler_no_trainer_and_nothing_of_this_machine(files: Path) -> None:
    programs = {path.name for folder in ("usr/bin", "usr/sbin", "usr/local/bin") for path in (files / folder).glob("*")}
    assert not programs & {"gcc", "cc", "c++", "ld", "make", "pip", "pip3", "apt", "apt-get", "perl", "git", "uv"}
    site = next((files / "opt/venv/lib").glob("python3*")) / "site-packages"
    packages = {path.name for path in site.iterdir()}
    assert "numpy" in packages
    assert not packages & {"torch", "pip", "setuptools", "mlflow", "prefect", "pandas", "scipy", "bin"}
    assert not [path for path in files.rglob("*") if path.is_file() and path.lstat().st_mode & 0o6000]
    written = [path for path in (files / "app").rglob("*") if path.is_file()] + list(site.glob("*.dist-info/*"))
    for path in written:
        if path.is_file() and path.suffix != ".part":
            assert str(ROOT).encode() not in path.read_bytes(), path
    assert not (files / "etc/pip.conf").exists()
    assert not (files / "etc/resolv.conf").exists() or not (files / "etc/resolv.conf").read_bytes()


def test_the_bill_of_materials_is_that_of_the_image(built: dict[str, Any], files: Path) -> None:
    told = json.loads(Path(built["sbom"]).read_text())
    assert told == json.loads((files / "app/sbom.cdx.json").read_text())
    kinds = {part["purl"].split("/")[0] for part in told["components"] if "purl" in part}
    assert kinds == {"pkg:deb", "pkg:pypi", "pkg:generic"}
    site = next((files / "opt/venv/lib").glob("python3*")) / "site-packages"
    assert sum(part.get("purl", "").startswith("pkg:pypi") for part in told["components"]) == len(
        list(site.glob("*.dist-info"))
    )


def test_the_archive_is_an_image(built: dict[str, Any]) -> None:
    if built["output"] is None:
        pytest.skip("older Docker engines write no OCI archives")
    with tarfile.open(built["output"]) as tar:
        read = {name: tar.extractfile(name) for name in tar.getnames() if name.endswith(".json")}
        index = json.load(read["index.json"])  # type: ignore[arg-type]
    assert index["manifests"][0]["mediaType"] == "application/vnd.oci.image.manifest.v1+json"


def test_golden_requests_are_answered_without_rights(
    engine: Engine,
    built: dict[str, Any],
    config: dict[str, Any],
    files: Path,
    packaged: str,
    bentos: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENTOML_HOME", bentos["BENTOML_HOME"])
    wanted = expected(packaged)
    with _started(engine, built["image"], config, files) as address:
        assert httpx.get(f"{address}/readyz").status_code == 200
        told = replayed(address, wanted)
        assert told["failures"] == []
        assert told["requests"] == len(wanted.goldens) > 3
        assert _health(engine, built, config, files, address) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/readyz")
    assert _health(engine, built, config, files, address) != 0


@pytest.mark.parametrize("server", [redis_server, postgres_server])
def test_state_may_lie_in_a_server(
    engine: Engine,
    built: dict[str, Any],
    config: dict[str, Any],
    files: Path,
    packaged: str,
    server: Callable[[Path], contextlib.AbstractContextManager[str]],
    tmp_path: Path,
    draw: Callable[..., bytes],
) -> None:
    if not packaged.startswith("discovery:"):
        pytest.skip("of the composed service")
    with server(tmp_path) as url, _started(engine, built["image"], config, files, {STATE_URL: url}) as address:
        answer = httpx.put(f"{address}/v1/items/new", files={"picture": draw(1)}, data={"title": "New"}, timeout=60)
        assert answer.status_code == 201, answer.text
        state = open_state(url)
        change = state.items.get("new")
        state.close()
    assert change is not None
    assert change.item is not None
    assert change.item.title == "New"


def _health(engine: Engine, built: dict[str, Any], config: dict[str, Any], files: Path, address: str) -> int:
    """The exit code of the image's health check."""
    port = address.rpartition(":")[2]
    check = config["Healthcheck"]["Test"][1:]
    if engine.name == "docker":
        given = ["--rm", "--network", "host", "--read-only", "--env", f"BENTOML_PORT={port}", "--entrypoint", check[0]]
        command = [engine.program, "run", *given, built["image"], *check[1:]]
    else:
        command = ["chroot", "--userspec=10001:10001", str(files), "/usr/bin/env", f"BENTOML_PORT={port}", *check]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_a_composed_service_names_its_source_and_its_data(built: dict[str, Any], packaged: str, files: Path) -> None:
    if not packaged.startswith("discovery:"):
        pytest.skip("of the composed service")
    told = built["labels"]
    assert told["org.opencontainers.image.revision"] == "revision-1"
    systems = [
        "discovery-catalogue",
        "scene-parsing",
        "search-relevance",
        "shop-the-look",
        "user-sequence",
        "visual-search",
    ]
    assert [model.partition(":")[0] for model in told["corkboard.models"].split()] == systems
    assert [version.partition("=")[0] for version in told["corkboard.data_versions"].split()] == systems
    site = next((files / "opt/venv/lib").glob("python3*")) / "site-packages"
    assert {"redis", "pg8000"} <= {path.name for path in site.iterdir()}
