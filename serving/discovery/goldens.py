"""`python -m serving.discovery.goldens --catalogue FOLDER --peer SYSTEM=3=BUNDLE … --out FOLDER`.

Golden requests of the composed service: sent to its parts in one process, where trainers cannot be imported, over a
state in which nothing happened yet. The packaged service, and its image, have to give the same answers.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from components.golden import load_goldens, save_goldens
from components.message import PICTURE, Part
from components.roles import RECOMMEND, SEARCH
from components.system import Golden
from data.errors import UserError
from serving.command import run
from serving.discovery.catalogue import Catalogue
from serving.discovery.declared import declared
from serving.discovery.keys import Doors, KeyFile
from serving.discovery.member import Member
from serving.metrics import RequestMetrics
from serving.probe import Blocker
from serving.process import free_port
from serving.replay import HTTP, ask_whole, missing

__all__ = ["HttpRequest", "Peer", "main", "members_of", "peer", "reason", "requests_of", "write_goldens"]

FEW = 5
Peer = tuple[str, Path]  # version and bundle
HttpRequest = tuple[str, str, str, dict[str, Any], Part | None]  # name, method, path, fields, picture


def requests_of(catalogue: Catalogue, picture: Part, recommended: Collection[str] | None) -> list[HttpRequest]:
    """A request of every kind that changes nothing, and some that cannot be met.

    recommended: the items that can be; None: there is no system that does.
    """
    items = [item for item in catalogue if recommended is None or item["item_id"] in recommended]
    known = sorted(items, key=lambda item: item["item_id"])
    first, last = known[0], known[-1]
    scene = min(
        catalogue, key=lambda item: (item["category"] != "", item["item_id"])
    )  # something else if there is none
    item = f"/v1/items/{quote(first['item_id'], safe='')}"
    filters = {"category": first["category"]} if first["category"] else {}
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
        ("search-words", "POST", "/v1/search", {"text": first["title"] or first["category"] or "x", "k": FEW}, None),
        ("suggestions", "GET", f"/v1/suggest?text={quote(first['title'][:1])}", {}, None),
        ("parse-picture", "POST", "/v1/parse", {}, picture),
        ("parse-item", "POST", "/v1/parse", {"item_id": scene["item_id"]}, None),
        ("look-picture", "POST", "/v1/shop-the-look", {"k": FEW}, picture),
        ("look-scene", "POST", "/v1/shop-the-look", {"item_id": scene["item_id"], "k": FEW}, None),
        ("look-item", "POST", "/v1/shop-the-look", {"item_id": first["item_id"], "k": FEW}, None),
        ("scenes", "GET", f"{item}/scenes?k={FEW}", {}, None),
        ("recommendations", "POST", "/v1/recommendations", {"actions": done, "k": FEW} | moment, None),
        ("recommendations-cold", "POST", "/v1/recommendations", {"k": FEW, "filters": filters} | moment, None),
        ("no-such-item", "GET", "/v1/items/no%20such%20item", {}, None),
        ("no-such-filter", "POST", "/v1/search", {"item_id": first["item_id"], "filters": {"no such": "one"}}, None),
    ]


def members_of(peers: Mapping[str, Peer], left_out: Mapping[str, str]) -> list[Member]:
    """The member of each role that a system has.

    Raises:
        UserError: a system of `peers` has no role.
    """
    members = declared()
    systems = [member.system for member in members.values()]
    for system in peers:
        if system not in systems:
            raise UserError(f"{system} has no role in discovery; give it one by `serving` in its params.yaml")
    return [
        replace(member, version=peers[member.system][0])
        if member.system in peers
        else replace(member, missing=left_out.get(member.system, member.missing))
        for member in members.values()
    ]


def write_goldens(
    catalogue: Path, peers: Mapping[str, Peer], left_out: Mapping[str, str], out: Path, below: Sequence[Path] = ()
) -> int:
    """Send the requests, and write them and their answers below `out`; the number of them.

    left_out: systems that are not served, and why. below: the bundles that those of `peers` build on.
    """
    import httpx

    from serving.discovery.assembly import entry_app, guarded, listening, member_app, open_member, systems_app

    members = members_of(peers, left_out)
    there = {member.role: member for member in members if member.version}
    recommended = None
    if RECOMMEND in there:
        member = there[RECOMMEND]
        recommended = set(open_member(member, peers[member.system][1], below).item_ids)
    examples = load_goldens(peers[there[SEARCH].system][1])
    picture = next(golden.parts[PICTURE] for golden in examples if PICTURE in golden.parts)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        state, indexes = f"sqlite:///{folder}/state", Path(folder) / "index"
        apps = {
            member.system: member_app(member, peers[member.system][1], below, catalogue, state, indexes)
            for member in there.values()
        }
        systems, _ = stack.enter_context(listening(systems_app(apps)))
        addresses = dict.fromkeys(apps, systems)
        metrics, doors = RequestMetrics("discovery", "here"), Doors(KeyFile())
        entry = entry_app(members, catalogue, addresses, metrics, state_url=state, doors=lambda: doors)
        address, _ = stack.enter_context(listening(guarded(entry, metrics), free_port()))
        client = stack.enter_context(httpx.Client(base_url=address, timeout=60))
        requests = requests_of(Catalogue(catalogue), picture, recommended)
        goldens = [_answered(client, request, left_out) for request in requests]
    save_goldens(out, goldens)
    return len(goldens)


def _answered(client: Any, request: HttpRequest, left_out: Mapping[str, str]) -> Golden:
    name, method, path, fields, picture = request
    parts = {} if picture is None else {PICTURE: picture}
    golden = Golden(name, fields | {HTTP: {"method": method, "path": path, "status": 0}}, {}, parts)
    response = ask_whole(client, "", golden, left_out)
    answer = {} if response.status_code in (404, 422) else response.json()
    if response.status_code not in (200, 404, 422) or missing(answer) - set(left_out):
        raise UserError(f"{name} was answered with {response.status_code}, {response.text[:200]}")
    http = golden.request[HTTP] | {"status": response.status_code}
    return Golden(name, fields | {HTTP: http}, answer, parts)


def peer(text: str) -> tuple[str, Peer]:
    """`SYSTEM=VERSION=BUNDLE` of a command line as system, version and bundle."""
    system, _, rest = text.partition("=")
    version, _, bundle = rest.partition("=")
    if not system or not version or not bundle:
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
    parser.add_argument("--inputs", nargs="*", type=Path, default=[], metavar="PATH", help="bundles they build on")
    parser.add_argument("--out", required=True, type=Path)
    given = parser.parse_args(arguments)
    peers, left_out = dict(given.peer), dict(given.left_out)
    return {"requests": write_goldens(given.catalogue, peers, left_out, given.out, given.inputs)}


if __name__ == "__main__":
    run(main)
