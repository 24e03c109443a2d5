"""Run in the build: `sbom.py FACTS SITE OUT` writes the bill of materials in CycloneDX 1.6 JSON.

FACTS is a JSON file with the image's name, version, time and models; the rest is read where it is installed: Debian's
packages from dpkg's records, Python's from their metadata.
"""

import json
import platform
import re
import sys
import uuid
from email.message import Message
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, cast

__all__ = ["debian_packages", "document", "python_packages"]

SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def document(facts: dict[str, Any], components: list[dict[str, Any]]) -> dict[str, Any]:
    """A CycloneDX document of `components` and the models in `facts`; equal content makes an equal document."""
    listed = [*components, *(_model(model) for model in facts["models"])]
    named = f"pkg:oci/{facts['name']}@{facts['version']}"
    content = json.dumps([facts, listed], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "timestamp": facts["created"],
            "component": {
                "type": "container",
                "bom-ref": named,
                "name": facts["name"],
                "version": facts["version"],
            },
        },
        "components": listed,
        "dependencies": [{"ref": named, "dependsOn": [part["bom-ref"] for part in listed]}],
    }


def python_packages(site: Path) -> list[dict[str, Any]]:
    """The distributions installed in a folder, and the interpreter, sorted by name."""
    running = platform.python_version()
    components = [_component("application", "python", running, f"pkg:generic/python@{running}")]
    for package in distributions(path=[str(site)]):
        metadata = cast("Message", package.metadata)
        name = re.sub(r"[-_.]+", "-", str(metadata["Name"])).lower()
        part = _component("library", name, package.version, f"pkg:pypi/{name}@{package.version}")
        licence = metadata.get("License-Expression") or metadata.get("License") or ""
        if SPDX.fullmatch(licence):
            part["licenses"] = [{"expression": licence}] if " " in licence else [{"license": {"name": licence}}]
        components.append(part)
    return sorted(components, key=lambda part: str(part["purl"]))


def debian_packages(root: Path = Path("/")) -> list[dict[str, Any]]:
    """The packages that dpkg's records of `root` call installed, sorted by name."""
    release = (root / "etc/os-release").read_text(encoding="utf-8")
    lines = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    system, version = lines["ID"].strip('"'), lines.get("VERSION_ID", "").strip('"')
    components = []
    for record in (root / "var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in record.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status", "").endswith(" installed"):
            name, revision, arch = fields["Package"], fields["Version"], fields["Architecture"]
            purl = f"pkg:deb/{system}/{name}@{revision.replace('+', '%2B').replace(':', '%3A')}"
            components.append(_component("library", name, revision, f"{purl}?arch={arch}&distro={system}-{version}"))
    return sorted(components, key=lambda part: str(part["purl"]))


def _component(kind: str, name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _model(model: dict[str, str]) -> dict[str, Any]:
    name, _, version = model["tag"].partition(":")
    facts = {"data_version": model.get("data_version"), "bundle_hash": model.get("bundle_hash")}
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{model['tag']}",
        "name": name,
        "version": version,
        "properties": [{"name": f"corkboard:{key}", "value": value} for key, value in facts.items() if value],
    }


if __name__ == "__main__":
    given, site, out = (Path(argument) for argument in sys.argv[1:])
    facts = json.loads(given.read_text(encoding="utf-8"))
    written = document(facts, [*debian_packages(), *python_packages(site)])
    out.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n", encoding="utf-8")
