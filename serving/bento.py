"""Models and Bentos in BentoML's local store. What a killed process leaves there is recognised as incomplete."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from data.code import ROOT, Code
from serving.store import model_folder, store

__all__ = ["ENTRY", "build_bento", "content_of", "files_of", "is_whole", "store_model"]

ENTRY = "entry.py"


def files_of(code: Code) -> list[str]:
    """The files of `code`, relative to the checkout."""
    return sorted(path.relative_to(ROOT).as_posix() for path in code.modules.values())


def content_of(*texts: str, sources: Iterable[str], requirements: Iterable[str]) -> str:
    """Hash of what a Bento is made of: texts, files of the checkout, libraries."""
    digest = hashlib.sha256("\0".join(texts).encode())
    for source in sources:
        digest.update(f"{source}\0{hashlib.sha256((ROOT / source).read_bytes()).hexdigest()}\n".encode())
    digest.update("\n".join(requirements).encode())
    return digest.hexdigest()


def is_whole(bento: Path, sources: Iterable[str]) -> bool:
    """Whether a Bento has all of its files, equal to those of the checkout; a killed process may have left fewer."""
    if not (bento / "bento.yaml").is_file() or not (bento / "src" / ENTRY).is_file():
        return False
    files = ((bento / "src" / source, ROOT / source) for source in sources)
    return all(there.is_file() and there.read_bytes() == here.read_bytes() for there, here in files)


def store_model(tag: str, folder: Path, labels: dict[str, str], is_whole: Callable[[Path], bool]) -> None:
    """Store the content of `folder` as the model `tag`, unless it is there already and `is_whole` says that it is."""
    import bentoml

    target = model_folder(tag)
    if (target / "model.yaml").is_file() and is_whole(target):
        return
    shutil.rmtree(target, ignore_errors=True)
    with bentoml.models.create(tag, labels=labels) as model:
        shutil.copytree(folder, model.path, dirs_exist_ok=True)


def build_bento(
    name: str,
    version: str,
    entry: str,
    sources: Iterable[str],
    requirements: list[str],
    labels: dict[str, str],
    description: str,
    more: Path | None = None,
) -> None:
    """Build the Bento `name:version` from the text of its entry module, which defines `Service`, and project files.

    more: a folder whose content is added.
    """
    import bentoml

    shutil.rmtree(store() / "bentos" / name / version, ignore_errors=True)  # what a killed process left
    with tempfile.TemporaryDirectory(prefix="corkboard-bento-") as folder:
        stage = Path(folder)
        for source in sources:
            target = stage / source
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)
        (stage / ENTRY).write_text(entry, encoding="utf-8")
        if more is not None:
            shutil.copytree(more, stage, dirs_exist_ok=True)
        bentoml.build(
            "entry:Service",
            name=name,
            version=version,
            labels=labels,
            description=description,
            include=["**/*"],
            python={"packages": requirements, "lock_packages": False},
            build_ctx=str(stage),
        )
