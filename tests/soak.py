"""`make soak`: kills parts of the stack at random moments of releases, for real, and looks at what is left of each.

A copy of the project with a small world runs `corkboard up`. In each round Prefect runs the lifecycle of the system
that searches to a first champion; at a random moment one process gets SIGKILL. A run that died is started again. The
rounds are kept in `soak.jsonl`: started again in the same folder, it goes on after the last. `CORKBOARD_DATABASE_URL`
puts all of it on PostgreSQL.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from components.lifecycle.bundles import check_registered
from components.lifecycle.registry import CHAMPION, PREVIOUS, assign, champion_of, history
from components.lifecycle.tracking import client
from components.roles import SEARCH
from corkboard.stack import record
from corkboard.stack.processes import PART, leader, marked
from data.environment import set_environment
from data.errors import UserError
from flows.server import credentials
from serving.discovery.declared import filling
from serving.process import free_port
from serving.store import bento_folder
from tests.checkout import Checkout

TARGETS = ("flow", "worker", "prefect", "mlflow", "discovery")
KEPT = ("CORKBOARD_DATABASE_URL", "CORKBOARD_ARTIFACTS_URL", "CORKBOARD_PASSWORD")
REUSED = {"fit", "evaluate", "register"}  # what a later run of the same candidate must not do again
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
TRIES, END_S, AGAIN_S = 3, 1800.0, 240.0
ENDS_S = 120.0  # for a process whose run ended; on a machine that others use it takes more than half a minute
OPEN = {"primary": "recall_at_1", "floors": {"recall_at_1": 0.0, "top_1": 0.0}, "slice_limit": 0.0, "slice_drop": 0.15}
GATE = {**OPEN, "ceilings": {"latency_p99_ms": 60_000}}


class Soak:
    """The stack of one copy of the project."""

    def __init__(self, checkout: Checkout, seed: int) -> None:
        self.checkout, self.seed, self.system = checkout, seed, filling(SEARCH)
        loaded = record.load()
        assert loaded is not None
        self.stack = loaded
        self.api = str(loaded.parts["prefect"].address)
        self.address = str(loaded.parts["discovery"].address)

    def round(self, number: int, length_s: float) -> dict[str, Any]:
        """One release with one kill in it; round 0 has none, and says how long a release takes."""
        chance = random.Random(f"{self.seed}-{number}")
        target = TARGETS[(number - 1) % len(TARGETS)] if number else None
        for alias in (CHAMPION, PREVIOUS):
            if any(alias in release.aliases for release in history(self.system)):
                assign(self.system, alias, None)
        moment_s, started = chance.uniform(0, length_s), time.monotonic()
        runs = [self.begin(number)]
        self.until(lambda: self.state(runs[0])["type"] != "SCHEDULED", END_S)
        begun = time.monotonic()
        killed = None
        if target:
            self.until(lambda: time.monotonic() - begun > moment_s or self.ended(runs[0]), END_S)
            killed = self.kill(target)
        took = 0.0
        for _ in range(TRIES):
            self.until(lambda: self.ended(runs[-1]), END_S)
            took = time.monotonic() - begun
            if self.state(runs[-1])["name"] == "Released":
                break
            runs.append(self.begin(number))
        faults = self.faults(runs)
        states = [self.state(run)["name"] for run in runs]
        row = {"round": number, "killed": killed, "after_s": round(moment_s, 1), "states": states, "faults": faults}
        return row | {"release_s": round(took, 1), "round_s": round(time.monotonic() - started, 1)}

    def leave_one(self) -> None:
        """Delete all other deployments: those that build on the system would run after each of its releases."""
        for one in self.ask("POST", "/deployments/filter", {}):
            if one["name"] != self.system:
                httpx.delete(f"{self.api}/deployments/{one['id']}", auth=credentials(), timeout=30).raise_for_status()

    def begin(self, number: int) -> str:
        """Start a run through the deployment; its candidate is that of the round."""
        found = self.ask("GET", f"/deployments/name/lifecycle/{self.system}")
        overrides = {"training.seed": number + 1000 * self.seed}
        wanted = {"parameters": {"system": self.system, "overrides": overrides}}
        return str(self.ask("POST", f"/deployments/{found['id']}/create_flow_run", wanted)["id"])

    def state(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/flow_runs/{run}")["state"]
        return found

    def ended(self, run: str) -> bool:
        return self.state(run)["type"] in FINAL

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """What Prefect's server answers, as soon as it does: it may have been killed just now."""
        until = time.monotonic() + AGAIN_S
        while True:
            try:
                answer = httpx.request(method, self.api + path, json=content, timeout=30, auth=credentials())
                return answer.raise_for_status().json()
            except httpx.HTTPError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def kill(self, target: str) -> str | None:
        """Kill a part, or the process of the flow; None if there is none at this moment."""
        if target == "flow":
            flows = self.flows()
            victim = flows[0] if flows else None
        else:
            victim = leader(self.stack, target)
        if victim is None:
            return None
        victim.kill()
        return target

    def flows(self) -> list[psutil.Process]:
        """The processes of flow runs, those of a dead worker too, and what they started."""
        worker = leader(self.stack, "worker")
        return [one for one in marked(self.stack.token, "worker") if worker is None or one.pid != worker.pid]

    def until(self, true: Callable[[], bool], limit_s: float) -> bool:
        """Whether it became true in time."""
        end = time.monotonic() + limit_s
        while not true():
            if time.monotonic() > end:
                return False
            time.sleep(0.3)
        return True

    def faults(self, runs: list[str]) -> list[str]:
        """A sentence for everything that is not as after an undisturbed release."""
        found = [] if self.state(runs[-1])["name"] == "Released" else [f"no release in {len(runs)} runs"]
        found += self.registry() + self.repeated(runs)
        if not self.until(lambda: not self.flows(), ENDS_S):
            found += [f"orphan: {' '.join(one.cmdline())[:120]}" for one in self.flows()]
        if not self.until(lambda: not self.running(), 180):
            found += self.running()
        if not self.until(self.stands, AGAIN_S):
            found.append("a part did not come back")
        return found

    def registry(self) -> list[str]:
        """Versions that are half registered, and a champion without its Bento."""
        versions, found = history(self.system), []
        names = Counter(release.fingerprint for release in versions)
        found += [f"candidate {name} is registered {count} times" for name, count in names.items() if count > 1]
        champion = champion_of(versions)
        if champion is None:
            return [*found, "no champion"]
        try:
            check_registered(champion)
            bento_folder(champion.bento or "")
        except UserError as error:
            found.append(f"champion {champion.version}: {error}")
        rest = [one for one in versions if one.status not in ("released", "registered", "smoke_failed")]
        return found + [f"version {one.version} stays {one.status}" for one in rest]

    def repeated(self, runs: list[str]) -> list[str]:
        """Steps that a run had finished and a later one did again."""
        done: set[str] = set()
        found = []
        for run in runs:
            steps = self.ask("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}, "limit": 50})
            names = {step["name"]: step["state"]["name"] for step in steps if step["state"]}
            found += [f"{name} was done again" for name in done & REUSED if names.get(name) == "Completed"]
            done |= {name for name, state in names.items() if state in ("Completed", "Reused")}
        return found

    def running(self) -> list[str]:
        """Runs that Prefect or MLflow holds for running."""
        wanted = {"flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}}
        found = [
            f"flow run {one['name']} is {one['state_name']}" for one in self.ask("POST", "/flow_runs/filter", wanted)
        ]
        tracker = client()
        places = [one.experiment_id for one in tracker.search_experiments()]
        alive = tracker.search_runs(places, "attributes.status = 'RUNNING'")
        return found + [f"MLflow's run {one.info.run_id} is RUNNING" for one in alive]

    def stands(self) -> bool:
        """Whether every part has one leader again, no stranger is left, and the service answers."""
        leaders = {name: leader(self.stack, name) for name in self.stack.parts}
        if not all(leaders.values()):
            return False
        for one in marked(self.stack.token):
            try:
                part = one.environ().get(PART)
                if part and one.ppid() == 1:
                    return False
            except psutil.NoSuchProcess:
                continue
        try:
            return httpx.get(f"{self.address}/readyz", timeout=10).is_success
        except httpx.HTTPError:
            return False


def prepared(above: Path) -> Checkout:
    """The copy, made unless it is there, with small pictures, an open gate and deployments."""
    there = (above / "corkboard").is_dir()
    checkout = Checkout(above) if not there else Checkout.__new__(Checkout)
    if there:
        checkout.folder, checkout.home, checkout.remembered = above / "corkboard", above / "home", []
        checkout.environment = {**os.environ, "PYTHONPATH": str(checkout.folder), "CORKBOARD_HOME": str(checkout.home)}
    checkout.environment |= {name: os.environ[name] for name in os.environ if name in KEPT or name.startswith("AWS_")}
    os.environ |= {"CORKBOARD_HOME": str(checkout.home)}
    os.chdir(checkout.folder)
    set_environment()
    if not there:
        params = yaml.safe_load(Path("params.yaml").read_text())
        params["datasets"]["world"] |= {
            "objects": 240,
            "scenes": 4,
            "size_px": 64,
            "queries": 50,
            "pages": 100,
            "boards": 50,
        }
        Path("params.yaml").write_text(yaml.safe_dump(params))
        own = Path("components/systems", filling(SEARCH).replace("-", "_"), "params.yaml")
        settings = yaml.safe_load(own.read_text())
        small = settings["small"] | {"training": settings["small"]["training"] | {"epochs": 3, "patience": 3}}
        own.write_text(yaml.safe_dump(settings | {"gate": GATE, "by_dataset": {"world": small}}))
    return checkout


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10_000, help="begin no round after this")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    above = given.folder.resolve()
    above.mkdir(parents=True, exist_ok=True)
    checkout, begun = prepared(above), time.monotonic()
    ports = " ".join(f"--{name}-port {free_port()}" for name in ("prefect", "mlflow", "discovery"))
    corkboard = f"{sys.executable} -m corkboard"
    log = above / "soak.jsonl"
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []
    checkout.shell(f"{corkboard} up {ports} --timeout 280")
    try:
        soak = Soak(checkout, given.seed)
        if not rows:
            checkout.shell(f"PREFECT_API_URL={soak.api} {sys.executable} -m prefect deploy --all")
            soak.leave_one()
        while len(rows) <= given.kills and time.monotonic() - begun < 60 * given.minutes:
            whole = [row["release_s"] for row in rows if row["states"] == ["Released"]]
            rows.append(soak.round(len(rows), whole[-1] if whole else 0.0))  # as fast as the machine is by now
            with log.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)  # noqa: T201
    finally:
        checkout.shell(f"{corkboard} down")
    kills = [row for row in rows if row["killed"]]
    survived = [row for row in kills if not row["faults"]]
    by = {name: [sum(row["killed"] == name for row in part) for part in (survived, kills)] for name in TARGETS}
    print(json.dumps({"kills": len(kills), "survived": len(survived), "by": by, "rounds": len(rows)}, indent=2))  # noqa: T201
    return 0 if len(survived) == len(kills) else 1


if __name__ == "__main__":
    sys.exit(main())
