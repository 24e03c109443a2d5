"""`python -m serving.package --system my-system --version 3 --bundle PATH`: a Bento of exactly that version."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.bundle import verify
from components.code import code_to_serve
from components.inputs import all_of, linked
from components.system import Input
from data.environment import set_environment
from data.errors import UserError
from serving.bento import build_bento, content_of, files_of, is_whole, store_model
from serving.command import run
from serving.probe import prove
from serving.requirements import pinned
from serving.store import bundle_folder, model_folder, store

__all__ = ["main", "model_tag", "package", "store_bundle"]

RIM = ("serving.declare", "serving.guard", "serving.service")  # what the entry imports
ENTRY = '''"""The service of {model}; `bentoml serve` starts it."""

from serving.declare import declare
from serving.guard import Guard
from serving.service import make_service

Served = make_service("{model}", "{version}", {inputs})
Service = declare("{service}")(Served)
Service.add_asgi_middleware(Guard, metrics=Served.metrics, served=Served.served)
'''


def package(
    system: str, version: str, bundle: Path, labels: dict[str, str], below: Sequence[Path] = ()
) -> dict[str, Any]:
    """Store the bundle as a BentoML model and build the Bento `system:version-content`.

    below: the bundles that it builds on. Each becomes a model of its own, which Bentos share.

    `content` is a hash of bundle, code and libraries. A Bento with the same content is reused. One with other content
    stays beside the new Bento, which is not proven yet. All Bentos of a bundle share its model.
    Returns `{"bento": tag, "size_mb": megabytes, "reused": bool}`.

    Raises:
        UserError: the bundle is not whole, is of another system, or does not open without the trainers' libraries.
    """
    manifest = verify(bundle)
    if manifest.system != system:
        raise UserError(f"{bundle} is a bundle of {manifest.system}, not of {system}; give the bundle of that system")
    inputs = all_of(linked(manifest, below))
    code = code_to_serve([system], RIM)
    sources, requirements = files_of(code), pinned(code.libraries)
    content = content_of(manifest.bundle_hash, ENTRY, sources=sources, requirements=requirements)
    name = f"{version}-{content[:8]}"
    folder = store() / "bentos" / system / name
    models = {_model(one): one.bundle_hash for one in inputs}
    if (
        is_whole(folder, sources)
        and _is_bundle(bundle_folder(folder), manifest.bundle_hash)
        and all(_is_bundle(model_folder(tag), bundle_hash) for tag, bundle_hash in models.items())
    ):
        return _result(system, folder, reused=True)
    prove(RIM, {system: bundle}, sources, below)
    facts = {**labels, "version": version, "bundle_hash": manifest.bundle_hash, "data_version": manifest.data_version}
    model = model_tag(system, version, manifest.bundle_hash)
    store_bundle(model, bundle, facts)
    for one in inputs:
        store_bundle(_model(one), one.bundle, {"version": str(one.version), "bundle_hash": one.bundle_hash})
    build_bento(
        system,
        name,
        ENTRY.format(
            model=model,
            version=version,
            service=system.replace("-", "_"),
            inputs=json.dumps(list(models)),
        ),
        sources,
        requirements,
        facts,
        f"# {system}, version {version}\n\n`POST /v1/…`; `/v1/openapi.json` describes the API.\n",
    )
    return _result(system, folder, reused=False)


def model_tag(system: str, version: str | int, bundle_hash: str) -> str:
    """The BentoML model of a bundle."""
    return f"{system}:{version}-{bundle_hash[:8]}"


def _model(one: Input) -> str:
    return model_tag(one.system, one.version, one.bundle_hash)


def _is_bundle(folder: Path, bundle_hash: str) -> bool:
    try:
        return verify(folder).bundle_hash == bundle_hash
    except UserError:
        return False


def store_bundle(tag: str, bundle: Path, labels: dict[str, str]) -> None:
    """Store a bundle as the BentoML model `tag`, unless it is there and whole."""
    bundle_hash = verify(bundle).bundle_hash
    store_model(tag, bundle, labels, lambda folder: _is_bundle(folder, bundle_hash))


def _result(system: str, bento: Path, reused: bool) -> dict[str, Any]:
    files = (path for folder in (bento, bundle_folder(bento)) for path in folder.rglob("*") if path.is_file())
    size_mb = round(sum(path.stat().st_size for path in files) / 1e6, 3)
    return {"bento": f"{system}:{bento.name}", "size_mb": size_mb, "reused": reused}


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
    parser.add_argument("--inputs", nargs="*", type=Path, default=[], metavar="PATH", help="bundles it builds on")
    parser.add_argument("--labels", nargs="*", type=_label, default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    set_environment()
    return package(given.system, given.version, given.bundle, dict(given.labels), given.inputs)


if __name__ == "__main__":
    run(main)
