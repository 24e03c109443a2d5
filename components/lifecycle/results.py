"""The result of each step: paths, hashes and figures as JSON, never models or frames."""

from typing import Any, Literal

from pydantic import Field

from components.bundle import UsedInput
from components.evaluation import Figure
from data.content import combined
from data.params import Strict

__all__ = [
    "Evaluated",
    "Failure",
    "Fitted",
    "Ingested",
    "Packaged",
    "Promoted",
    "Provenance",
    "Registered",
    "Release",
    "RolledBack",
    "Smoked",
    "Status",
    "Step",
    "Summary",
    "Validated",
    "Verdict",
]

Status = Literal["released", "refused", "invalid", "failed"]


class Step(Strict):
    """`reused` is true when an earlier run had finished exactly this."""

    reused: bool = False


class Ingested(Step):
    """A data set, and the part of it that a system reads."""

    dataset: str
    path: str
    data_version: str  # DVC's hash of the folder; for lineage
    simulated: bool
    rows: dict[str, int]  # rows of every table
    damaged: int  # pictures that were excluded
    reads: dict[str, tuple[str, ...]]  # the columns that the system reads, by table
    tables: dict[str, str]  # the version of these columns, by table: what decides whether earlier work is reused
    truth: str  # hash of a simulator's ground truth, which evaluations may read
    inputs: dict[str, UsedInput] = Field(default_factory=dict)  # the champions that the system builds on

    @property
    def read_version(self) -> str:
        """One hash over all that the system reads."""
        return combined(self.tables)


class Failure(Strict):
    """An expectation that was not met, with some of the rows that fail it as {key or file: value}."""

    table: str
    check: str
    severity: Literal["critical", "warning", "info"]
    message: str
    count: int
    rows: tuple[dict[str, str], ...] = ()


class Validated(Step):
    passed: bool
    failures: tuple[Failure, ...]
    checks: int
    docs: str  # Data Docs, path of its index.html


class Fitted(Step):
    fingerprint: str  # hash of all inputs of `fit`
    bundle: str
    bundle_hash: str
    run_id: str


class Evaluated(Step):
    folder: str
    metrics: dict[str, Figure]
    notes: tuple[str, ...] = ()  # sentences that are shown beside the figures
    champion_version: int | None = None
    champion_folder: str | None = None  # the champion's evaluation on the same examples


class Verdict(Strict):
    passed: bool
    reasons: tuple[str, ...]


class Registered(Step):
    version: int


class Promoted(Step):
    version: int
    previous: int | None


class RolledBack(Strict):
    """`version` serves again; `rolled_back` does not, and no run promotes it again."""

    version: int
    rolled_back: int


class Packaged(Step):
    bento: str  # tag, name:version-content
    size_mb: float


class Smoked(Step):
    passed: bool
    requests: int
    failures: tuple[str, ...] = ()


class Provenance(Strict):
    """The origin of a version and the verdict of the gate: metadata of its model in MLflow that never change."""

    dataset: str
    data_version: str
    simulated: bool
    fingerprint: str
    bundle_hash: str
    git_revision: str
    inputs: dict[str, UsedInput]  # the champions of other systems that it builds on
    metrics: dict[str, Figure]
    measured: dict[str, Any] = Field(default_factory=dict)  # the settings of the evaluation whose figures these are
    verdict: Verdict | None


class Release(Provenance):
    """A version in the registry: its provenance, and how far it came."""

    system: str
    version: int
    aliases: tuple[str, ...]
    status: str  # see `components/lifecycle/registry.py`
    former: str  # its status before its last promotion
    bento: str | None  # the Bento that passed the smoke test
    size_mb: float | None
    requests: int  # number of golden requests that it answered correctly
    failures: str | None
    forced: str | None  # when, by whom and why a person promoted it although it had been refused
    replaces: int | None  # the version that served before it
    run_id: str
    created: str  # ISO 8601, UTC


class Summary(Strict):
    """What `corkboard run --json` prints."""

    system: str
    dataset: str
    data_version: str | None
    status: Status
    metrics: dict[str, Figure]
    notes: tuple[str, ...]
    verdict: Verdict | None
    version: int | None
    bento: str | None
    seconds: dict[str, float]
    peak_memory_mb: float
    reused: tuple[str, ...]
    run_id: str | None
    docs: str | None
    inputs: dict[str, UsedInput] = Field(default_factory=dict)
    error: str | None = None
