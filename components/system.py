"""The contract between a system's folder and the lifecycle.

A system is the folder `components/systems/<name>/`. Its `__init__.py` declares it, and its files have fixed
names:

| file | what it holds |
|---|---|
| `__init__.py` | docstring: the purpose, and from `Not for` on what is ruled out, and `SYSTEM = System(__name__, …)` |
| `config.py` | `Config` |
| `types.py` | `Request` and `Response` |
| `train.py` | `fit(dataset, config, work, bundle, progress)` |
| `measure.py` | `evaluate(bundle, dataset, config, out, progress)` |
| `goldens.py` | `golden_requests(bundle, dataset)` |
| `predictor.py` | `open_bundle(bundle, threads)` |
| `plan.py` | `plan(predictor, people, terms, week)`, where it has the role `notify`, see `components/volume` |
| `role.py` | `open_role(bundle, threads)`, where it has a role in the composed service, see `components/roles.py` |
| `params.yaml` | its settings, see `components/settings.py` |

A system that builds on the champions of others declares `uses` or `may_use`, and all these functions are given them as
`inputs`. A file is imported when it is first needed, so that a served predictor opens without torch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from components.message import Message, Part
from data.errors import UserError
from data.params import Strict

if TYPE_CHECKING:  # tables and frames are not in the served image
    from components.evaluation import Evaluation
    from data.dataset import Dataset

__all__ = ["Golden", "Input", "Inputs", "Predictor", "Progress", "System", "load_system"]

PACKAGE = "components.systems"
NOT_FOR = "Not for "  # opens what a docstring says of uses that are ruled out

# Called with (what is being done, steps done, steps in all, figures worth seeing: {"validation/recall_at_1": .7}).
Progress = Callable[[str, int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Golden:
    """A request with the answer that the bundle gave when it was made; replayed against the packaged service.

    request, answer: JSON fields. parts, answer_parts: the binary parts beside them, by name.
    """

    name: str
    request: dict[str, Any]
    answer: dict[str, Any]
    parts: Mapping[str, Part] = field(default_factory=dict)
    answer_parts: Mapping[str, Part] = field(default_factory=dict)


class Predictor(Protocol):
    """An opened bundle: numpy, onnxruntime and faiss alone. Safe to call from several threads."""

    def answers(self, requests: Sequence[Message]) -> Sequence[Message | UserError]:
        """Answer each `System.Request` by a `System.Response`, with their parts, in order.

        A request that cannot be met has a `UserError` in its place, of which the service makes a 4xx. The service calls
        with at most `System.batch` requests.
        """

    def is_quick(self, request: Message) -> bool:
        """Whether the answer takes less time than handing the request to a thread and back, about 0.1 ms."""


@dataclass(frozen=True)
class Input:
    """A released version of another system, with its own inputs."""

    system: str
    version: int
    bundle_hash: str
    bundle: Path
    inputs: "Inputs" = field(default_factory=dict)

    def open(self, threads: int = 1) -> Predictor:
        """Its predictor."""
        return load_system(self.system).open_bundle(self.bundle, threads, self.inputs)


Inputs = Mapping[str, Input]  # by name of the system


@dataclass(frozen=True)
class System:
    """One learning problem, as its folder declares it and its files define it.

    package: the folder's module, `__name__` in its `__init__.py`. tables: the columns that it reads, by table; it can
    read no others. optional: likewise, of tables that a data set may lack. route: where its service answers, `POST
    /v1/<route>`. uses: the systems whose champions it builds on. may_use: likewise, where there is a champion and the
    data set has values in a column, which is named by table and column. takes, gives: the binary parts that a request
    and an answer may have, by name, each with its media types. batch: requests that are answered together, where that
    takes less than one by one. tolerance: most by which a number of a repeated answer may differ; pixel_tolerance:
    likewise the pixels of its pictures, on average, of 255; other parts have to be the same.
    """

    package: str
    tables: Mapping[str, tuple[str, ...]]
    route: str
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    may_use: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    batch: int = 1
    tolerance: float = 1e-3
    pixel_tolerance: float = 0.0

    @property
    def name(self) -> str:
        """`my-system` for the folder `my_system`."""
        return self.package.rpartition(".")[2].replace("_", "-")

    @property
    def below(self) -> tuple[str, ...]:
        """The systems whose champions it builds on, or may."""
        return (*self.uses, *self.may_use)

    @property
    def purpose(self) -> str:
        """What the system is for, in a sentence or more."""
        return self._said().partition(NOT_FOR)[0].strip()

    @property
    def not_for(self) -> str:
        """What the system must not be used for: what its docstring says from `Not for` on; empty where it says none."""
        found = self._said().partition(NOT_FOR)
        return "".join(found[1:]).strip()

    def reads(self, rows: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
        """The columns that it reads of a data set with so many `rows` in each table."""
        return {**self.tables, **{name: columns for name, columns in self.optional.items() if rows.get(name)}}

    @property
    def Config(self) -> type[Strict]:  # noqa: N802 - a class
        """The typed configuration; unknown keys are refused."""
        return cast(type[Strict], self._member("config", "Config"))

    @property
    def Request(self) -> type[Strict]:  # noqa: N802 - a class
        """The fields of a request to the predictor."""
        return cast(type[Strict], self._member("types", "Request"))

    @property
    def Response(self) -> type[Strict]:  # noqa: N802 - a class
        """The fields of an answer of the predictor."""
        return cast(type[Strict], self._member("types", "Response"))

    def fit(
        self,
        dataset: "Dataset",
        config: Any,
        work: Path,
        bundle: Path,
        progress: Progress,
        inputs: Inputs | None = None,
    ) -> None:
        """Train from `dataset`, resume from `work` if a killed run left a checkpoint, leave the bundle's files."""
        self._member("train", "fit")(dataset, config, work, bundle, progress, **self._given(inputs))

    def evaluate(
        self,
        bundle: Path,
        dataset: "Dataset",
        config: Any,
        out: Path,
        progress: Progress,
        inputs: Inputs | None = None,
    ) -> "Evaluation":
        """Evaluate the opened bundle, through its predictor, on `dataset`; write pictures below `out`.

        Of `config` it is given `split` (test, where there is no such setting) and the section `evaluation`; all else
        is at its default, so that candidate and champion are measured alike whatever they were trained with.
        """
        measured = self._member("measure", "evaluate")(bundle, dataset, config, out, progress, **self._given(inputs))
        return cast("Evaluation", measured)

    def golden_requests(self, bundle: Path, dataset: "Dataset", inputs: Inputs | None = None) -> Sequence[Golden]:
        """Requests of every kind, with what `bundle` answers to them."""
        return cast(
            Sequence[Golden], self._member("goldens", "golden_requests")(bundle, dataset, **self._given(inputs))
        )

    def open_bundle(self, bundle: Path, threads: int = 1, inputs: Inputs | None = None) -> Predictor:
        """The predictor that serves `bundle`; `threads` is what one call may use.

        Raises:
            UserError: files of the bundle are missing or damaged.
        """
        return cast(Predictor, self._member("predictor", "open_bundle")(bundle, threads, **self._given(inputs)))

    def open_role(self, bundle: Path, threads: int = 1, inputs: Inputs | None = None) -> Any:
        """What the composed service asks, made from `bundle`; of the type of its role in `components/roles.py`.

        Raises:
            UserError: files of the bundle are missing or damaged.
        """
        return self._member("role", "open_role")(bundle, threads, **self._given(inputs))

    def plan(self, predictor: Predictor, people: Any, terms: Any, week: str) -> Any:
        """The messages of a week to many people (`components.volume.week.Plan`), of a system with role `notify`."""
        return self._member("plan", "plan")(predictor, people, terms, week)

    def _given(self, inputs: Inputs | None) -> dict[str, Inputs]:
        """The argument `inputs`, for a system that builds on others."""
        if not self.below:
            return {}
        given = {name: one for name, one in (inputs or {}).items() if name in self.below}
        missing = [name for name in self.uses if name not in given]
        if missing:
            raise UserError(f"{self.name} builds on {' and '.join(missing)}, and cannot be opened without")
        return {"inputs": given}

    def _said(self) -> str:
        return import_module(self.package).__doc__ or self.name

    def _member(self, file: str, name: str) -> Any:
        return getattr(import_module(f"{self.package}.{file}"), name)


def load_system(name: str) -> System:
    """The system called `name`; raises `UserError` if there is no such folder."""
    package = f"{PACKAGE}.{name.replace('-', '_')}"
    try:
        return cast(System, import_module(package).SYSTEM)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise UserError(f"there is no system {name!r}: the folder {package.replace('.', '/')} is missing") from None
