"""What is done with personal data that stands in texts."""

from typing import Annotated, Literal

from pydantic import Field

__all__ = ["PersonalData"]

PersonalData = Annotated[
    Literal["name", "redact", "refuse"],
    Field(
        description="e-mail addresses, telephone, card and account numbers and the like in titles, descriptions and "
        "other texts: named by validation, replaced by what they are, or no training"
    ),
]
