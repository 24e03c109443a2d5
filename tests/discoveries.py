"""A small discovery: a data set, a champion of each system made in a moment, and the parts of the service."""

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from filelock import FileLock

from components.bundle import UsedInput, read_manifest, seal
from components.golden import save_goldens
from components.index import VectorIndex
from components.settings import system_settings
from components.system import Input, Inputs, load_system
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.goldens import golden_requests
from components.systems.user_sequence.train import fit
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.goldens import golden_requests as search_goldens
from data.dataset import Content, Dataset
from data.images import square
from serving.discovery import assembly
from serving.discovery.assembly import guarded, listening, member_app, parse_of, systems_app
from serving.discovery.build_catalogue import build_catalogue
from serving.discovery.build_scenes import build_scenes
from serving.discovery.declared import declared
from serving.discovery.exposure import Exposure, ExposurePolicy
from serving.discovery.keys import Doors, KeyFile
from serving.discovery.member import Member
from serving.metrics import RequestMetrics
from tests.colours import write_parser
from tests.grid import SIZE_PX, write_network
from tests.grid_words import write_looks
from tests.pictures import CATEGORIES, small_dataset

__all__ = [
    "Parts",
    "ads_app",
    "canvas_app",
    "entry_app",
    "feed_app",
    "find_app",
    "keep_app",
    "listening",
    "look_apps",
    "make_catalogue",
    "make_look_parts",
    "make_parts",
    "make_parts_of",
    "members",
    "safe_app",
    "search_app",
    "sequence_app",
    "tell_app",
]

SEARCH, SEQUENCE, PARSE, LOOK = "visual-search", "user-sequence", "scene-parsing", "shop-the-look"
FIND, FEED, KEEP, SAFE, ADS, MAKE = "search-relevance", "feed-ranking", "board-graph", "safety", "ads", "canvas"
TELL = "notifications"
SEQUENCE_CONFIG = {
    "network": {"dim": 8, "heads": 1, "layers": 1, "max_length": 6},
    "training": {"epochs": 1, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.01, "patience": 1},
}


class Parts:
    """A data set and the bundles that were made from it."""

    def __init__(self, dataset: Dataset, bundles: dict[str, Path]) -> None:
        """bundles: by system."""
        self.dataset, self.bundles = dataset, bundles
        self.search, self.sequence = bundles[SEARCH], bundles[SEQUENCE]

    @classmethod
    def shared(cls, folder: Path) -> "Parts":
        """Those of `make_parts` in `folder`, made by the process that comes first."""
        folder.mkdir(parents=True, exist_ok=True)
        facts = folder / "parts.json"
        with FileLock(folder / "lock"):
            if not facts.is_file():
                made = make_parts(folder)
                facts.write_text(json.dumps([asdict(made.dataset), made.bundles], default=str), encoding="utf-8")
        dataset, bundles = json.loads(facts.read_text(encoding="utf-8"))
        tables = {name: Content(**one) for name, one in dataset["tables"].items()}
        known = Dataset(**dataset | {"path": Path(dataset["path"]), "tables": tables})
        return cls(known, {name: Path(path) for name, path in bundles.items()})


def make_parts(folder: Path) -> Parts:
    """24 items in training, 12 in validation and 12 in test, and 30 people."""
    return make_parts_of(small_dataset(folder / "data", 8, 4), SEQUENCE_CONFIG, folder)


def make_look_parts(folder: Path) -> Parts:
    """The same and three scenes, without the systems that scenes have nothing to do with."""
    return make_parts_of(small_dataset(folder / "data", 8, 4, scenes=3), SEQUENCE_CONFIG, folder, looks_only=True)


def make_parts_of(dataset: Dataset, sequence_config: dict[str, Any], folder: Path, looks_only: bool = False) -> Parts:
    """A champion of each system, trained on `dataset`; where it has no outfits, of those that search and recommend."""
    names = ("search", "sequence", "find", "parse", "look", "feed", "keep", "safe", "ads", "make", "tell", "work")
    search, sequence, find, parse, look, feed, keep, safe, ads, make, tell, work = (folder / name for name in names)
    for path in (search, sequence, find, parse, look, feed, keep, safe, ads, make, tell, work, folder / "making"):
        path.mkdir()
    _search(dataset, search)
    fit(dataset, Config.model_validate(sequence_config), work, sequence, lambda *_: None)
    save_goldens(sequence, golden_requests(sequence, dataset))
    _sealed(sequence, SEQUENCE, dataset)
    bundles = {SEARCH: search, SEQUENCE: sequence}
    if "outfits" not in dataset.tables:
        return Parts(dataset, bundles)
    write_parser(parse)
    save_goldens(parse, load_system(PARSE).golden_requests(parse, _read_by(PARSE, dataset)))
    _sealed(parse, PARSE, dataset)
    _small(LOOK, dataset, look, {SEARCH: search, PARSE: parse}, work)
    bundles |= {PARSE: parse, LOOK: look}
    if looks_only:
        return Parts(dataset, bundles)
    with patch("components.systems.search_relevance.train.fit_looks", write_looks):
        _small(FIND, dataset, find, {}, work)
    _small(FEED, dataset, feed, {}, work)
    _small(KEEP, dataset, keep, {SEARCH: search}, work)
    _small(SAFE, dataset, safe, {}, work)
    _small(ADS, dataset, ads, {}, work)
    _small(TELL, dataset, tell, {}, work)
    _small(MAKE, dataset, make, {}, folder / "making")  # a checkpoint in another folder is none of its own
    more = {FIND: find, FEED: feed, KEEP: keep, SAFE: safe, ADS: ads, MAKE: make, TELL: tell}
    return Parts(dataset, bundles | more)


def _search(dataset: Dataset, bundle: Path) -> None:
    """As training leaves it: the gallery is the training split."""
    write_network(bundle, CATEGORIES)
    rows = [row for row in dataset.table("items").to_pylist() if row["split"] == "train" and row["category"]]
    squares = [square(dataset.file(row["image"]).read_bytes(), SIZE_PX) for row in rows]
    vectors_ND, _ = Embedder.open(bundle).embed(np.stack(squares))
    columns = {
        "category": [row["category"] for row in rows],
        "colour": [dict(row["attributes"])["colour"] for row in rows],
    }
    titles = {"title": [row["title"] for row in rows]}
    VectorIndex.build(vectors_ND, [row["item_id"] for row in rows], columns, titles).save(bundle / "index")
    save_goldens(bundle, search_goldens(bundle, dataset))
    _sealed(bundle, SEARCH, dataset)


def _small(name: str, dataset: Dataset, bundle: Path, below: dict[str, Path], work: Path) -> None:
    """Trained with the settings for a few pictures. below: the bundles that it builds on."""
    system = load_system(name)
    hashes = {lower: read_manifest(path).bundle_hash for lower, path in below.items()}
    inputs: Inputs = {lower: Input(lower, 1, hashes[lower], path) for lower, path in below.items()}
    config = system.Config.model_validate(system_settings(name).small)
    limited = _read_by(name, dataset)
    system.fit(limited, config, work, bundle, lambda *_: None, inputs)
    save_goldens(bundle, system.golden_requests(bundle, limited, inputs))
    used = {lower: UsedInput(version=1, bundle_hash=hashes[lower]) for lower in below}
    _sealed(bundle, name, dataset, inputs=used)


def _read_by(system: str, dataset: Dataset) -> Dataset:
    return dataset.limited(load_system(system).reads(dataset.rows))


def _sealed(bundle: Path, system: str, dataset: Dataset, **more: Any) -> None:
    facts = {"config": {}, "seed": 0, "code": "code-1", "git_revision": "", "libraries": {}, **more}
    seal(bundle, system=system, dataset=dataset.name, data_version=dataset.version, simulated=True, **facts)


def make_catalogue(parts: Parts, folder: Path) -> Path:
    """With its scenes parsed, where there is a system that does."""
    searcher = load_system(SEARCH).open_role(parts.search)
    build_catalogue(parts.dataset, searcher, True, folder, lambda *_: None)
    if PARSE in parts.bundles:
        parser = next(member for member in members() if member.system == PARSE)
        opened = load_system(PARSE).open_role(parts.bundles[PARSE])
        build_scenes(folder, searcher, parse_of(parser, opened), lambda *_: None)
    return folder


def members() -> list[Member]:
    """All systems in their roles, with version 1."""
    return [replace(member, version="1") for member in declared().values()]


def search_app(parts: Parts, catalogue: Path, state: Path | str) -> Any:
    """The service of visual search. state: the folder of a SQLite state, or the address of another."""
    return _system_app(SEARCH, parts.search, catalogue, state)


def sequence_app(parts: Parts) -> Any:
    return _system_app(SEQUENCE, parts.sequence, parts.sequence, "")


def find_app(parts: Parts, catalogue: Path, state: Path | str) -> Any:
    """The service of the system that answers words."""
    return _system_app(FIND, parts.bundles[FIND], catalogue, state)


def feed_app(parts: Parts, catalogue: Path, state: Path | str) -> Any:
    """The service of the system that orders a home feed."""
    return _system_app(FEED, parts.bundles[FEED], catalogue, state)


def ads_app(parts: Parts) -> Any:
    """The service of the system that holds auctions of ads."""
    return _system_app(ADS, parts.bundles[ADS], parts.search, "")


def tell_app(parts: Parts) -> Any:
    """The service of the system that says whom to tell something."""
    return _system_app(TELL, parts.bundles[TELL], parts.search, "")


def safe_app(parts: Parts) -> Any:
    """The service of the system that checks what people send, with a policy that lets everything in."""
    return _system_app(SAFE, parts.bundles[SAFE], parts.bundles[SAFE], "")


def canvas_app(parts: Parts) -> Any:
    """The service of the system that makes pictures."""
    return _system_app(MAKE, parts.bundles[MAKE], parts.bundles[MAKE], "")


def keep_app(parts: Parts, catalogue: Path, state: Path | str) -> Any:
    """The service of the system that says what belongs on boards."""
    return _system_app(KEEP, parts.bundles[KEEP], catalogue, state, (parts.search,))


def look_apps(parts: Parts) -> Any:
    """The services of the system that parses and of the one that completes looks, behind one address."""
    below = {PARSE: (), LOOK: (parts.search, parts.bundles[PARSE])}
    return systems_app(
        {
            member.system: member_app(member, parts.bundles[member.system], below[member.system], parts.search)
            for member in members()
            if member.system in below
        }
    )


def _system_app(system: str, bundle: Path, catalogue: Path, state: Path | str, below: tuple[Path, ...] = ()) -> Any:
    (member,) = (member for member in members() if member.system == system)
    indexes = state / "index" if isinstance(state, Path) else Path(tempfile.mkdtemp(dir=catalogue.parent))
    return systems_app({system: member_app(member, bundle, below, catalogue, address_of(state), indexes)})


def entry_app(
    catalogue: Path,
    state: Path | str,
    addresses: dict[str, str],
    keys: KeyFile | None = None,
    policy: ExposurePolicy | None = None,
    **more: Any,
) -> Any:
    """The service that callers talk to."""
    metrics, doors = RequestMetrics("discovery", "here"), Doors(keys or KeyFile())
    url = address_of(state)
    opened: dict[str, Any] = {"doors": lambda: doors, "exposure": lambda: Exposure(policy), **more}
    app = assembly.entry_app(members(), catalogue, addresses, metrics, state_url=url, **opened)
    return guarded(app, metrics)


def address_of(state: Path | str) -> str:
    return f"sqlite:///{state}" if isinstance(state, Path) else state
