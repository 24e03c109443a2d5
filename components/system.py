"""The contract: what a system's folder offers to the lifecycle.

A system is one module, `components/systems/<name>/__init__.py`, with the members of `System`. Its top level imports
neither torch nor anything slow, so that a served predictor opens without them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from data.errors import UserError
from data.params import Strict

if TYPE_CHECKING:  # tables and frames are not in the served image
    from components.evaluation import Evaluation
    from data.dataset import Dataset

__all__ = ["Golden", "Predictor", "Progress", "System", "load_system"]

# Called with (what is being done, steps done, steps in all, figures worth seeing: {"validation/recall_at_1": .7}).
Progress = Callable[[str, int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Golden:
    """A request with the answer that the bundle gave when it was made; replayed against the packaged service.

    `request` is the request's JSON fields; `picture` the bytes to upload, if the request has one.
    """

    name: str
    request: dict[str, Any]
    picture: bytes | None
    answer: dict[str, Any]


class Predictor(Protocol):
    """An opened bundle: numpy, onnxruntime and faiss alone. Safe to call from several threads."""

    def answer(self, request: Any, picture: bytes | None = None) -> Any:
        """Answer a `System.Request` with a `System.Response`; `picture` is None where `TAKES_PICTURES` is false.

        Raises:
            UserError: the request cannot be met; the service makes a 4xx of it.
        """


class System(Protocol):
    """Module members of `components/systems/<name>/__init__.py`."""

    Config: type[Strict]  # typed configuration; unknown keys refused
    Request: type[Strict]  # what the predictor is asked, without the picture
    Response: type[Strict]
    TABLES: tuple[str, ...]  # canonical tables it needs
    ROUTE: str  # where its service answers: `POST /v1/<ROUTE>`
    TAKES_PICTURES: bool  # whether a picture may be uploaded beside a request

    def fit(self, dataset: "Dataset", config: Any, work: Path, bundle: Path, progress: Progress) -> None:
        """Train from `dataset`, resume from `work` if a killed run left a checkpoint, leave the bundle's files."""

    def evaluate(self, bundle: Path, dataset: "Dataset", config: Any, out: Path, progress: Progress) -> "Evaluation":
        """Evaluate the opened bundle, through its predictor, on `dataset`; write pictures below `out`.

        Of `config` it is given `split` (test, where there is no such setting) and the section `evaluation`; all else
        is at its default, so that candidate and champion are measured alike whatever they were trained with.
        """

    def open_bundle(self, bundle: Path, threads: int = 1) -> Predictor: ...

    def golden_requests(self, bundle: Path, dataset: "Dataset") -> Sequence[Golden]: ...


def load_system(name: str) -> System:
    """Import the system called `name` (`visual-search` lies in `components/systems/visual_search`)."""
    module = f"components.systems.{name.replace('-', '_')}"
    try:
        return cast(System, import_module(module))
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise UserError(f"there is no system {name!r}: the folder {module.replace('.', '/')} is missing") from None
