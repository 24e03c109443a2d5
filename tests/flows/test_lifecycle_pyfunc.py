"""What was registered answers in an interpreter that has MLflow and knows nothing of this project."""

import json
import os
import subprocess
import sys

SCRIPT = """
import json, sys, warnings
import mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/centroid@champion")
import components.system
assert "/code/" in components.system.__file__.replace(chr(92), "/"), components.system.__file__
pictures = model.predict(pandas.DataFrame({"picture": [b"[-1.5, 0.0]", b"[1.5, 0.0]"]}))
both = model.predict(pandas.DataFrame({"picture": [b"[-1.5, 0.0]"]}), params={"k": 2})
filtered = model.predict(pandas.DataFrame({"picture": [b"[-1.5, 0.0]"], "filters": ['{"label": "b"}']}))
item = model.predict(pandas.DataFrame({"item_id": ["dot-0"]}))
heavy = sorted({"torch", "prefect", "great_expectations", "bentoml"} & set(sys.modules))
print(json.dumps([pictures, both, filtered, item, heavy]))
"""


def expected(project) -> dict:
    """What the bundle answers here."""
    from components.system import load_system

    system = load_system("centroid")
    bundle = next((project.home / "candidates" / "centroid").iterdir()) / "bundle"
    answer = system.open_bundle(bundle).answer(system.Request(item_id="dot-0"))
    return json.loads(answer.model_dump_json())


def test_the_champion_loads_alone(project, tmp_path):
    assert project.run(project.plan()).status == "released"
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CORKBOARD_HOME")}
    environment["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    command = [sys.executable, "-P", "-c", SCRIPT, f"sqlite:///{project.home / 'mlflow.db'}"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pictures, both, filtered, item, heavy = json.loads(done.stdout.splitlines()[-1])
    assert [answer["labels"] for answer in pictures] == [["a"], ["b"]]
    assert both[0]["labels"] == ["a", "b"]
    assert filtered[0]["labels"] == ["b"]
    assert item[0] == expected(project)
    assert heavy == []
    assert not [path for path in project.home.rglob("*") if path.suffix in (".pkl", ".pickle")]
