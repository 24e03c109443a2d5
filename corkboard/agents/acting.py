"""Tools that change something, for a server that was started with `--write`.

Who serves changes in two calls: the first says what would happen and gives a token, the second brings the token.
"""

import json
import secrets
import time
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from components.lifecycle.command import COMMANDS
from components.lifecycle.registry import PREVIOUS, champion_of, find, mended
from components.lifecycle.rollback import promote_by_hand, refusal
from components.lifecycle.rollback import rollback as roll_back
from corkboard.agents.jobs import Job, Jobs
from corkboard.agents.reading import Name, known_system
from corkboard.releases import announce
from data.errors import UserError, unknown
from data.params import Strict, load

__all__ = ["Acting", "Changed"]

TOKEN_S = 600.0
JobId = Annotated[int, Field(ge=1)]
Token = Annotated[str, Field(description="from the first call; empty to get one", max_length=100)]


class Changed(Strict):
    """done: whether it was done. token: what the second call has to bring, within ten minutes."""

    done: bool
    what: str
    token: str | None = None


class Acting:
    """The tools, over the jobs and the tokens of one server."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._tokens: dict[str, tuple[tuple[Any, ...], float]] = {}

    def tools(self) -> tuple[Callable[..., Any], ...]:
        return (self.start_run, self.start_validation, self.jobs, self.job, self.cancel, self.promote, self.rollback)

    def start_run(
        self,
        name: Name,
        dataset: Annotated[str, Field(description="empty for the system's own", max_length=100)] = "",
        settings: Annotated[
            dict[str, Any] | None, Field(description="changes such as {'training.epochs': 3}", max_length=50)
        ] = None,
        with_inputs: Annotated[bool, Field(description="first run what it builds on and has no champion")] = False,
    ) -> Job:
        """Start the lifecycle of a system: validate, train, judge, release what is better. Watch it by job()."""
        known_system(name)
        given = ["--dataset", _known_dataset(dataset)] if dataset else []
        for key, value in (settings or {}).items():
            given += ["--set", f"{key}={json.dumps(value)}"]
        return self._jobs.start(["run", name, *given, *(["--with-inputs"] if with_inputs else []), "--json"])

    def start_validation(self, dataset: Annotated[str, Field(max_length=100)]) -> Job:
        """Start the checks of a data set, which is prepared first if it is not here. Watch it by job()."""
        return self._jobs.start(["data", "validate", _known_dataset(dataset), "--json"])

    def jobs(self) -> list[Job]:
        """List what was started."""
        return self._jobs.every()

    def job(self, id: JobId, lines: Annotated[int, Field(ge=1, le=200)] = 20) -> Job:  # noqa: A002
        """Watch a job: its state, the last lines of its log, and its result once it has ended."""
        return self._jobs.job(id, lines)

    def cancel(self, id: JobId) -> Job:  # noqa: A002
        """Cancel a job. Finished steps are kept, and a run that is started again continues."""
        return self._jobs.cancel(id)

    def promote(
        self,
        name: Name,
        version: Annotated[int, Field(ge=1)],
        reason: Annotated[str, Field(description="why, for a version that was refused; recorded", max_length=500)] = "",
        token: Token = "",
    ) -> Changed:
        """Make a version the champion, once its packaged service has answered rightly. Takes two calls."""
        releases = mended(known_system(name))
        why_not = refusal(find(releases, name, version))
        if bool(why_not) != bool(reason.strip()):
            raise UserError(
                f"version {version} of {name} {why_not}; give a reason to promote it all the same"
                if why_not
                else f"version {version} of {name} was not refused; leave the reason out"
            )
        champion = champion_of(releases)
        now = champion.version if champion else None
        sentence = f"version {version} of {name} becomes the champion in place of {now or 'none'}"
        if waits := self._unconfirmed(("promote", name, version, reason, now), token, sentence):
            return waits
        promote_by_hand(name, version, COMMANDS, force=reason.strip() or None)
        announce(name, version)
        return Changed(done=True, what=f"version {version} of {name} is the champion")

    def rollback(self, name: Name, token: Token = "") -> Changed:
        """Make the former champion serve again. Takes two calls."""
        releases = mended(known_system(name))
        champion = champion_of(releases)
        former = next((release.version for release in releases if PREVIOUS in release.aliases), None)
        now = champion.version if champion else None
        if now is not None and former is not None:
            sentence = f"version {former} of {name} becomes the champion again in place of {now}"
            if waits := self._unconfirmed(("rollback", name, now, former), token, sentence):
                return waits
        done = roll_back(name)
        announce(name, done.version)
        return Changed(done=True, what=f"version {done.version} of {name} is the champion again")

    def _unconfirmed(self, what: tuple[Any, ...], token: str, sentence: str) -> Changed | None:
        """A new token where none was given; None where the right one was, which is then used up.

        Raises:
            UserError: the token is unknown, too old, or of something else, such as of another champion.
        """
        now = time.monotonic()
        if not token:
            made = secrets.token_urlsafe(16)
            self._tokens = {known: one for known, one in self._tokens.items() if one[1] > now}
            self._tokens[made] = (what, now + TOKEN_S)
            return Changed(done=False, what=f"{sentence}; call again with the token to do it", token=made)
        meant, until = self._tokens.pop(token, (None, 0.0))
        if meant != what or until < now:
            raise UserError("the token does not fit this call or is too old; call without a token to get another")
        return None


def _known_dataset(name: str) -> str:
    known = load().datasets
    if name not in known:
        raise unknown("data set", name, known)
    return name
