"""The API's OpenAPI document, from the system's request and response types."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.limits import MAX_UPLOAD_BYTES
from serving.requests import PICTURE, REQUEST

if TYPE_CHECKING:
    from serving.app import Answering

__all__ = ["REFERENCE", "describe", "form_of"]

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


def describe(app: FastAPI, path: str, system: "Answering") -> None:
    """Make `app.openapi()` tell what `path` takes and answers."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            content = get_openapi(title=app.title, version="1", routes=app.routes)
            schemas = content.setdefault("components", {}).setdefault("schemas", {})
            fields, answer = (_schema(kind, schemas) for kind in (system.Request, system.Response))
            schemas["Error"] = {
                "type": "object",
                "properties": {"error": {"type": "string"}, "request_id": {"type": ["string", "null"]}},
                "required": ["error", "request_id"],
            }
            answered = {
                "summary": (system.Request.__doc__ or "").strip(),
                "operationId": path.rpartition("/")[2],
                "requestBody": {"required": True, "content": _bodies(fields, schemas, system.takes_pictures)},
                "responses": _responses(answer),
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


def _bodies(fields: dict[str, Any], schemas: dict[str, Any], takes_pictures: bool) -> dict[str, Any]:
    as_json = {"application/json": {"schema": fields}}
    if not takes_pictures:
        return as_json
    return {"multipart/form-data": {"schema": form_of(fields, schemas)}, **as_json}


def form_of(fields: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The form of a picture beside the fields that the reference `fields` leads to."""
    picture = {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "format": "binary",
        "description": f"JPEG, PNG or WebP, at most {MAX_UPLOAD_BYTES // 2**20} MiB and 64 megapixels",
    }
    request = {
        "type": "string",
        "contentMediaType": "application/json",
        "description": "all fields as one JSON object, instead of one by one",
    }
    properties = schemas[fields["$ref"].rpartition("/")[2]]["properties"]
    return {"type": "object", "properties": {PICTURE: picture, REQUEST: request, **properties}}


def _responses(answer: dict[str, Any]) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": REFERENCE.format(model="Error")}}}
    found = {status: {"description": meaning, "content": error} for status, meaning in ERRORS.items()}
    return {"200": {"description": "the answer", "content": {"application/json": {"schema": answer}}}, **found}
