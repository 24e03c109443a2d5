"""Step 6, register: the bundle as a version of the registered model, loadable by anyone who has MLflow."""

import shutil
import tempfile
import warnings
from pathlib import Path

from components.bundle import read_manifest
from components.code import code_to_serve
from components.inputs import all_of
from components.lifecycle.comparison import own
from components.lifecycle.inputs import inputs_of
from components.lifecycle.plan import MEASURED, Plan
from components.lifecycle.provenance import metadata_of
from components.lifecycle.registry import changing
from components.lifecycle.results import Evaluated, Fitted, Ingested, Provenance, Registered, Verdict
from components.lifecycle.signature import request_signature
from components.lifecycle.tracking import client
from components.system import load_system
from data.code import Code

__all__ = ["register", "stage_code"]

RIM = "components.lifecycle.pyfunc"  # the module that MLflow loads


def register(plan: Plan, ingested: Ingested, fitted: Fitted, evaluated: Evaluated, verdict: Verdict) -> Registered:
    """Register the bundle that passed the gate; a bundle that is registered already keeps its version."""
    assert verdict.passed, "only what passed the gate is registered"
    with changing(plan.system) as releases:
        for release in releases:
            if release.bundle_hash == fitted.bundle_hash:
                return Registered(reused=True, version=release.version)
        manifest = read_manifest(Path(fitted.bundle))
        provenance = Provenance(
            dataset=plan.dataset,
            data_version=manifest.data_version,  # not of the folder, which may differ in columns it ignores
            simulated=ingested.simulated,
            fingerprint=fitted.fingerprint,
            bundle_hash=fitted.bundle_hash,
            git_revision=manifest.git_revision,
            inputs=ingested.inputs,
            metrics=evaluated.metrics,
            measured={name: plan.config[name] for name in MEASURED if name in plan.config},
            verdict=verdict,
        )
        source, model_id = _log_model(plan, fitted, provenance)
        return Registered(version=_create(plan.system, fitted.run_id, provenance, source, model_id))


def _log_model(plan: Plan, fitted: Fitted, provenance: Provenance) -> tuple[str, str]:
    """Log bundle and code as a model of the candidate's run; returns its address and id."""
    client()
    system = load_system(plan.system)
    with tempfile.TemporaryDirectory(prefix="corkboard-code-") as folder, warnings.catch_warnings():
        # MLflow's own warnings, and that an example is missing, which would be a picture
        warnings.simplefilter("ignore")
        import mlflow
        import mlflow.pyfunc

        stage = Path(folder)
        code = code_to_serve([plan.system], [RIM])
        stage_code(code, stage)
        with mlflow.start_run(run_id=fitted.run_id):
            info = mlflow.pyfunc.log_model(
                name=plan.system,
                python_model=str(Path(__file__).with_name("pyfunc.py")),
                artifacts={"bundle": Path(fitted.bundle).as_uri(), **_below(Path(fitted.bundle))},
                code_paths=[str(stage / "components"), str(stage / "data")],
                signature=request_signature(system),
                metadata=metadata_of(provenance),
                pip_requirements=[f"{name}=={version}" for name, version in code.versions.items()],
            )
    return info.model_uri, info.model_id


def _below(bundle: Path) -> dict[str, str]:
    """The addresses of the bundles that this one builds on, by a name each."""
    return {f"{one.system}-{one.version}": one.bundle.as_uri() for one in all_of(inputs_of(read_manifest(bundle)))}


def stage_code(code: Code, stage: Path) -> None:
    """Copy the files of `code` into folders that match their modules' names."""
    for name, path in code.modules.items():
        folder = stage / name.replace(".", "/")
        target = folder / path.name if path.name == "__init__.py" else folder.with_suffix(".py")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _create(system: str, run_id: str, provenance: Provenance, source: str, model_id: str) -> int:
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

    try:
        client().create_registered_model(system, description=load_system(system).purpose)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
    made = client().create_model_version(
        system,
        source,
        run_id=run_id,
        tags={"status": "registered", "dataset": provenance.dataset},
        model_id=model_id,
        description=_description(provenance),
    )
    return int(made.version)


def _description(provenance: Provenance) -> str:
    """The description at the top of MLflow's page of a version, as Markdown."""
    kind = "simulated" if provenance.simulated else "real"
    inputs = [f"Builds on {name} version {one.version}." for name, one in provenance.inputs.items()]
    lines = [
        f"Learned from {provenance.dataset} ({kind}), data version {provenance.data_version[:12]}, at git revision "
        f"{provenance.git_revision[:12]}. Its run has the model card, the curves and the evaluation.",
        *inputs,
        "",
        "| metric | value | 95 % interval |",
        "|---|---|---|",
    ]
    for name, metric in own(provenance.metrics).items():
        interval = "" if metric.low == metric.high else f"{metric.low:.4g} to {metric.high:.4g}"
        lines.append(f"| {name} | {metric.value:.4g} | {interval} |")
    assert provenance.verdict is not None
    return "\n".join([*lines, "", "The gate passed it:", "", *(f"- {line}" for line in provenance.verdict.reasons)])
