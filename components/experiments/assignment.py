"""Who takes part, and in which arm: salted hashes, so that nothing has to be stored and every process agrees."""

import hashlib

from components.experiments.design import BUCKETS, Experiment

__all__ = ["arm_of"]


def arm_of(experiment: Experiment, unit_id: str) -> str | None:
    """The arm of a unit, None where its bucket of the layer does not take part.

    The layer's bucket and the arm come from different salts: who is in one experiment says nothing about the arm in
    the next one with the same buckets.
    """
    low, high = experiment.buckets
    if not low <= int(_uniform(f"layer/{experiment.layer}", unit_id) * BUCKETS) < high:
        return None
    left = _uniform(f"arm/{experiment.name}", unit_id)
    for arm, share in experiment.arms.items():
        left -= share
        if left < 0:
            return arm
    return arm  # shares add up to 1 but for rounding


def _uniform(salt: str, unit_id: str) -> float:
    """A number in [0, 1) that looks random and depends on salt and unit alone."""
    digest = hashlib.blake2b(f"{salt}\0{unit_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53
