"""The model that MLflow loads: a bundle behind the predictor that serves it. Models-from-code, nothing pickled.

`mlflow.pyfunc.load_model("models:/my-system@champion").predict(frame)` answers one request per row. The columns are
the bytes of the parts that the system takes, such as `picture`, and the fields of its `Request`; `params` holds what is
the same for all rows. Fields that are neither text nor number, such as `filters`, are given as JSON. The bytes of an
answer's parts stand beside its fields, by name.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext

from components.bundle import read_manifest
from components.inputs import linked
from components.lifecycle.signature import is_text
from components.message import Message, Part, picture_part
from components.system import load_system
from data.errors import UserError

__all__ = ["BundlePredictor"]


class BundlePredictor(PythonModel):
    """A bundle's predictor, called once per row."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle with those that it builds on."""
        bundle = Path(context.artifacts["bundle"])
        manifest = read_manifest(bundle)
        below = [Path(path) for name, path in context.artifacts.items() if name != "bundle"]
        self.system = load_system(manifest.system)
        self.predictor = self.system.open_bundle(bundle, inputs=linked(manifest, below))

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Answers as JSON objects, one a row."""
        requests = [self._request(row, params or {}) for row in model_input.to_dict("records")]
        batches = (requests[start : start + self.system.batch] for start in range(0, len(requests), self.system.batch))
        return [_row(answer) for batch in batches for answer in self.predictor.answers(batch)]

    def _request(self, row: dict[Any, Any], params: dict[str, Any]) -> Message:
        given = {**params, **{name: value for name, value in row.items() if not _absent(value)}}
        parts = {name: _part(given.pop(name), kinds) for name, kinds in self.system.takes.items() if given.get(name)}
        fields = {name: self._field(name, value) for name, value in given.items()}
        request = self.system.Request.model_validate({k: v for k, v in fields.items() if v is not None})
        return Message(request, parts)

    def _field(self, name: str, value: Any) -> Any:
        """Text stays text where the request wants text; elsewhere it is JSON."""
        return json.loads(value) if isinstance(value, str) and not is_text(self.system, name) else value


def _part(content: bytes, kinds: tuple[str, ...]) -> Part:
    """A part of a request. Its media type is read from the picture, or is the only one that the system takes."""
    part = picture_part(content)
    return part if part.media_type in kinds else Part(content, kinds[0])


def _row(answer: Message | UserError) -> dict[str, Any]:
    if isinstance(answer, UserError):
        raise answer
    return {**answer.fields.model_dump(mode="json"), **{name: part.content for name, part in answer.parts.items()}}


def _absent(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


mlflow.models.set_model(BundlePredictor())
