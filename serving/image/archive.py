"""An image as a file: an OCI archive, for machines without an engine and registries without a network."""

import tarfile
import tempfile
from pathlib import Path

from data.errors import UserError
from serving.image.engine import Engine, save

__all__ = ["archive"]


def archive(engine: Engine, image: str, output: Path) -> None:
    """Write `image` to `output`, which is replaced only by a whole archive.

    Raises:
        UserError: the engine writes none in OCI's format.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=".corkboard-image-") as folder:
        path = Path(folder) / "image.tar"
        save(engine, image, path)
        with tarfile.open(path) as tar:
            names = set(tar.getnames())
        if not {"index.json", "oci-layout"} <= names:
            raise UserError(
                "this Docker engine, older than version 25, writes no OCI archives; "
                f"update it, build with --engine buildah, or use `docker save {image}`"
            )
        path.chmod(0o644)
        path.replace(output)
