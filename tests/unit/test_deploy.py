"""The files of `deploy/`: by their schemas, and that what they name exists."""

import importlib.resources
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from corkboard.stack.part import BEGIN
from data.project import root

DEPLOY = root() / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
VERSIONS = ("1.29", "1.37")  # the oldest and the newest schemas that are looked at
EXAMPLES = {"secrets.env": (KUBERNETES / "secrets.env.example").read_text(), "keys.json": '{"keys": []}'}


def _documents() -> list[dict[str, Any]]:
    files = [file for file in sorted(KUBERNETES.glob("*.yaml")) if file.name != "kustomization.yaml"]
    return [document for file in files for document in yaml.safe_load_all(file.read_text())]


def _parts(content: Any) -> list[str]:
    """The parts of the stack that commands in a document start."""
    if isinstance(content, dict):
        return [name for value in content.values() for name in _parts(value)]
    if isinstance(content, list):
        named = content[content.index("corkboard.stack.part") + 1] if "corkboard.stack.part" in content else None
        return [named] if named else [name for value in content for name in _parts(value)]
    return []


def test_compose_is_valid_and_complete() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    compose = yaml.safe_load(text)
    schemas = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    jsonschema.validate(compose, json.loads((schemas / "compose-spec.json").read_text(encoding="utf-8")))
    services = compose["services"]
    assert sorted(_parts(services)) == sorted(BEGIN)
    assert all(other in services for one in services.values() for other in one.get("depends_on", ()))
    mounted = {volume.split(":")[0] for one in services.values() for volume in one.get("volumes", ())}
    assert mounted == set(compose["volumes"])
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("${CORKBOARD_LISTEN:-127.0.0.1}:") for port in ports)
    asked = set(re.findall(r"\$\{([A-Z0-9_]+)", text)) - {"CORKBOARD_IMAGE"}
    assert asked == set(re.findall(r"^([A-Z0-9_]+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_document(version: str) -> None:
    documents = _documents()
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(documents[0] | {"spec": {"replica": 1}}, version, strict=True)


def test_kubernetes_names_what_is_there() -> None:
    documents = _documents()
    assert sorted(_parts(documents)) == sorted(set(BEGIN) - {"discovery"})
    kinds = {(document["kind"], document["metadata"].get("name")) for document in documents}
    for document in documents:
        pod = document.get("spec", {}).get("template", {}).get("spec")
        if pod is None:
            continue
        (container,) = pod["containers"]
        assert container["resources"]["requests"]
        assert container["resources"]["limits"]["memory"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        claims = {claim["metadata"]["name"] for claim in document["spec"].get("volumeClaimTemplates", ())}
        assert mounts == {volume["name"] for volume in pod.get("volumes", ())} | claims
        claimed = [
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["volumes"]
            if len(volume) > 1 and "persistentVolumeClaim" in volume
        ]
        assert all(("PersistentVolumeClaim", name) in kinds for name in claimed)
        if document["kind"] == "Deployment":
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()


@pytest.mark.parametrize("shared", [False, True])
def test_kustomize_builds_it(shared: bool, tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    shutil.copytree(KUBERNETES, tmp_path / "made")
    for name, content in EXAMPLES.items():
        (tmp_path / "made" / name).write_text(content)
    if shared:
        own = tmp_path / "made" / "kustomization.yaml"
        own.write_text(own.read_text().replace("# components:", "components:"))
    done = subprocess.run(["kubectl", "kustomize", tmp_path / "made"], capture_output=True, text=True, check=True)  # noqa: S607
    built = list(yaml.safe_load_all(done.stdout))
    assert {one["metadata"]["name"] for one in built if one["kind"] in ("Secret", "ConfigMap")} == {
        "settings",
        "secrets",
        "keys",
    }
    assert (
        done.stdout.count("mountPath: /var/lib/corkboard/traffic") == done.stdout.count("claimName: log") == 2 * shared
    )
    for one in built:
        kubernetes_validate.validate(one, VERSIONS[-1], strict=True)
    images = set(re.findall(r"image: (\S+)", done.stdout))
    job = yaml.safe_load((KUBERNETES / "training-job.yaml").read_text())
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] in images
    assert all(image.startswith("registry.example.com/") for image in images)


def test_the_dockerfile_names_what_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    project = tomllib.loads((root() / "pyproject.toml").read_text())["project"]
    assert set(re.findall(r"--extra (\S+)", text)) <= project["optional-dependencies"].keys()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((root() / name).exists() for name in line.split())
    assert "\nUSER 10001:10001\n" in text


def test_secrets_are_in_no_commit_and_in_no_image() -> None:
    secrets = {"deploy/.env", "deploy/keys.json", *(f"deploy/kubernetes/{name}" for name in EXAMPLES)}
    assert secrets <= set((DEPLOY / "Dockerfile.dockerignore").read_text().splitlines())
    assert {f"/{name}" for name in secrets} <= set((root() / ".gitignore").read_text().splitlines())
