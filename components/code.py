"""What the steps of a system run, and what serving it takes, by the rule of `data.code`.

Of `data`, what decodes and simulates counts; the rest reads tables, which have a version of their own. The contract and
the lifecycle do not count: they are the same for every system.
"""

from collections.abc import Iterable

from data.code import Code, code_of

__all__ = ["code_of_evaluation", "code_of_fit", "code_to_serve"]

FOLLOWED = ("components", "data.images", "data.world")
THE_SAME = ("components.lifecycle", "components.system", "components.message", "components.bundle", "components.golden")


def code_of_fit(system: str) -> Code:
    """What decides the bundle that `fit` leaves, its golden requests included."""
    return code_of(_modules(system, "config", "train", "goldens", "predictor"), FOLLOWED, THE_SAME)


def code_of_evaluation(system: str) -> Code:
    """What decides the evaluation of a given bundle."""
    return code_of(_modules(system, "config", "measure", "predictor"), FOLLOWED, THE_SAME)


def code_to_serve(systems: Iterable[str], rim: Iterable[str]) -> Code:
    """All that has to be there to answer with bundles of `systems`, called by the modules `rim`."""
    entries = [name for system in systems for name in _modules(system, "predictor", "types")]
    return code_of([*rim, *entries], packages=True)


def _modules(system: str, *files: str) -> tuple[str, ...]:
    return tuple(f"components.systems.{system.replace('-', '_')}.{file}" for file in files)
