"""`corkboard audit`: the audit of a system's champion as one page."""

from pathlib import Path
from typing import Annotated

import typer

from corkboard.options import AsJson

__all__ = ["audit"]


def audit(
    system: Annotated[str, typer.Argument(help="A system with a champion.")],
    out: Annotated[Path | None, typer.Option(help="Where the page goes; by default SYSTEM-audit.html here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write slices, gaps, calibration, safety, lineage, terms and open faults of the champion as one page."""
    from components.settings import system_names
    from corkboard.output import answering
    from data.environment import set_environment
    from data.errors import UserError, unknown
    from data.files import write_text

    with answering(as_json) as answer:
        set_environment()
        if system not in system_names():
            raise unknown("system", system, system_names())
        from components.lifecycle.audit import write_audit
        from components.lifecycle.registry import champion_of, releases

        champion = champion_of(releases(system))
        if champion is None:
            raise UserError(f"{system} has no champion; run `corkboard run {system}` first")
        path = out or Path(f"{system}-audit.html")
        write_text(path, write_audit(champion))
        answer.document({"system": system, "version": champion.version, "page": str(path), "run_id": champion.run_id})
        answer.text(f"{path} has the audit of {system} version {champion.version}; so has its run in MLflow")
