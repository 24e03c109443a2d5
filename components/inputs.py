"""The inputs of a system, champions of other systems: looked up, linked and ordered."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from components.bundle import Manifest, read_manifest
from components.system import Input, Inputs, load_system
from data.errors import UserError

__all__ = ["all_in_order", "all_of", "in_order", "linked"]


def all_of(inputs: Inputs) -> list[Input]:
    """All direct and indirect inputs, each once and after its own inputs."""
    by_hash: dict[str, Input] = {}
    for one in inputs.values():
        for below in (*all_of(one.inputs), one):
            by_hash.setdefault(below.bundle_hash, below)
    return list(by_hash.values())


def linked(manifest: Manifest, bundles: Iterable[Path]) -> Inputs:
    """The inputs that `manifest` names, looked up by hash among the folders `bundles`.

    Raises:
        UserError: one is not among them.
    """
    return _linked(manifest, {read_manifest(bundle).bundle_hash: bundle for bundle in bundles})


def _linked(manifest: Manifest, bundle_of: Mapping[str, Path]) -> Inputs:
    inputs: dict[str, Input] = {}
    for name, wanted in manifest.inputs.items():
        bundle = bundle_of.get(wanted.bundle_hash)
        if bundle is None:
            raise UserError(
                f"{manifest.system} was built on version {wanted.version} of {name}, whose bundle is not given; "
                f"give it too"
            )
        inputs[name] = Input(
            name, wanted.version, wanted.bundle_hash, bundle, _linked(read_manifest(bundle), bundle_of)
        )
    return inputs


def in_order(system: str, needed: bool = False) -> list[str]:
    """The systems that `system` builds on, directly or not, each after the systems that it builds on.

    needed: without those that it only may build on.

    Raises:
        UserError: there is no such system, or it builds on itself; the message names the circle.
    """
    names: dict[str, None] = {}
    for name in _below(system, (system,), needed):
        names.setdefault(name)
    return list(names)


def all_in_order(systems: Iterable[str]) -> list[str]:
    """The systems, each after those of them that it builds on."""
    wanted = list(systems)
    return [
        name for name in dict.fromkeys(below for one in wanted for below in (*in_order(one), one)) if name in wanted
    ]


def _below(system: str, way: tuple[str, ...], needed: bool) -> Iterator[str]:
    declared = load_system(system)
    for name in declared.uses if needed else declared.below:
        if name in way:
            circle = " uses ".join((*way[way.index(name) :], name))
            raise UserError(f"{circle}: a system cannot build on itself; take one out of its `uses`")
        yield from _below(name, (*way, name), needed)
        yield name
