"""The labels of an image: OCI's own where there is one, and `corkboard.*` for what the image answers with."""

import os
from datetime import UTC, datetime

from data.errors import UserError
from serving.image.contents import Contents

__all__ = ["HEALTHCHECK", "created", "labels"]

HEALTHCHECK = "/opt/venv/bin/python /app/inside/health.py"


def labels(bento: Contents, base: str) -> dict[str, str]:
    """Labels of the image of a Bento; several models are listed by spaces, in the order of their tags.

    `corkboard.healthcheck` repeats the health check, which OCI's format, other than Docker's, has no place for.
    """
    name, _, version = bento.tag.partition(":")
    hashes = {model.tag: model.manifest.bundle_hash for model in bento.models if model.manifest}
    versions = {model.tag: model.data_version for model in bento.models if model.data_version}
    known = {
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": bento.labels.get("git_revision", ""),
        "org.opencontainers.image.created": created(bento).isoformat().replace("+00:00", "Z"),
        "org.opencontainers.image.base.name": base,
        "corkboard.models": " ".join(model.tag for model in bento.models),
        "corkboard.bundle_hashes": _listed(hashes),
        "corkboard.data_versions": _listed(versions),
        "corkboard.healthcheck": HEALTHCHECK,
    }
    return {key: value for key, value in known.items() if value}


def _listed(values: dict[str, str]) -> str:
    return " ".join(f"{tag.partition(':')[0]}={value}" for tag, value in values.items())


def created(bento: Contents) -> datetime:
    """`SOURCE_DATE_EPOCH` (seconds) if set, otherwise the time of the Bento, so that a Bento gives the same image.

    Raises:
        UserError: `SOURCE_DATE_EPOCH` is no whole number.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return bento.created
    if not given.isdecimal():
        raise UserError(f"SOURCE_DATE_EPOCH is {given!r}; give whole seconds since 1970, or unset it")
    return datetime.fromtimestamp(int(given), UTC)
