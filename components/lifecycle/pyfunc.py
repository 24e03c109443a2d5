"""The model that MLflow loads: a bundle behind the predictor that serves it. Models-from-code, nothing pickled.

`mlflow.pyfunc.load_model("models:/visual-search@champion").predict(frame)` answers a row a request. The columns are
`picture` (bytes of a JPEG or PNG) and the fields of the system's `Request`; `params` holds what is the same for all
rows. Fields that are neither text nor number, such as `filters`, are given as JSON.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext

from components.bundle import read_manifest
from components.lifecycle.signature import is_text
from components.system import load_system

__all__ = ["BundlePredictor"]


class BundlePredictor(PythonModel):
    """A bundle's predictor, asked a row at a time."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle."""
        bundle = Path(context.artifacts["bundle"])
        self.system = load_system(read_manifest(bundle).system)
        self.predictor = self.system.open_bundle(bundle)

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Answers as JSON objects, one a row."""
        return [self._answer(row, params or {}) for row in model_input.to_dict("records")]

    def _answer(self, row: dict[Any, Any], params: dict[str, Any]) -> dict[str, Any]:
        given = {**params, **{name: value for name, value in row.items() if not _absent(value)}}
        picture = given.pop("picture", None)
        fields = {name: self._field(name, value) for name, value in given.items()}
        request = self.system.Request.model_validate({k: v for k, v in fields.items() if v is not None})
        answer: dict[str, Any] = self.predictor.answer(request, picture).model_dump(mode="json")
        return answer

    def _field(self, name: str, value: Any) -> Any:
        """Text stays text where the request wants text; elsewhere it is JSON."""
        return json.loads(value) if isinstance(value, str) and not is_text(self.system, name) else value


def _absent(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


mlflow.models.set_model(BundlePredictor())
