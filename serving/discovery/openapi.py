"""The API's OpenAPI document, from its endpoints."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from components.message import PICTURE
from serving.discovery.endpoint import Endpoint, parts_of
from serving.discovery.keys import COOKIE
from serving.discovery.types import IN_PATH
from serving.openapi import REFERENCE, form_of

__all__ = ["document"]

ERRORS = {
    400: "the address is not UTF-8, or the form cannot be read",
    401: "no valid API key",
    403: "the key lacks the scope",
    404: "there is no such thing",
    408: "the body arrived too slowly",
    409: "somebody did it already",
    413: "too many bytes or pixels",
    415: "neither a form nor JSON, or no JPEG, PNG or WebP picture",
    422: "a field or the picture cannot be used; the message says which and why",
    429: "too many requests at once, or of one key",
    500: "the service failed; its log names the request id",
    503: "nothing useful can be answered now",
    504: "no answer in time; ask again later",
}
ALWAYS = (400, 401, 403, 422, 429, 500, 503, 504)
KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key; none is needed on the same machine"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "the same key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "the same key, of POST /v1/session"},
}
WITH_BODY = (408, 413, 415)
GIST = {
    200: "the answer",
    201: "it is new",
    202: "stored, or kept until somebody decides",
    204: "done",
    303: "it is on the page",
    304: "it has not changed",
}


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """OpenAPI 3.1."""
    error = {
        "type": "object",
        "properties": {"error": {"type": "string"}, "request_id": {"type": ["string", "null"]}},
        "required": ["error", "request_id"],
        "additionalProperties": False,
    }
    schemas: dict[str, Any] = {"Error": error}
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Corkboard discovery", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": KEYS},
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": (endpoint.answer.__doc__ or "").strip().partition("\n")[0],
        "parameters": [*_path(endpoint), *_query(endpoint)],
        "responses": _responses(endpoint, schemas),
        "security": [{}, *({name: [endpoint.scope]} for name in KEYS)] if endpoint.scope else [],
    }
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": _body(endpoint, schemas)}
    return operation


def _path(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": TypeAdapter(IN_PATH[name]).json_schema(),
        }
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]


def _query(endpoint: Endpoint) -> list[dict[str, Any]]:
    properties = endpoint.query.model_json_schema()["properties"] if endpoint.query else {}
    parameters = [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in properties.items()
    ]
    if endpoint.filtered:
        values = {"type": "array", "items": {"type": "string"}}
        text = "one of these; `attribute.NAME=VALUE` filters by any attribute in the same way"
        parameters.append({"name": "category", "in": "query", "required": False, "schema": values, "description": text})
    return parameters


def _body(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    fields = _schema(endpoint.body, schemas)
    as_json = {"application/json": {"schema": fields}}
    if not endpoint.takes_picture:
        return as_json
    form = form_of(fields, schemas, parts_of(endpoint))
    form["schema"]["required"] = [PICTURE]
    as_form = {"multipart/form-data": form}
    return as_form if endpoint.needs_picture else {**as_form, **as_json}


def _responses(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, kind in endpoint.answers.items():
        responses[str(status)] = {"description": GIST[status]}
        if kind is not None:
            responses[str(status)]["content"] = {"application/json": {"schema": _schema(kind, schemas)}}
        elif status == 200:
            responses[str(status)]["content"] = {kind: {} for kind in endpoint.gives}
    wrong = {"application/json": {"schema": {"$ref": REFERENCE.format(model="Error")}}}
    statuses = {*ALWAYS, *(WITH_BODY if endpoint.body else ()), *((404,) if endpoint.path.count("{") else ())}
    statuses |= {404} if endpoint.finds else set()
    statuses |= {409} if endpoint.once else set()
    return responses | {str(status): {"description": ERRORS[status], "content": wrong} for status in sorted(statuses)}


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(ref_template=REFERENCE)
    schemas |= schema.pop("$defs", {})
    name = getattr(kind, "__name__", None)
    if name is None or not isinstance(kind, type):
        return schema
    schemas[name] = schema
    return {"$ref": REFERENCE.format(model=name)}
