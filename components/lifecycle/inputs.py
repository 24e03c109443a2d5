"""Which champions a run builds on, and those that an earlier bundle was built on."""

from collections.abc import Mapping

from components.bundle import Manifest, UsedInput, read_manifest
from components.inputs import in_order
from components.lifecycle.bundles import bundle_of
from components.lifecycle.registry import champion_of, history, mended
from components.lifecycle.results import Release
from components.system import Input, Inputs, load_system
from data.dataset import Dataset
from data.errors import UserError

__all__ = [
    "champions",
    "changed_inputs",
    "inputs_of",
    "missing_inputs",
    "opened",
    "optional_champions",
    "stale",
    "used",
]


def champions(system: str) -> Inputs:
    """The present champions that `system` builds on, by name, each with those that it was built on.

    Raises:
        UserError: one has no champion yet, or the systems build on each other in a circle.
    """
    missing = missing_inputs(system)
    if missing:
        first = missing[0]
        raise UserError(
            f"{system} builds on {first}, which has no champion; run `corkboard run {first}` first, or "
            f"`corkboard run {system} --with-inputs`"
        )
    return {name: _input(_champion(name)) for name in load_system(system).uses}


def optional_champions(system: str, dataset: Dataset) -> Inputs:
    """Likewise of the systems that it may build on: the champions there are, where `dataset` has what they read."""
    inputs = {}
    for name, (table, column) in load_system(system).may_use.items():
        champion = champion_of(mended(name))
        if champion is None or not dataset.rows.get(table):
            continue
        values = dataset.limited({table: (column,)}).table(table)[column]
        if values.null_count < len(values):
            inputs[name] = _input(champion)
    return inputs


def missing_inputs(system: str) -> list[str]:
    """The systems that `system` builds on and that have no champion, in the order in which they can be run."""
    return [name for name in in_order(system, needed=True) if champion_of(mended(name)) is None]


def used(inputs: Inputs) -> dict[str, UsedInput]:
    """The entries of a manifest for `inputs`."""
    return {name: UsedInput(version=one.version, bundle_hash=one.bundle_hash) for name, one in inputs.items()}


def inputs_of(manifest: Manifest) -> Inputs:
    """The versions that the bundle of `manifest` was made with, wherever they lie now.

    Raises:
        UserError: one is no longer in the registry.
    """
    return opened(manifest.inputs)


def opened(named: Mapping[str, UsedInput]) -> Inputs:
    """The inputs that are `named` by system; raises `UserError` if one is no longer in the registry."""
    inputs: dict[str, Input] = {}
    for name, wanted in named.items():
        release = next((one for one in history(name) if one.bundle_hash == wanted.bundle_hash), None)
        if release is None:
            raise UserError(
                f"version {wanted.version} of {name}, which this builds on, is no longer in the registry; train again"
            )
        inputs[name] = _input(release)
    return inputs


def _input(release: Release) -> Input:
    bundle = bundle_of(release)
    return Input(release.system, release.version, release.bundle_hash, bundle, inputs_of(read_manifest(bundle)))


def _champion(system: str) -> Release:
    champion = champion_of(mended(system))
    assert champion is not None
    return champion


def changed_inputs(named: Mapping[str, UsedInput]) -> tuple[str, ...]:
    """A sentence for each system of `named` whose champion is another by now."""
    sentences = []
    for name, wanted in named.items():
        now = champion_of(mended(name))
        if now is None or now.bundle_hash != wanted.bundle_hash:
            instead = "there is none" if now is None else f"it is version {now.version}"
            sentences.append(f"built on version {wanted.version} of {name}, whose champion it is no longer ({instead})")
    return tuple(sentences)


def stale(release: Release) -> tuple[str, ...]:
    """The reasons to train a champion again: inputs that were replaced. Empty for a release that is no champion."""
    return changed_inputs(release.inputs) if "champion" in release.aliases else ()
