"""Looks every package of requirements.lock up among known vulnerabilities: `python tests/audit.py [--strict]`.

One question to OSV (https://osv.dev), which gathers the advisories of PyPI and GitHub. Ends with 1 if it knows of any
that pyproject.toml does not accept, with a reason, under `[tool.corkboard.audit]`. Where OSV cannot be reached it says
so and ends with 0, since that is no finding; `--strict` makes it 1.
"""

import argparse
import json
import os
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICE = "https://api.osv.dev"
TIMEOUT_S = 30


def locked(path: Path) -> list[str]:
    """`name==version` of every package, also of one that markers lock at several versions."""
    lines = (line.partition(";")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line and not line.startswith("#")})


def known(pins: list[str], service: str) -> dict[str, list[str]]:
    """Pin to the ids of the vulnerabilities that it has; pins without any are left out.

    Raises:
        OSError: the service cannot be reached, or does not answer as it should.
    """
    waiting: list[tuple[str, str | None]] = [(pin, None) for pin in pins]
    found: dict[str, list[str]] = {}
    while waiting:
        queries = [_query(pin, page) for pin, page in waiting]
        results = _asked(f"{service}/v1/querybatch", {"queries": queries})["results"]
        if len(results) != len(queries):
            raise OSError(f"{len(results)} answers to {len(queries)} questions")
        further: list[tuple[str, str | None]] = []
        for (pin, _), result in zip(waiting, results, strict=True):
            ids = [entry["id"] for entry in result.get("vulns", ())]
            if ids:
                found.setdefault(pin, []).extend(ids)
            if result.get("next_page_token"):
                further.append((pin, result["next_page_token"]))
        waiting = further
    return found


def _query(pin: str, page: str | None) -> dict:
    name, _, version = pin.partition("==")
    query = {"package": {"name": name.partition("[")[0], "ecosystem": "PyPI"}, "version": version}
    return query | ({"page_token": page} if page else {})


def _asked(address: str, content: dict) -> dict:
    body = json.dumps(content).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        try:
            return dict(json.load(answer))
        except ValueError as error:
            raise OSError(f"no JSON: {error}") from None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python tests/audit.py", description=__doc__.partition("\n")[0])
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements.lock")
    parser.add_argument("--service", default=os.environ.get("CORKBOARD_OSV", SERVICE))
    parser.add_argument("--strict", action="store_true", help="fail also where the service cannot be reached")
    given = parser.parse_args(arguments)
    pins = locked(given.lock)
    try:
        found = known(pins, given.service)
    except (OSError, KeyError) as error:
        print(f"audit: {len(pins)} packages were not looked up: {given.service}: {error}", file=sys.stderr)  # noqa: T201
        return int(given.strict)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    accepted = settings.get("tool", {}).get("corkboard", {}).get("audit", {}).get("accepted", {})
    faults = {pin: [name for name in ids if name not in accepted] for pin, ids in found.items()}
    for pin, ids in sorted(faults.items()):
        if ids:
            print(f"{pin}: {', '.join(sorted(ids))}")  # noqa: T201
    wrong = sum(bool(ids) for ids in faults.values())
    print(f"audit: {wrong} of {len(pins)} locked packages have known vulnerabilities", file=sys.stderr)  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
