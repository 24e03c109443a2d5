"""The API's OpenAPI document, from the system's request and response types."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.answering import Answering
from serving.answers import ANSWER
from serving.limits import MAX_UPLOAD_BYTES
from serving.requests import REQUEST

__all__ = ["REFERENCE", "describe", "form_of"]

BINARY = {"type": "string", "format": "binary"}
LIMITS = f"at most {MAX_UPLOAD_BYTES // 2**20} MiB, and of a picture 64 megapixels"
REFERENCE = "#/components/schemas/{model}"
ERRORS = {
    "400": "the form cannot be read",
    "404": "no such item",
    "408": "the body arrived too slowly",
    "413": "too many bytes or pixels",
    "415": "neither a form nor JSON, or no JPEG, PNG or WebP picture",
    "422": "a field or the picture cannot be used; the message says which and why",
    "429": "too many requests at once",
    "500": "the service failed; its log names the request id",
    "504": "no answer in time; ask again later",
}


def describe(app: FastAPI, path: str, answering: Answering) -> None:
    """Make `app.openapi()` describe the requests and answers of `path`."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            content = get_openapi(title=app.title, version="1", routes=app.routes)
            schemas = content.setdefault("components", {}).setdefault("schemas", {})
            fields, answer = (_schema(kind, schemas) for kind in (answering.request, answering.response))
            schemas["Error"] = {
                "type": "object",
                "properties": {"error": {"type": "string"}, "request_id": {"type": ["string", "null"]}},
                "required": ["error", "request_id"],
            }
            answered = {
                "summary": (answering.request.__doc__ or "").strip(),
                "operationId": path.rpartition("/")[2],
                "requestBody": {"required": True, "content": _bodies(fields, schemas, answering.takes)},
                "responses": _responses(answer, answering.gives),
            }
            content["paths"][path] = {"post": answered}
            app.openapi_schema = content
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = kind.model_json_schema(ref_template=REFERENCE)
    schemas |= schema.pop("$defs", {})
    schemas[kind.__name__] = schema
    return {"$ref": REFERENCE.format(model=kind.__name__)}


def _bodies(fields: dict[str, Any], schemas: dict[str, Any], takes: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    as_json = {"application/json": {"schema": fields}}
    if not takes:
        return as_json
    return {"multipart/form-data": form_of(fields, schemas, takes), **_alone(takes), **as_json}


def _alone(parts: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The one part as the body itself, by media type."""
    return {kind: {"schema": BINARY} for kinds in parts.values() for kind in kinds} if len(parts) == 1 else {}


def form_of(fields: dict[str, Any], schemas: dict[str, Any], takes: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The form of parts beside the fields that the reference `fields` leads to."""
    request = {
        "type": "string",
        "contentMediaType": "application/json",
        "description": "all fields as one JSON object, instead of one by one",
    }
    properties = schemas[fields["$ref"].rpartition("/")[2]]["properties"]
    schema = {"type": "object", "properties": {**_files(takes), REQUEST: request, **properties}}
    return {"schema": schema, "encoding": _encoding(takes)}


def _files(parts: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {name: BINARY | {"description": f"{' or '.join(kinds)}; {LIMITS}"} for name, kinds in parts.items()}


def _encoding(parts: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {name: {"contentType": ", ".join(kinds)} for name, kinds in parts.items()}


def _responses(answer: dict[str, Any], gives: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": REFERENCE.format(model="Error")}}}
    errors = ERRORS | ({"406": "the answer cannot be given as the caller accepts it"} if gives else {})
    content: dict[str, Any] = {"application/json": {"schema": answer}}
    if gives:
        properties = {ANSWER: answer, **_files(gives)}
        form = {"schema": {"type": "object", "properties": properties}, "encoding": _encoding(gives)}
        content |= {"multipart/form-data": form, **_alone(gives)}
    refused = {status: {"description": meaning, "content": error} for status, meaning in errors.items()}
    return {"200": {"description": "the answer", "content": content}, **refused}
