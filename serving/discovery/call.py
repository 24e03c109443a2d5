"""A request as a handler gets it: checked, typed and within its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from data.params import Strict, explain
from serving.discovery.types import IN_PATH
from serving.errors import RequestError

__all__ = ["Call", "check_address", "path_of", "query_of"]

ATTRIBUTE = "attribute."
CATEGORY = "category"
NAMES: dict[str, TypeAdapter[str]] = {name: TypeAdapter(kind) for name, kind in IN_PATH.items()}


@dataclass(frozen=True)
class Call:
    """path: the parameters in the path. where: filters in the query. picture, mask: bytes that came beside the body.

    caller: the name of the key; empty: none was needed."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Any = None
    where: Mapping[str, list[str]] = field(default_factory=dict)
    body: Any = None
    picture: bytes | None = None
    mask: bytes | None = None
    etag: str = ""
    secure: bool = False
    caller: str = ""


def check_address(request: Request) -> None:
    """Refuse an address that is not UTF-8: servers replace what they cannot decode, and two ids would become one.

    Raises:
        RequestError: 400.
    """
    for part, raw in (("path", request.scope["raw_path"]), ("query", request.scope["query_string"])):
        try:
            unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            raise RequestError(
                400, f"the {part} of the address is not UTF-8; encode it so, and then percent-encode it"
            ) from None


def path_of(request: Request) -> dict[str, str]:
    """The parameters in the path; raises `RequestError` 404 for what no item or user can be called."""
    parameters = {}
    for name, value in request.path_params.items():
        try:
            parameters[name] = NAMES[name].validate_python(value)
        except ValidationError:
            raise RequestError(404, f"there is no {name.removesuffix('_id')} of that name") from None
    return parameters


def query_of(request: Request, kind: type[Strict] | None, filtered: bool) -> tuple[Any, dict[str, list[str]]]:
    """The query as `kind`, and where `filtered` the filters `category=` and `attribute.NAME=` in it.

    Raises:
        RequestError: 422 for what is unknown, given twice, or does not fit.
    """
    fields: dict[str, str] = {}
    where: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items() if request.scope["query_string"] else ():
        if filtered and (name == CATEGORY or name.startswith(ATTRIBUTE)):
            where.setdefault(name.removeprefix(ATTRIBUTE), []).append(value)
        elif name in fields:
            raise RequestError(422, f"the parameter {name!r} is given twice")
        else:
            fields[name] = value
    known = [*(kind.model_fields if kind else ()), *((CATEGORY, f"{ATTRIBUTE}NAME") if filtered else ())]
    if unknown := sorted(fields.keys() - set(known)):
        hint = f"known: {', '.join(known)}" if known else "there are none here"
        raise RequestError(422, f"unknown parameter {unknown[0]!r}; {hint}")
    if kind is None:
        return None, where
    try:
        return kind.model_validate_strings(fields), where
    except ValidationError as error:
        raise RequestError(422, explain(error)) from None
