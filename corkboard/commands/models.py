"""`corkboard models`: the versions in the registry."""

from typing import TYPE_CHECKING, Annotated

import typer

from corkboard.options import AsJson

if TYPE_CHECKING:
    from components.lifecycle.results import Release

__all__ = ["models"]


def models(
    system: Annotated[str | None, typer.Argument(help="A system; by default all of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the registered versions, newest first, with their metrics and aliases."""
    from components.settings import system_names
    from corkboard.output import answering
    from data.environment import set_environment
    from data.errors import unknown

    with answering(as_json) as answer:
        set_environment()
        known = system_names()
        if system is not None and system not in known:
            raise unknown("system", system, known)
        from components.lifecycle.inputs import stale
        from components.lifecycle.registry import releases

        versions = releases(system)
        outdated = {(release.system, release.version): stale(release) for release in versions}
        answer.document(
            [
                release.model_dump(mode="json") | {"stale": outdated[release.system, release.version]}
                for release in versions
            ]
        )
        if not versions:
            answer.text(f"nothing is registered yet; run: corkboard run {system or 'SYSTEM'}")
        elif not as_json:
            answer.table(
                ("system", "version", "alias", "status", "data set", "figures", "bento", "created"),
                _rows(versions, {key for key, why in outdated.items() if why}),
            )
            for (name, version), sentences in outdated.items():
                for sentence in sentences:
                    answer.text(f"{name} version {version} is stale: {sentence}; run: corkboard run {name}")


def _rows(versions: list["Release"], outdated: set[tuple[str, int]]) -> list[tuple[str, ...]]:
    return [
        (
            release.system,
            str(release.version),
            ", ".join(release.aliases),
            f"{release.status}, stale" if (release.system, release.version) in outdated else release.status,
            f"{release.dataset} {release.data_version[:8]}",
            " ".join(f"{name} {metric.value:.3f}" for name, metric in list(release.metrics.items())[:3]),
            release.bento or "",
            release.created,
        )
        for release in versions
    ]
