"""`python -m serving.discovery.package --peer visual-search=3=BUNDLE … --dataset NAME=VERSION=FOLDER`.

One Bento of several champions, with the catalogue of the data set that the first was trained on.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.bundle import Manifest, verify
from components.code import code_to_serve
from components.golden import FOLDER as GOLDENS
from components.system import load_system
from data.code import ROOT, code_of
from data.dataset import Dataset, open_dataset
from data.environment import set_environment
from data.errors import UserError
from serving.bento import build_bento, content_of, files_of, is_whole, store_model
from serving.command import run
from serving.discovery.catalogue import ITEMS
from serving.discovery.context import SEARCH, SEQUENCE
from serving.discovery.goldens import peer, reason
from serving.package import store_bundle
from serving.probe import prove
from serving.requirements import pinned
from serving.store import model_folder, store

__all__ = ["main", "package"]

NAME, CATALOGUE = "discovery", "discovery-catalogue"
RIM = "serving.discovery.service"  # what the entry imports
BUILDER = "serving.discovery.build_catalogue"
ENTRY = '''"""The service of {systems}; `bentoml serve` starts it with all of them."""

from serving.discovery.service import make_entry, make_search, make_sequence

CATALOGUE = "{catalogue}"
{services}
Service = make_entry({map}, CATALOGUE, {left_out}, "{version}", "{revision}")
'''
MAKERS = {
    SEARCH: 'VisualSearch = make_search("{model}", "{version}", CATALOGUE)',
    SEQUENCE: 'UserSequence = make_sequence("{model}", "{version}")',
}
CLASSES = {SEARCH: "VisualSearch", SEQUENCE: "UserSequence"}


def package(
    peers: Mapping[str, tuple[str, Path]], dataset: Dataset, left_out: Mapping[str, str], revision: str = ""
) -> dict[str, Any]:
    """Store the bundles and the catalogue as BentoML models and build the Bento `discovery:content`.

    peers: system to version and bundle; visual-search has to be among them. left_out: systems that are not served, and
    why. Returns `{"bento": tag, "items": number, "left_out": {system: why}, "reused": bool}`.

    Raises:
        UserError: a bundle is not whole or does not serve, or the data set has no pictures.
    """
    if SEARCH not in peers:
        raise UserError(f"discovery needs {SEARCH}; run `corkboard run {SEARCH}` first")
    manifests = {system: verify(bundle) for system, (_, bundle) in peers.items()}
    catalogue = _stored_catalogue(dataset, peers[SEARCH][1], manifests[SEARCH])
    peers, left_out = _that_fit(peers, left_out, model_folder(catalogue))
    models = {
        system: f"{system}:{version}-{manifests[system].bundle_hash[:8]}" for system, (version, _) in peers.items()
    }
    code = code_to_serve(peers, [RIM])
    sources, requirements = [*files_of(code), *_page()], pinned(code.libraries)
    text = _entry(peers, models, catalogue, left_out)
    goldens = code_of(["serving.discovery.goldens"])
    version = content_of(text, goldens.hash, sources=sources, requirements=requirements)[:12]
    target = store() / "bentos" / NAME / version
    reused = is_whole(target, sources) and (target / "src" / GOLDENS).is_dir()
    for system, (number, bundle) in peers.items():
        facts = {"version": number, "bundle_hash": manifests[system].bundle_hash}
        store_bundle(models[system], bundle, facts | {"data_version": manifests[system].data_version})
    if not reused:
        served = [name for name in code.modules if name.startswith("serving.")]
        prove(served, {system: bundle for system, (_, bundle) in peers.items()}, sources)
        labels = {system: number for system, (number, _) in peers.items()} | {"git_revision": revision}
        description = f"# Discovery: {', '.join(peers)}\n\nThe page is at `/`, the API at `/v1/openapi.json`.\n"
        text = text.replace("{self}", version).replace("{revision}", revision)
        with tempfile.TemporaryDirectory(prefix="corkboard-golden-") as folder:
            _ask_goldens(peers, left_out, model_folder(catalogue), Path(folder))
            build_bento(NAME, version, text, sources, requirements, labels, description, Path(folder))
    items = sum(1 for _ in (model_folder(catalogue) / ITEMS).open("rb"))
    return {"bento": f"{NAME}:{version}", "items": items, "left_out": dict(left_out), "reused": reused}


def _stored_catalogue(dataset: Dataset, bundle: Path, manifest: Manifest) -> str:
    """The tag of the catalogue, which is made unless it is there."""
    code = code_of([BUILDER])
    made_of = [dataset.name, dataset.version, manifest.bundle_hash, code.hash, code.versions]
    tag = f"{CATALOGUE}:{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]}"
    target = model_folder(tag)
    if (target / "model.yaml").is_file() and (target / ITEMS).is_file():
        return tag
    from serving.discovery.build_catalogue import build_catalogue

    same = dataset.name == manifest.dataset and dataset.versions(load_system(SEARCH).tables) == manifest.tables

    def told(doing: str, done: int, total: int) -> None:
        if not done % 1000:
            print(f"{doing}: {done} of {total}", file=sys.stderr, flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory(prefix="corkboard-catalogue-") as folder:
        build_catalogue(dataset, bundle, same, Path(folder), told)
        facts = {"dataset": dataset.name, "data_version": dataset.version, "bundle_hash": manifest.bundle_hash}
        shutil.rmtree(target, ignore_errors=True)
        store_model(tag, Path(folder), facts, lambda _: False)
    return tag


def _that_fit(
    peers: Mapping[str, tuple[str, Path]], left_out: Mapping[str, str], catalogue: Path
) -> tuple[dict[str, tuple[str, Path]], dict[str, str]]:
    """Leave out a system that knows none of the items."""
    from components.gallery import Gallery

    kept, out = dict(peers), dict(left_out)
    if SEQUENCE in kept:
        with (catalogue / ITEMS).open(encoding="utf-8") as file:
            known = {json.loads(line)["item_id"] for line in file}
        version, bundle = kept[SEQUENCE]
        if not known.intersection(Gallery.load(bundle / "index").item_ids.tolist()):
            del kept[SEQUENCE]
            out[SEQUENCE] = f"version {version} was trained on other items than {SEARCH}"
    return kept, out


def _page() -> list[str]:
    """The files of the page, relative to the checkout."""
    page = ROOT / "serving" / "page"
    files = (path.relative_to(ROOT).as_posix() for path in page.rglob("*") if path.is_file())
    return sorted(name for name in files if "__pycache__" not in name)


def _entry(
    peers: Mapping[str, tuple[str, Path]],
    models: Mapping[str, str],
    catalogue: str,
    left_out: Mapping[str, str],
) -> str:
    """The entry module, with `{self}` and `{revision}` to be filled in: neither makes it another content."""
    lines = [MAKERS[system].format(model=models[system], version=version) for system, (version, _) in peers.items()]
    pairs = ", ".join(f'"{system}": {CLASSES[system]}' for system in peers)
    return ENTRY.format(
        systems=" and ".join(peers),
        catalogue=catalogue,
        services="\n".join(lines),
        map="{" + pairs + "}",
        left_out=json.dumps(dict(left_out)),
        version="{self}",
        revision="{revision}",
    )


def _ask_goldens(
    peers: Mapping[str, tuple[str, Path]], left_out: Mapping[str, str], catalogue: Path, out: Path
) -> None:
    """Golden requests below `out`, with the answers of this checkout; see `serving.discovery.goldens`."""
    command = [sys.executable, "-m", "serving.discovery.goldens", "--catalogue", str(catalogue), "--out", str(out)]
    for system, (version, bundle) in peers.items():
        command += ["--peer", f"{system}={version}={bundle.resolve()}"]
    for system, why in left_out.items():
        command += ["--left-out", f"{system}={why}"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        told = (found.stderr.strip().splitlines() or ["no reason given"])[-1].removeprefix("corkboard: ")
        raise UserError(f"the service does not answer its golden requests: {told}")


def _dataset(text: str) -> Dataset:
    name, _, rest = text.partition("=")
    version, _, folder = rest.partition("=")
    if not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VERSION=FOLDER")
    return open_dataset(name, Path(folder), version)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.discovery.package", description=__doc__)
    parser.add_argument("--peer", required=True, action="append", type=peer, metavar="SYSTEM=VERSION=BUNDLE")
    parser.add_argument("--dataset", required=True, type=_dataset, metavar="NAME=VERSION=FOLDER")
    parser.add_argument("--left-out", action="append", type=reason, default=[], metavar="SYSTEM=WHY")
    parser.add_argument("--revision", default="")
    given = parser.parse_args(arguments)
    set_environment()
    return package(dict(given.peer), given.dataset, dict(given.left_out), given.revision)


if __name__ == "__main__":
    run(main)
