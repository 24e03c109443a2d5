"""Pictures that are being made: a bounded queue of jobs, their states, and cancellation.

Jobs are in memory. After a restart none is known, and the service says so.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from components.message import Message
from components.roles import OnStep
from data.errors import UserError

__all__ = ["Full", "Job", "Jobs", "Work", "facts_of"]

State = Literal["waiting", "running", "done", "cancelled", "failed"]
Work = Callable[[OnStep | None], Message]

WAITING, OF_ONE = 16, 2  # unfinished jobs: in all, and of one person
KEPT, KEPT_S, KEPT_BYTES = 64, 600.0, 100_000_000  # finished jobs, the latest at least
FIRST_S = 2.0  # assumed time of a picture until one was made


class Full(Exception):
    """There is no room; wait_s: seconds after which there may be."""

    def __init__(self, reason: str, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Cancelled(Exception):
    """Somebody cancelled the job; it ends the work from within."""


@dataclass
class Job:
    """steps: of a picture, done and in all. preview: the picture so far. version: grows with every change.

    made: the answers, a picture each.
    """

    job_id: str
    person: str
    works: Sequence[Work]
    step: int = 0
    steps: int = 0
    state: State = "waiting"
    preview: bytes = b""
    made: list[Message] = field(default_factory=list)
    error: str = ""
    version: int = 0
    ended_s: float = 0.0

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "cancelled", "failed")


class Jobs:
    """Safe to call from several threads at once. threads: jobs that run at once."""

    def __init__(self, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool, self._clock = ThreadPoolExecutor(threads, "make"), clock
        self._threads, self._picture_s = threads, FIRST_S
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def add(self, person: str, works: Sequence[Work], steps: int) -> Job:
        """Let a job wait its turn; raises `Full`."""
        with self._lock:
            self._forget()
            unfinished = [job for job in self._jobs.values() if not job.is_over]
            wait_s = max(1.0, self._picture_s * sum(len(job.works) for job in unfinished) / self._threads)
            if len(unfinished) >= WAITING:
                raise Full(f"{WAITING} jobs wait already", wait_s)
            if person and sum(job.person == person for job in unfinished) >= OF_ONE:
                raise Full(f"you have {OF_ONE} unfinished jobs; wait for one or cancel it", wait_s)
            job = Job(secrets.token_hex(16), person, works, steps=steps)
            self._jobs[job.job_id] = job
        self._pool.submit(self._run, job)
        return job

    def get(self, job_id: str) -> Job | None:
        """None: it never was, was forgotten after ten minutes, or was lost when the service started again."""
        return self._jobs.get(job_id)

    def ahead(self, job: Job) -> int:
        """How many unfinished jobs came before it."""
        with self._lock:
            known = list(self._jobs.values())
        return sum(not one.is_over for one in known[: known.index(job)]) if job in known else 0

    def cancel(self, job: Job) -> None:
        """End a job, at its next step if it runs; one that is over stays as it is."""
        with self._lock:
            if not job.is_over:
                self._changed(job, state="cancelled", preview=b"", made=[], works=())

    def stop(self) -> None:
        for job in list(self._jobs.values()):
            self.cancel(job)
        self._pool.shutdown()

    def _run(self, job: Job) -> None:
        def on_step(step: int, preview: bytes) -> None:
            with self._lock:
                if job.is_over:
                    raise Cancelled
                self._changed(job, step=step, preview=preview)

        try:
            for work in job.works:
                with self._lock:
                    if job.is_over:
                        return
                    self._changed(job, state="running", step=0)
                started = self._clock()
                answer = work(on_step)
                self._picture_s += 0.2 * (self._clock() - started - self._picture_s)
                with self._lock:
                    if job.is_over:
                        return
                    self._changed(job, made=[*job.made, answer])
            self._end(job, "done")
        except Cancelled:
            return
        except UserError as error:
            self._end(job, "failed", str(error))
        except Exception:  # the caller gets a sentence, the log the rest
            self._end(job, "failed", "the picture could not be made")
            raise
        finally:
            job.works = ()  # they hold the pictures that were uploaded

    def _end(self, job: Job, state: State, error: str = "") -> None:
        with self._lock:
            if not job.is_over:
                self._changed(job, state=state, error=error, preview=b"")
                self._forget()

    def _changed(self, job: Job, **facts: object) -> None:
        for name, value in facts.items():
            setattr(job, name, value)
        job.version += 1
        if job.is_over:
            job.ended_s = self._clock()

    def _forget(self) -> None:
        over = sorted((job for job in self._jobs.values() if job.is_over), key=lambda job: -job.ended_s)
        now, size_bytes = self._clock(), 0
        for place, job in enumerate(over):
            size_bytes += sum(len(part.content) for answer in job.made for part in answer.parts.values())
            if place >= KEPT or now - job.ended_s > KEPT_S or (place and size_bytes > KEPT_BYTES):
                del self._jobs[job.job_id]


def facts_of(job: Job) -> Mapping[str, object]:
    """The state of a job, without pictures."""
    return {name: getattr(job, name) for name in ("job_id", "state", "step", "steps", "error", "version")} | {
        "pictures": len(job.made)
    }
