"""What runs inside the image or its build, tried on small trees of files."""

import importlib.util
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from serving.image.inside.bytecode import compiled
from serving.image.inside.health import healthy
from serving.image.inside.sbom import debian_packages, document, python_packages
from serving.image.inside.size import bytes_below
from serving.image.inside.trim import forbidden, trim_packages, trim_system, unneeded

INSIDE = Path(__file__).parents[2] / "serving" / "image" / "inside"
STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u14
Description: library
 Version: is not this

Package: openssl
Status: deinstall ok config-files
Architecture: amd64
Version: 3.0

Package: login
Status: install ok installed
Architecture: amd64
Version: 1:4.13
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A Debian root with two packages, none of which is to be removed by dpkg."""
    files = {
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": STATUS.replace("login", "dash"),
        "usr/share/doc/libc6/copyright": "x",
        "usr/lib/python3.11/json/__init__.py": "",
        "usr/lib/python3.11/json/__pycache__/a.pyc": "x",
        "usr/lib/python3.11/test/regrtest.py": "",
        "usr/local/lib/python3.11/site-packages/pip/__init__.py": "",
        "usr/local/bin/pip3": "x",
        "usr/bin/su": "x",
        "etc/apt/sources.list": "deb",
    }
    return _tree(tmp_path, files)


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def _names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_the_system_loses_what_is_not_served(root: Path) -> None:
    (root / "usr/bin/su").chmod(0o4755)
    trim_system(root)
    kept = {"etc/os-release", "var/lib/dpkg/status", "usr/lib/python3.11/json/__init__.py", "usr/bin/su"}
    assert _names(root) == kept
    assert (root / "usr/bin/su").stat().st_mode & 0o7777 == 0o755


def test_a_base_without_dpkg_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="the base image is no Debian or Ubuntu; give one with --base"):
        trim_system(tmp_path)


def test_packages_lose_tests_sources_and_tools(tmp_path: Path) -> None:
    kept = {
        "numpy/__init__.py",
        "numpy/testing/__init__.py",
        "numpy/core.so",
        "numpy-2.dist-info/METADATA",
        "test/a.py",
    }
    gone = {"numpy/tests/test_a.py", "numpy/core.pyx", "numpy/f2py/a.py", "onnxruntime/tools/a.py", "bin/f2py", ".lock"}
    _tree(tmp_path, dict.fromkeys(kept | gone, ""))
    trim_packages(tmp_path)
    assert _names(tmp_path) == kept


def test_compilers_and_trainers_are_found(tmp_path: Path) -> None:
    site, root = tmp_path / "site", tmp_path / "root"
    _tree(tmp_path, {"site/numpy/__init__.py": "", "root/usr/bin/gcc-12-base": ""})
    assert forbidden(site, root) == []
    _tree(tmp_path, {"site/torch/__init__.py": "", "root/usr/bin/gcc": "", "root/usr/local/bin/pip3": ""})
    for name in ("usr/bin/gcc", "usr/local/bin/pip3"):
        (root / name).chmod(0o755)
    assert [Path(path).name for path in forbidden(site, root)] == ["torch", "gcc", "pip3"]


def test_nothing_that_serves_is_on_the_lists() -> None:
    lists = unneeded()
    modules = [name.replace("/", ".") for name in (*lists["packages"], "numpy/tests") if "/" in name]
    loaded = f"import sys, numpy, onnxruntime, faiss, tornado; sys.exit(' '.join({{*{modules!r}}} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_the_bill_of_materials_lists_everything(root: Path) -> None:
    site = _tree(
        root / "site",
        {
            "Some_Thing-1.2.dist-info/METADATA": "Name: Some_Thing\nVersion: 1.2\nLicense-Expression: MIT\n",
            "other-2.0.dist-info/METADATA": "Name: other\nVersion: 2.0\nLicense: Long\n text of it\n",
        },
    )
    debian = debian_packages(root)
    assert [part["purl"] for part in debian] == [
        "pkg:deb/debian/dash@1%3A4.13?arch=amd64&distro=debian-12",
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&distro=debian-12",
    ]
    python = python_packages(site)
    assert [part["purl"].split("@")[0] for part in python] == [
        "pkg:generic/python",
        "pkg:pypi/other",
        "pkg:pypi/some-thing",
    ]
    assert python[2]["licenses"] == [{"license": {"name": "MIT"}}]
    assert "licenses" not in python[1]
    facts = {
        "name": "x",
        "version": "1",
        "created": "2026-01-01T00:00:00Z",
        "models": [{"tag": "m:2", "data_version": "d"}],
    }
    written = document(facts, [*debian, *python])
    assert written == document(facts, [*debian, *python])
    assert written["serialNumber"] != document({**facts, "version": "2"}, debian)["serialNumber"]
    references = [part["bom-ref"] for part in written["components"]]
    assert len(set(references)) == len(references) == 6
    assert written["dependencies"][0]["dependsOn"] == references
    assert written["components"][-1]["properties"] == [{"name": "corkboard:data_version", "value": "d"}]
    json.dumps(written)


def test_bytecode_holds_whatever_the_times(tmp_path: Path) -> None:
    _tree(tmp_path, {"good.py": "x = 1\n", "template.py": "{% no python %}\n"})
    compiled([str(tmp_path)])
    cached = Path(importlib.util.cache_from_source(str(tmp_path / "good.py")))
    assert int.from_bytes(cached.read_bytes()[4:8], "little") == 0b01  # hashed, not to be checked


def test_size_counts_links_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    (tmp_path / "c").symlink_to(tmp_path / "a")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "e").write_bytes(b"x" * 10)
    assert 110 <= bytes_below(str(tmp_path)) < 110 + 4096


@pytest.mark.parametrize(("status", "expected"), [(200, True), (503, False)])
def test_health_follows_readiness(status: int, expected: bool) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            del arguments

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert healthy(str(server.server_port)) is expected
    assert healthy(str(server.server_port)) is False


def test_start_says_where_to_mount(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("no folder")
    environment = {**os.environ, "CORKBOARD_HOME": str(blocked), "TMPDIR": str(blocked / "tmp")}
    command = [sys.executable, str(INSIDE / "start.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"mount a volume of that user or a tmpfs at {blocked}" in done.stderr
    assert done.stderr.count("\n") == 1


def test_inside_needs_the_standard_library_alone() -> None:
    for path in INSIDE.glob("*.py"):
        command = [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({str(path)!r}, run_name='tried')"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
