"""Which Bentos are to be served now: of the champions, and of the challenger.

The registry is looked at every second, so its tables are read as they are: MLflow's client takes 200 MB and longer.
A Bento is found, or made, by `python -m corkboard.wanted`, in a process that ends.
"""

import functools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy

from components.canary.state import Canary, canaries
from components.lifecycle.tracking import client, is_registry_empty, tracking_uri
from corkboard.discovery import DISCOVERY, packaged
from corkboard.releases import released_bento
from data.errors import UserError
from serving.process import with_parent

__all__ = ["Champions", "Served", "bento_now", "challenger_now", "champions_now"]

Champions = dict[str, tuple[int, str | None, str | None]]  # by system version and Bento; if unproven, what it replaces
ALIAS = "champion"
AGAIN_S = 60.0
CHAMPIONS = """
SELECT a.name, a.version, b.value, r.value FROM registered_model_aliases a
LEFT JOIN model_version_tags b ON b.name = a.name AND b.version = a.version AND b.key = 'bento'
LEFT JOIN model_version_tags r ON r.name = a.name AND r.version = a.version AND r.key = 'replaces'
WHERE a.alias = :alias
"""


class Served(NamedTuple):
    """The Bento that has the challenger, and what is to be done with it."""

    bento: str
    canary: Canary


def champions_now(name: str) -> Champions:
    """The champion of the system `name`, or all of them for discovery; equal as long as the same is to be served."""
    if tracking_uri().startswith("http"):
        models = client().search_registered_models()
        named = {one.name: int(one.aliases[ALIAS]) for one in models if ALIAS in one.aliases}
        rows = []
        for system, version in named.items():
            tags = client().get_model_version(system, str(version)).tags
            rows.append((system, version, tags.get("bento"), tags.get("replaces")))
    elif is_registry_empty():
        rows = []
    else:
        with _engine(tracking_uri()).connect() as connection:
            rows = [tuple(row) for row in connection.execute(sqlalchemy.text(CHAMPIONS), {"alias": ALIAS})]
    found: Champions = {
        system: (version, bento, None if bento else replaces) for system, version, bento, replaces in rows
    }
    return {system: one for system, one in found.items() if name in (system, DISCOVERY)}


@functools.cache
def _engine(uri: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(uri, pool_pre_ping=True)


def bento_now(name: str) -> Callable[[], str]:
    """A function that gives the Bento of the champion `name`, or of all; of champions that stood before it is known."""
    bentos = _Bentos(name)

    def look() -> str:
        now = champions_now(name) if bentos.known else None  # at first there may be no table
        return bentos.find(json.dumps(now, sort_keys=True), None)

    return look


def challenger_now(name: str) -> Callable[[], Served | None]:
    """A function that gives the challenger of the champion `name`, or of one of all behind discovery.

    It is packaged again once another champion stands beside it.
    """
    bentos = _Bentos(name)

    def look() -> Served | None:
        found = [one for one in canaries() if one.ended_s is None and name in (one.system, DISCOVERY)]
        if not found:
            return None
        canary = found[0]
        now = json.dumps([canary.experiment, champions_now(name)], sort_keys=True)
        return Served(bentos.find(now, canary), canary)

    return look


@dataclass
class _Bentos:
    """The Bentos found so far, by what they are of; one that could not be found is looked for again after a minute."""

    name: str
    known: dict[str, str] = field(default_factory=dict)
    failed: tuple[str, float, str] | None = None

    def find(self, now: str, challenger: Canary | None) -> str:
        if self.failed and self.failed[0] == now and time.monotonic() < self.failed[1]:
            raise UserError(self.failed[2])
        try:
            if now not in self.known:
                self.known[now] = _bento(self.name, challenger)
        except UserError as error:
            self.failed = now, time.monotonic() + AGAIN_S, str(error)
            raise
        return self.known[now]


def _bento(name: str, challenger: Canary | None) -> str:
    """The tag of the Bento to serve, found by a process of its own. Raises `UserError` as that does."""
    line = [sys.executable, "-m", "corkboard.wanted", name]
    line += [challenger.system, str(challenger.version)] if challenger else []
    done = subprocess.run(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, preexec_fn=with_parent, check=False
    )
    if done.returncode:
        raise UserError(done.stdout.strip() or f"the Bento of {name} could not be found; the log above says why")
    return done.stdout.strip()


def main(name: str, system: str | None = None, version: str | None = None) -> int:
    """Print the tag, or what is wrong."""
    try:
        with redirect_stdout(sys.stderr):  # what libraries print is no part of the tag
            if name == DISCOVERY:
                tag = packaged({system: int(version)} if system and version else {})
            else:
                tag = released_bento(name, int(version) if version else None)
    except UserError as error:
        print(error)  # noqa: T201
        return 1
    print(tag)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
