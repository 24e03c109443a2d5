"""A system in the composed service."""

from dataclasses import dataclass

__all__ = ["Member"]


@dataclass(frozen=True)
class Member:
    """A system in its role. A Bento's entry module holds some of these, so that it needs no settings.

    limit_s, workers: as in `components.settings.Serving`. version: of its champion; empty: it is not there, `missing`
    says why. model, below: the BentoML models of its bundle and of the bundles that it builds on.
    """

    role: str
    system: str
    limit_s: float
    workers: int = 1
    version: str = ""
    missing: str = "not released"
    model: str = ""
    below: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The system's name where no hyphens may be, as in the names of services."""
        return self.system.replace("-", "_")
