"""`python -m serving.discovery.goldens --catalogue FOLDER --peer visual-search=3=BUNDLE … --out FOLDER`.

Golden requests of the composed service: asked of its parts in one process, where trainers cannot be imported, over a
state in which nothing happened yet. The packaged service, and its image, have to give the same answers.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from components.golden import load_goldens, save_goldens
from components.message import PICTURE, Part
from components.system import Golden
from data.errors import UserError
from serving.command import run
from serving.discovery.catalogue import Catalogue
from serving.discovery.context import SEARCH, SEQUENCE, SYSTEMS
from serving.probe import Blocker
from serving.process import free_port
from serving.replay import HTTP, ask_whole, missing

__all__ = ["Asked", "asked_of", "main", "peer", "reason", "write_goldens"]

FEW = 5
Asked = tuple[str, str, str, dict[str, Any], Part | None]  # name, method, path, fields, picture


def asked_of(catalogue: Catalogue, search: Path, sequence: Path | None) -> list[Asked]:
    """A request of every kind that changes nothing, and some that cannot be met."""
    items = list(catalogue)
    known = _known(items, sequence)
    first, last = known[0], known[-1]
    item = f"/v1/items/{quote(first['item_id'], safe='')}"
    filters = {"category": first["category"]} if first["category"] else {}
    picture = next(golden.parts[PICTURE] for golden in load_goldens(search) if PICTURE in golden.parts)
    done = [{"item_id": entry["item_id"], "action": "save"} for entry in (last, first)]
    width, height = first["width_px"], first["height_px"]
    moment = {"time_s": int(time.time())}  # what is recommended changes with the age of items
    box = [width // 8, height // 8, width - width // 8, height - height // 8]
    return [
        ("board", "GET", f"/v1/items?k={FEW}", {}, None),
        ("filters", "GET", "/v1/filters", {}, None),
        ("item", "GET", item, {}, None),
        ("related", "GET", f"{item}/related?k={FEW}", {}, None),
        ("search-picture", "POST", "/v1/search", {"k": FEW}, picture),
        ("search-item", "POST", "/v1/search", {"item_id": first["item_id"], "k": FEW, "filters": filters}, None),
        ("search-part", "POST", "/v1/search", {"item_id": first["item_id"], "k": FEW, "box": box}, None),
        ("recommendations", "POST", "/v1/recommendations", {"actions": done, "k": FEW} | moment, None),
        ("recommendations-cold", "POST", "/v1/recommendations", {"k": FEW, "filters": filters} | moment, None),
        ("no-such-item", "GET", "/v1/items/no%20such%20item", {}, None),
        ("no-such-filter", "POST", "/v1/search", {"item_id": first["item_id"], "filters": {"no such": "one"}}, None),
    ]


def write_goldens(
    catalogue: Path, peers: Mapping[str, tuple[str, Path]], left_out: Mapping[str, str], out: Path
) -> int:
    """Ask, and write questions and answers below `out`; how many.

    peers: system to version and bundle. left_out: systems that are not served, and why.
    """
    import httpx

    from serving.discovery.parts import entry_part, listening, search_part, sequence_part

    version, search = peers[SEARCH]
    sequence = peers.get(SEQUENCE)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_parts:
        state, index = f"sqlite:///{folder}/state", Path(folder) / "index"
        parts = {SEARCH: search_part(search, version, catalogue, state, index)}
        if sequence is not None:
            parts[SEQUENCE] = sequence_part(sequence[1], sequence[0])
        addresses = {name: open_parts.enter_context(listening(part))[0] for name, part in parts.items()}
        entry, port = entry_part(catalogue, state, addresses, left_out), free_port()
        address, _ = open_parts.enter_context(listening(entry, port))
        client = open_parts.enter_context(httpx.Client(base_url=address, timeout=60))
        questions = asked_of(Catalogue(catalogue), search, sequence and sequence[1])
        goldens = [_answered(client, asked, left_out) for asked in questions]
    save_goldens(out, goldens)
    return len(goldens)


def _answered(client: Any, asked: Asked, left_out: Mapping[str, str]) -> Golden:
    name, method, path, fields, picture = asked
    parts = {} if picture is None else {PICTURE: picture}
    golden = Golden(name, fields | {HTTP: {"method": method, "path": path, "status": 0}}, {}, parts)
    response = ask_whole(client, "", golden, left_out)
    answer = {} if response.status_code in (404, 422) else response.json()
    if response.status_code not in (200, 404, 422) or missing(answer) - set(left_out):
        raise UserError(f"{name} was answered with {response.status_code}, {response.text[:200]}")
    http = golden.request[HTTP] | {"status": response.status_code}
    return Golden(name, fields | {HTTP: http}, answer, parts)


def _known(items: list[dict[str, Any]], sequence: Path | None) -> list[dict[str, Any]]:
    """The items that user sequences know too, by id; all where there is no such system."""
    from components.gallery import Gallery

    ids = None if sequence is None else set(Gallery.load(sequence / "index").item_ids.tolist())
    return sorted((item for item in items if ids is None or item["item_id"] in ids), key=lambda item: item["item_id"])


def peer(text: str) -> tuple[str, tuple[str, Path]]:
    """`SYSTEM=VERSION=BUNDLE` of a command line as system, version and bundle."""
    system, _, rest = text.partition("=")
    version, _, bundle = rest.partition("=")
    if system not in SYSTEMS or not version or not bundle:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form SYSTEM=VERSION=BUNDLE")
    return system, (version, Path(bundle))


def reason(text: str) -> tuple[str, str]:
    """`SYSTEM=WHY` of a command line as system and why it is left out."""
    system, _, why = text.partition("=")
    return system, why


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    sys.meta_path.insert(0, Blocker())
    parser = argparse.ArgumentParser(prog="python -m serving.discovery.goldens", description=__doc__)
    parser.add_argument("--catalogue", required=True, type=Path)
    parser.add_argument("--peer", required=True, action="append", type=peer, metavar="SYSTEM=VERSION=BUNDLE")
    parser.add_argument("--left-out", action="append", type=reason, default=[], metavar="SYSTEM=WHY")
    parser.add_argument("--out", required=True, type=Path)
    given = parser.parse_args(arguments)
    return {"requests": write_goldens(given.catalogue, dict(given.peer), dict(given.left_out), given.out)}


if __name__ == "__main__":
    run(main)
