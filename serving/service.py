"""The BentoML service of one packaged bundle; a thin rim around the application."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bentoml
from bentoml.models import BentoModel

from components.bundle import read_manifest
from components.inputs import linked
from components.system import load_system
from serving.answering import Answering
from serving.app import health_of, make_app
from serving.heap import settle
from serving.metrics import RequestMetrics

__all__ = ["make_service"]


def make_service(model_tag: str, version: str, below: Sequence[str] = ()) -> Any:
    """The class that answers with the bundle stored as a BentoML model, such as `my-system:3-1a2b3c4d`.

    below: the tags of the bundles that it builds on. The entry module of a Bento decorates the class by
    `serving.declare.declare` and puts the `Guard` around it.
    """
    name = model_tag.partition(":")[0]
    system = load_system(name)
    models_below = [BentoModel(tag) for tag in below]
    request_metrics = RequestMetrics(name, version)
    app = make_app(Answering.of(system), request_metrics)

    @bentoml.asgi_app(app, path="/")
    class Served:
        """Answers with one version of one system."""

        model = BentoModel(model_tag)
        metrics = request_metrics
        served = app

        def __init__(self) -> None:
            bundle = Path(self.model.path)
            app.state.health = health_of(bundle, version)
            inputs = linked(read_manifest(bundle), [Path(one.resolve().path) for one in models_below])
            app.state.predictor = system.open_bundle(bundle, inputs=inputs)
            settle()

    for number, one in enumerate(models_below):
        setattr(Served, f"input_{number}", one)  # so that BentoML takes them into the Bento
    return Served
