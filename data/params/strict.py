"""A section of `params.yaml` as a frozen model, and the message when one is wrong."""

import re

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import quoted

__all__ = ["Strict", "explain"]


# pydantic's names for the branches of a union, which mean nothing to a user
BRANCH = re.compile(r"^constrained-|\[.*\]$")


class Strict(BaseModel):
    """A frozen section: unknown keys are refused, defaults are checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def explain(error: ValidationError) -> str:
    """One line of a validation error: each field with what is wrong with it and the value given."""
    parts = []
    for fault in error.errors():
        field = ".".join(part for part in map(str, fault["loc"]) if not BRANCH.search(part)) or "the section"
        given = "" if isinstance(fault["input"], dict) else f" (given: {quoted(fault['input'])})"
        parts.append(f"{field}: {fault['msg'][:1].lower()}{fault['msg'][1:]}{given}")
    return "; ".join(parts)
