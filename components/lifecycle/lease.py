"""A lock that holds between processes and, where machines share a tracking server, between those machines.

On one machine it is a lock file, which the kernel frees when its holder dies. Between machines it is a claim: a tag of
the system's experiment. MLflow cannot compare and set, so each machine has a tag of its own, and whoever has written
its claim reads those of all others: of two that claim at once at least one sees the other (Lamport's flags), and the
later one withdraws. A holder renews its claim; one that stands still for `LEASE_S` belongs to a dead process. Nothing
compares the clocks of two machines but the choice of who withdraws.
"""

import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from components.lifecycle.tracking import client, experiment, is_shared
from data.errors import UserError
from data.locks import locked
from data.project import home

__all__ = ["held", "place"]

LEASE_S = 60.0
POLL_S = 0.5
PREFIX = "mlflow.corkboard.lock."  # MLflow's pages do not list tags of `mlflow.`


def place() -> str:
    """This machine and state folder, as a short name."""
    return hashlib.sha256(f"{socket.gethostname()}\0{home()}".encode()).hexdigest()[:12]


@contextmanager
def held(system: str, what: str, wait: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Hold the lock `what` (release, registry) of `system` for the length of the block.

    wait: called once with a sentence if another machine has it.
    """
    with locked(home() / "locks" / f"{what}-{system}.lock", lambda: None):
        if not is_shared():
            yield
            return
        claim = _Claim(experiment(system), f"{PREFIX}{what}.", f"the {what} of {system}")
        beat = threading.Thread(target=claim.renew, daemon=True)
        try:
            claim.take(wait)
            beat.start()
            yield
        finally:
            claim.done.set()
            if beat.ident is not None:
                beat.join()
            claim.drop()


class _Holder(NamedTuple):
    """What a claim says; `beat` changes whenever it is renewed."""

    since: float
    host: str
    process: int
    beat: int


class _Claim:
    """This machine's claim among those of others. Within one machine the lock file is held already."""

    def __init__(self, place_id: str, prefix: str, name: str) -> None:
        self.experiment_id, self.prefix, self.name = place_id, prefix, name
        self.own = f"{prefix}{place()}"
        self.holder = _Holder(time.time(), socket.gethostname(), os.getpid(), 0)
        self.seen: dict[str, tuple[_Holder, float]] = {}  # claims of others, and since when they stand still
        self.done = threading.Event()

    def take(self, wait: Callable[[str], None]) -> None:
        """Return once nobody else has a claim that lives."""
        waiting = claimed = False
        while True:
            others = self._others()
            if not others and claimed:
                return
            first = min(others.items(), key=lambda other: (other[1].since, other[0]), default=None)
            if first is None or (claimed and (self.holder.since, self.own) < (first[1].since, first[0])):
                self._write()
                claimed = True
            elif claimed:
                self.drop()
                claimed = False
            if first is None:
                continue
            if not waiting:
                wait(f"{self.name} is under way on {first[1].host} (process {first[1].process}); this one waits for it")
                waiting = True
            time.sleep(POLL_S)

    def renew(self) -> None:
        """Write the claim anew until it is done. One that others took for dead is not written again."""
        from mlflow.exceptions import MlflowException

        while not self.done.wait(LEASE_S / 6):
            with suppress(MlflowException, UserError):  # after a temporary error the next beat tries again
                if self.own not in client().get_experiment(self.experiment_id).tags:
                    return
                self._write()

    def drop(self) -> None:
        """Give the claim up; if the server is gone or fails, it expires by itself."""
        from mlflow.exceptions import MlflowException

        with suppress(MlflowException, UserError):
            self._delete(self.own)

    def _others(self) -> dict[str, _Holder]:
        """Claims that live. A dead one is deleted."""
        tags = client().get_experiment(self.experiment_id).tags
        claims = {
            name: _Holder(**json.loads(text))
            for name, text in tags.items()
            if name.startswith(self.prefix) and name != self.own
        }
        now = time.monotonic()
        for name, holder in claims.items():
            if name not in self.seen or self.seen[name][0] != holder:
                self.seen[name] = (holder, now)
        dead = [name for name in claims if now - self.seen[name][1] > LEASE_S]
        for name in dead:
            self._delete(name)
        return {name: holder for name, holder in claims.items() if name not in dead}

    def _write(self) -> None:
        self.holder = self.holder._replace(beat=self.holder.beat + 1)
        client().set_experiment_tag(self.experiment_id, self.own, json.dumps(self.holder._asdict()))

    def _delete(self, name: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            client().delete_experiment_tag(self.experiment_id, name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":  # another machine was quicker
                raise
