"""A system's request as a row of a data frame: MLflow's signature, from the pydantic model."""

import json
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from components.system import System

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

__all__ = ["is_text", "request_signature"]

NUMBERS = {int: "long", float: "double", bool: "boolean"}


def request_signature(system: System) -> "ModelSignature":
    """Columns, all optional: the parts that it takes, texts and JSON; parameters: numbers, and JSON that rows share."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

    columns: list[ColSpec | TensorSpec] = []
    columns += [ColSpec("binary", name, required=False) for name in system.takes]
    params = []
    for name, field in system.Request.model_fields.items():
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        plain = _plain(field.annotation)
        if plain in NUMBERS and default is not None:
            params.append(ParamSpec(name, NUMBERS[plain], default))
            continue
        kind = NUMBERS.get(plain, "string")
        columns.append(ColSpec(kind, name, required=False))
        if plain not in NUMBERS and plain is not str:
            params.append(ParamSpec(name, "string", json.dumps(default)))
    return ModelSignature(inputs=Schema(columns), params=ParamSchema(params))


def is_text(system: System, name: str) -> bool:
    """Whether the request's field `name` is plain text."""
    field = system.Request.model_fields.get(name)
    return field is not None and _plain(field.annotation) is str


def _plain(annotation: Any) -> Any:
    """The type of a field, without `| None` and without its bounds."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (UnionType, Union):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return _plain(kinds[0]) if len(kinds) == 1 else None
    return annotation
