"""`python -m serving.discovery.package --peer SYSTEM=3=BUNDLE … --dataset NAME=VERSION=FOLDER`.

One Bento of the champions that have a role, with the catalogue of the data set that the searching one learned from.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.bundle import read_manifest, verify
from components.code import code_to_serve
from components.golden import FOLDER as GOLDENS
from components.inputs import all_of, linked
from components.roles import PARSE, RECOMMEND, SEARCH
from components.system import load_system
from data.code import ROOT, code_of
from data.dataset import Dataset, open_dataset
from data.environment import set_environment
from data.errors import UserError
from serving.bento import build_bento, content_of, files_of, is_whole, store_model
from serving.command import run
from serving.discovery.assembly import open_member, parse_of
from serving.discovery.catalogue import ITEMS
from serving.discovery.declared import filling
from serving.discovery.goldens import Peer, members_of, peer, reason
from serving.discovery.member import Member
from serving.package import model_tag, store_bundle
from serving.probe import prove
from serving.requirements import pinned
from serving.store import model_folder, store

__all__ = ["CATALOGUE", "main", "package", "with_models"]

NAME, CATALOGUE = "discovery", "discovery-catalogue"
RIM = "serving.discovery.service"  # what the entry imports
BUILDERS = ("serving.discovery.build_catalogue", "serving.discovery.build_scenes")
ENTRY = '''"""The service of {systems}; `bentoml serve` starts it with all of them."""

from serving.discovery.member import Member
from serving.discovery.service import make_service

MEMBERS = (
{members}
)
Service = make_service(MEMBERS, "{catalogue}", "{version}", "{revision}")
'''


def package(
    peers: Mapping[str, Peer],
    dataset: Dataset,
    left_out: Mapping[str, str],
    revision: str = "",
    below: Sequence[Path] = (),
) -> dict[str, Any]:
    """Store the bundles and the catalogue as BentoML models and build the Bento `discovery:content`.

    peers: by system; the one of role `search` has to be among them. left_out: systems that are not served, and why.
    below: the bundles that those of `peers` build on; each is carried once.
    Returns `{"bento": tag, "items": number, "left_out": {system: why}, "reused": bool}`.

    Raises:
        UserError: a bundle is not whole or does not serve, or the data set has no pictures.
    """
    members = members_of(peers, left_out)
    searching = next((member for member in members if member.role == SEARCH and member.version), None)
    if searching is None:
        search = filling(SEARCH)
        raise UserError(f"discovery needs {search}; run `corkboard run {search}` first")
    parsing = next((member for member in members if member.role == PARSE and member.version), None)
    catalogue = _stored_catalogue(dataset, [searching, *([parsing] if parsing else [])], peers, below)
    members, models = with_models(_that_fit(members, peers, below, model_folder(catalogue)), peers, below)
    peers = {member.system: peers[member.system] for member in members if member.version}
    left_out = {member.system: member.missing for member in members if not member.version}
    code = code_to_serve(peers, [RIM, *map(_role, peers)])
    sources, requirements = [*files_of(code), *_page()], pinned(code.libraries)
    text = ENTRY.format(
        systems=" and ".join(peers),
        members="\n".join(f"    {member!r}," for member in members),
        catalogue=catalogue,
        version="{self}",  # filled in below: neither makes it another content
        revision="{revision}",
    )
    goldens = code_of(["serving.discovery.goldens"])
    version = content_of(text, goldens.hash, sources=sources, requirements=requirements)[:12]
    target = store() / "bentos" / NAME / version
    reused = is_whole(target, sources) and (target / "src" / GOLDENS).is_dir()
    for tag, bundle in models.items():
        _store(tag, bundle)
    if not reused:
        served = [name for name in code.modules if name.startswith("serving.")]
        bundles = {system: bundle for system, (_, bundle) in peers.items()}
        prove([*served, *map(_role, peers)], bundles, sources, below)
        labels = {system: number for system, (number, _) in peers.items()} | {"git_revision": revision}
        description = f"# Discovery: {', '.join(peers)}\n\nThe page is at `/`, the API at `/v1/openapi.json`.\n"
        text = text.replace("{self}", version).replace("{revision}", revision)
        with tempfile.TemporaryDirectory(prefix="corkboard-golden-") as folder:
            _ask_goldens(peers, left_out, model_folder(catalogue), Path(folder), below)
            build_bento(NAME, version, text, sources, requirements, labels, description, Path(folder))
    items = sum(1 for _ in (model_folder(catalogue) / ITEMS).open("rb"))
    return {"bento": f"{NAME}:{version}", "items": items, "left_out": left_out, "reused": reused}


def _role(system: str) -> str:
    """The module by which the service calls a system."""
    return f"{load_system(system).package}.role"


def _stored_catalogue(
    dataset: Dataset, makers: Sequence[Member], peers: Mapping[str, Peer], below: Sequence[Path]
) -> str:
    """The tag of the catalogue, unless it is there made by the searching system and the one that parses, if any."""
    from serving.discovery.build_catalogue import build_catalogue
    from serving.discovery.build_scenes import build_scenes

    bundles = [peers[member.system][1] for member in makers]
    manifests = [verify(bundle) for bundle in bundles]
    code = code_of([*BUILDERS, *(_role(member.system) for member in makers)])
    hashes = [manifest.bundle_hash for manifest in manifests]
    made_of = [dataset.name, dataset.version, *hashes, code.hash, code.versions]
    tag = f"{CATALOGUE}:{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]}"
    target = model_folder(tag)
    if (target / "model.yaml").is_file() and (target / ITEMS).is_file():
        return tag
    manifest, searching = manifests[0], makers[0]
    reads = load_system(searching.system).reads(dataset.rows)
    same = dataset.name == manifest.dataset and dataset.versions(reads) == manifest.tables

    def report(doing: str, done: int, total: int) -> None:
        if not done % 1000:
            print(f"{doing}: {done} of {total}", file=sys.stderr, flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory(prefix="corkboard-catalogue-") as folder:
        searcher = open_member(searching, bundles[0], below)
        build_catalogue(dataset, searcher, same, Path(folder), report)
        for member, bundle in zip(makers[1:], bundles[1:], strict=True):
            build_scenes(Path(folder), searcher, parse_of(member, open_member(member, bundle, below)), report)
        facts = {"dataset": dataset.name, "data_version": dataset.version, "bundle_hash": ", ".join(hashes)}
        shutil.rmtree(target, ignore_errors=True)
        store_model(tag, Path(folder), facts, lambda _: False)
    return tag


def _that_fit(members: list[Member], peers: Mapping[str, Peer], below: Sequence[Path], catalogue: Path) -> list[Member]:
    """Leave out a system that recommends none of the items."""
    with (catalogue / ITEMS).open(encoding="utf-8") as file:
        known = {json.loads(line)["item_id"] for line in file}
    fitting = []
    for member in members:
        if member.role == RECOMMEND and member.version:
            bundle = peers[member.system][1]
            if known.isdisjoint(open_member(member, bundle, below).item_ids):
                why = f"version {member.version} was trained on other items than {filling(SEARCH)}"
                fitting.append(replace(member, version="", missing=why))
                continue
        fitting.append(member)
    return fitting


def with_models(
    members: list[Member], peers: Mapping[str, Peer], below: Sequence[Path]
) -> tuple[list[Member], dict[str, Path]]:
    """The members with the BentoML models of their bundles and of what those build on, and the bundle of each model."""
    stored: list[Member] = []
    models: dict[str, Path] = {}
    for member in members:
        if not member.version:
            stored.append(member)
            continue
        bundle = peers[member.system][1]
        manifest = verify(bundle)
        inputs = all_of(linked(manifest, below))
        used = {model_tag(one.system, one.version, one.bundle_hash): one.bundle for one in inputs}
        own = model_tag(member.system, member.version, manifest.bundle_hash)
        models |= used | {own: bundle}
        stored.append(replace(member, model=own, below=tuple(used)))
    return stored, models


def _store(tag: str, bundle: Path) -> None:
    manifest = read_manifest(bundle)
    version = tag.partition(":")[2].rpartition("-")[0]
    facts = {"version": version, "bundle_hash": manifest.bundle_hash, "data_version": manifest.data_version}
    store_bundle(tag, bundle, facts)


def _page() -> list[str]:
    """The files of the page, relative to the checkout."""
    page = ROOT / "serving" / "page"
    files = (path.relative_to(ROOT).as_posix() for path in page.rglob("*") if path.is_file())
    return sorted(name for name in files if "__pycache__" not in name)


def _ask_goldens(
    peers: Mapping[str, Peer], left_out: Mapping[str, str], catalogue: Path, out: Path, below: Sequence[Path]
) -> None:
    """Golden requests below `out`, with the answers of this checkout; see `serving.discovery.goldens`."""
    command = [sys.executable, "-m", "serving.discovery.goldens", "--catalogue", str(catalogue), "--out", str(out)]
    for system, (version, bundle) in peers.items():
        command += ["--peer", f"{system}={version}={bundle.resolve()}"]
    for system, why in left_out.items():
        command += ["--left-out", f"{system}={why}"]
    if below:
        command += ["--inputs", *(str(bundle.resolve()) for bundle in below)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        message = (result.stderr.strip().splitlines() or ["no reason given"])[-1].removeprefix("corkboard: ")
        raise UserError(f"the service does not answer its golden requests: {message}")


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
    parser.add_argument("--inputs", nargs="*", type=Path, default=[], metavar="PATH", help="bundles they build on")
    parser.add_argument("--revision", default="")
    given = parser.parse_args(arguments)
    set_environment()
    return package(dict(given.peer), given.dataset, dict(given.left_out), given.revision, given.inputs)


if __name__ == "__main__":
    run(main)
