"""An answer as bytes over HTTP, in a format that the caller accepts.

`application/json` gives the fields alone. The media type of the only part gives that part alone. Otherwise an answer
with parts is `multipart/form-data`: the fields as `answer`, and a file for each part.
"""

from collections.abc import Mapping

from components.message import Message
from serving.errors import RequestError
from serving.form import Field, write_form

__all__ = ["ANSWER", "accepted", "encoded"]

ANSWER = "answer"
JSON, FORM = "application/json", "multipart/form-data"


def accepted(accept: str, gives: Mapping[str, tuple[str, ...]]) -> str:
    """The media type of the answer to a caller who sent the header `accept`: the first that can be given.

    Raises:
        RequestError: 406, none of them can be given.
    """
    if not gives:
        return JSON
    alone = [kind for kinds in gives.values() for kind in kinds] if len(gives) == 1 else []
    choices = [FORM, JSON, *alone]
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",")] if accept.strip() else ["*/*"]
    for pattern in wanted:
        for choice in choices:
            if pattern in ("*/*", choice) or (pattern.endswith("/*") and choice.startswith(pattern[:-1])):
                return choice
    raise RequestError(406, f"the answer cannot be given as {accept}; accept {' or '.join(choices)}")


def encoded(answer: Message, media_type: str) -> tuple[bytes, str]:
    """The body and the content type of `answer`, as `accepted` chose it."""
    fields = answer.fields.model_dump_json().encode()
    if media_type == JSON:
        return fields, JSON
    if media_type == FORM:
        files = [Field(name, part.content, True, part.media_type) for name, part in answer.parts.items()]
        return write_form([Field(ANSWER, fields, False, JSON), *files])
    part = next((part for part in answer.parts.values() if part.media_type == media_type), None)
    if part is None:
        raise RequestError(406, f"this answer has no {media_type}; accept {FORM} or {JSON}")
    return part.content, part.media_type
