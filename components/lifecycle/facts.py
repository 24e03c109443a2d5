"""What the gate has to know beside the figures."""

from data.params import Strict

__all__ = ["Facts"]


class Facts(Strict):
    """Whose figures these are, and of whom the champion's."""

    system: str
    simulated: bool  # the candidate learned from simulated data
    split: str  # that was measured
    dataset: str  # that the candidate learned from and both were measured on
    champion_version: int | None = None
    champion_simulated: bool = False
    champion_dataset: str = ""  # that the champion learned from
    version: int | None = None  # of the candidate, if an earlier run registered this very bundle
    changed_inputs: tuple[str, ...] = ()  # what the candidate was built on and serves no longer, a sentence each
    rolled_back: bool = False  # a person has taken that version out of service

    @property
    def same(self) -> bool:
        """The candidate is the champion."""
        return self.version is not None and self.version == self.champion_version

    @property
    def comparable(self) -> bool:
        """Both learned from the same kind of data, so that the difference of their figures says something."""
        return self.champion_version is not None and self.simulated == self.champion_simulated
