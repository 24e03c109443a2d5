"""`python -m serving.package --system visual-search --version 3 --bundle PATH`: a Bento of exactly that version."""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from components.bundle import Manifest, verify
from data.environment import prepare
from data.errors import UserError
from serving.command import run
from serving.requirements import pinned

__all__ = ["main", "package"]

ROOT = Path(__file__).resolve().parents[1]
ENTRY = '''"""The service of {tag}; `bentoml serve` starts it."""

from serving.guard import Guard
from serving.service import declare, make_service

Served = make_service("{tag}")
Service = declare("{service}")(Served)
Service.add_asgi_middleware(Guard, metrics=Served.metrics)
'''


def package(system: str, version: str, bundle: Path, labels: dict[str, str]) -> dict[str, Any]:
    """Store the bundle as a BentoML model and build the Bento, both called `system:version`.

    An existing Bento of the same bundle, code and libraries is reused; one that differs is replaced.
    Returns `{"bento": tag, "size_mb": megabytes, "reused": bool}`.

    Raises:
        UserError: the bundle is not whole, is of another system, or does not open without the trainers' libraries.
    """
    manifest = verify(bundle)
    if manifest.system != system:
        raise UserError(f"{bundle} is a bundle of {manifest.system}, not of {system}; give the bundle of that system")
    import bentoml

    tag = f"{system}:{version}"
    sources, requirements = needed_sources(system, bundle), pinned()
    content = _content_hash(manifest, sources, requirements)
    bento = _stored(bentoml.get, tag)
    if bento is not None and bento.info.labels.get("content") == content and _stored(bentoml.models.get, tag):
        return {"bento": tag, "size_mb": _size_mb(tag), "reused": True}
    facts = {**labels, "version": version, "bundle_hash": manifest.bundle_hash, "data_version": manifest.data_version}
    _store_model(tag, bundle, facts)
    if bento is not None:
        bentoml.delete(tag)
    _build(system, version, sources, requirements, {**facts, "content": content})
    return {"bento": tag, "size_mb": _size_mb(tag), "reused": False}


def needed_sources(system: str, bundle: Path) -> list[str]:
    """The project's files that opening and answering takes, found by doing it where trainers cannot be imported."""
    found = subprocess.run(
        [sys.executable, "-m", "serving.probe", system, str(bundle.resolve())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        reason = (found.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"the bundle {bundle} does not serve: {reason}")
    return list(json.loads(found.stdout.splitlines()[-1]))


def _content_hash(manifest: Manifest, sources: list[str], requirements: list[str]) -> str:
    digest = hashlib.sha256(manifest.bundle_hash.encode())
    for source in sources:
        digest.update(f"{source}\0".encode() + (ROOT / source).read_bytes())
    digest.update("\n".join([ENTRY, *requirements]).encode())
    return digest.hexdigest()[:32]


def _stored(get: Any, tag: str) -> Any:
    from bentoml.exceptions import NotFound

    try:
        return get(tag)
    except NotFound:
        return None


def _store_model(tag: str, bundle: Path, labels: dict[str, str]) -> None:
    import bentoml

    stored = _stored(bentoml.models.get, tag)
    if stored is not None and stored.info.labels.get("bundle_hash") == labels["bundle_hash"]:
        return
    if stored is not None:
        bentoml.models.delete(tag)
    with bentoml.models.create(tag, labels=labels) as model:
        shutil.copytree(bundle, model.path, dirs_exist_ok=True)


def _build(system: str, version: str, sources: list[str], requirements: list[str], labels: dict[str, str]) -> None:
    import bentoml

    with tempfile.TemporaryDirectory(prefix="corkboard-bento-") as folder:
        stage = Path(folder)
        for source in sources:
            target = stage / source
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)
        (stage / "entry.py").write_text(
            ENTRY.format(tag=f"{system}:{version}", service=system.replace("-", "_")), encoding="utf-8"
        )
        bentoml.build(
            "entry:Service",
            name=system,
            version=version,
            labels=labels,
            description=f"# {system}, version {version}\n\n`POST /v1/…`; `/v1/openapi.json` describes the API.\n",
            include=["**/*.py"],
            python={"packages": requirements, "lock_packages": False},
            build_ctx=str(stage),
        )


def _size_mb(tag: str) -> float:
    import bentoml

    folders = (Path(bentoml.get(tag).path), Path(bentoml.models.get(tag).path))
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return round(sum(path.stat().st_size for path in files) / 1e6, 3)


def _label(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not name or not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, value


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.package", description=__doc__)
    parser.add_argument("--system", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--bundle", required=True, type=Path)
    parser.add_argument("--labels", nargs="*", type=_label, default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    prepare()
    return package(given.system, given.version, given.bundle, dict(given.labels))


if __name__ == "__main__":
    run(main)
