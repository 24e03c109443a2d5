"""The code that the steps of a system run, that serving needs, and that decides a part, as `data.code` follows it.

The predictors of a system's inputs count too. Of `data`, only decoding and simulation count: the rest reads tables,
which have a version of their own. The contract and the lifecycle do not count: they are the same for every system.
"""

from collections.abc import Iterable

from components.inputs import in_order
from data.code import Code, code_of

__all__ = ["code_of_evaluation", "code_of_fit", "code_of_part", "code_to_serve"]

FOLLOWED = ("components", "data.images", "data.world")
THE_SAME = (
    "components.lifecycle",
    "components.system",
    "components.message",
    "components.inputs",
    "components.bundle",
    "components.golden",
)


def code_of_fit(system: str) -> Code:
    """The code that decides the bundle of `fit`, including its golden requests."""
    return code_of(_modules(system, "config", "train", "goldens"), FOLLOWED, THE_SAME)


def code_of_evaluation(system: str) -> Code:
    """The code that decides the evaluation of a given bundle."""
    return code_of(_modules(system, "config", "measure"), FOLLOWED, THE_SAME)


def code_of_part(module: str) -> Code:
    """What decides the results of a module that keeps some of its own."""
    return code_of([module], FOLLOWED, THE_SAME)


def code_to_serve(systems: Iterable[str], rim: Iterable[str]) -> Code:
    """All code that serves bundles of `systems`, called by the modules `rim`."""
    entries = [name for system in systems for name in _modules(system)]
    return code_of([*rim, *entries], packages=True)


def _modules(system: str, *files: str) -> list[str]:
    """The system's `files`, and the predictors of the system and of its inputs."""
    answering = [_module(name, file) for name in (*in_order(system), system) for file in ("predictor", "types")]
    return [*(_module(system, file) for file in files), *answering]


def _module(system: str, file: str) -> str:
    return f"components.systems.{system.replace('-', '_')}.{file}"
