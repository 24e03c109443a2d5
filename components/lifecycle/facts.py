"""What the gate knows beside the figures."""

from data.params import Strict

__all__ = ["Facts", "is_for_research"]

RESERVED = ("research", "none stated")


def is_for_research(licence: str) -> bool:
    """Whether the terms of data are for research alone, or none are stated."""
    return any(words in licence.lower() for words in RESERVED)


class Facts(Strict):
    """Facts about the candidate and the champion."""

    system: str
    simulated: bool  # the candidate learned from simulated data
    split: str  # the one that was measured
    dataset: str  # the candidate learned from it, and both were measured on it
    licence: str = ""  # of the data set
    champion_version: int | None = None
    champion_simulated: bool = False
    champion_dataset: str = ""  # the champion learned from it
    version: int | None = None  # the candidate's, if an earlier run registered this very bundle
    changed_inputs: tuple[str, ...] = ()  # a sentence for each input of the candidate that is no champion any more
    rolled_back: bool = False  # a person has taken that version out of service

    @property
    def same(self) -> bool:
        """The candidate is the champion."""
        return self.version is not None and self.version == self.champion_version

    @property
    def research_only(self) -> bool:
        """See `is_for_research`."""
        return is_for_research(self.licence)

    @property
    def comparable(self) -> bool:
        """Both learned from the same kind of data, so that the difference of their figures says something."""
        return self.champion_version is not None and self.simulated == self.champion_simulated
