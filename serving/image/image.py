"""From a Bento's tag to an image, its bill of materials, and its size."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data.errors import UserError
from data.files import write_text
from data.project import home
from serving.image.archive import archive
from serving.image.base import find_base
from serving.image.contents import Contents, contents
from serving.image.context import write_context
from serving.image.engine import Engine, build, find_engine, read_inside, storage
from serving.image.labels import created, labels
from serving.image.space import require_space

__all__ = ["image", "printed_inside"]

PYTHON = "/opt/venv/bin/python"
ATTEMPTS, END = 5, "<end>"
SIZE = Path(__file__).parent / "inside" / "size.py"


def image(
    tag: str,
    engine: str | None = None,
    base: str | None = None,
    output: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Build the image of the Bento `name:version`, under the same name.

    Returns `{"image", "engine", "base", "size_mb", "size_without_models_mb", "sbom": path, "labels", "output"}`.

    Raises:
        UserError: no such Bento, no engine, no base image, too little disk, a package that cannot be had.
    """
    bento = contents(tag)
    builder = find_engine(engine)
    models_bytes = sum(_bytes(model.folder) for model in bento.models)
    with tempfile.TemporaryDirectory(prefix="corkboard-image-") as folder:
        require_space([Path(folder), storage(builder), output and output.absolute().parent], models_bytes)
        chosen = find_base(builder, bento.python, base, say)
        image_labels = labels(bento, chosen)
        say(f"collecting what {tag} needs")
        write_context(bento, Path(folder))
        say(f"building {tag} on {chosen} with {builder.name}")
        arguments = {"BASE": chosen, "PYTHON": bento.python}
        build(builder, Path(folder), tag, arguments, image_labels, int(created(bento).timestamp()))
    if output is not None:
        say(f"writing {output}")
        archive(builder, tag, output)
    size_bytes = int(printed_inside(builder, tag, SIZE.read_text(encoding="utf-8")))
    return {
        "image": tag,
        "engine": builder.name,
        "base": chosen,
        "size_mb": round(size_bytes / 1e6, 1),
        "size_without_models_mb": round((size_bytes - models_bytes) / 1e6, 1),
        "sbom": str(_sbom(builder, bento)),
        "labels": image_labels,
        "output": None if output is None else str(output),
    }


def _sbom(engine: Engine, bento: Contents) -> Path:
    """Copy the bill of materials out of the image, to a file named after the Bento."""
    text = printed_inside(engine, bento.tag, "print(open('/app/sbom.cdx.json').read(), end='')")
    if json.loads(text).get("bomFormat") != "CycloneDX":
        raise UserError(f"the image {bento.tag} holds no bill of materials; build it again")
    path = home() / "images" / f"{bento.tag.replace(':', '-')}.cdx.json"
    write_text(path, text)
    return path


def printed_inside(engine: Engine, image: str, code: str) -> str:
    """The complete output of a piece of Python run inside the image.

    On a busy machine buildah 1.28 sometimes succeeds without passing any output on; `END` shows whether it is complete.
    """
    for _ in range(ATTEMPTS):
        output = read_inside(engine, image, [PYTHON, "-c", f"{code}\nprint({END!r}, end='')"])
        if output.endswith(END):
            return output.removesuffix(END)
    raise UserError(f"{engine.name} does not pass on what is printed inside {image}; try again when less is going on")


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
