"""Where raw data comes from: an archive or a single file to be brought, or a path of the user's own."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from data.params.strict import Strict

__all__ = ["Archive", "Download", "FromFile", "FromFolder"]


def _below(name: str) -> str:
    if {".", ".."} & set(name.split("/")):
        raise ValueError("is a name below the mirror folder, without . and ..")
    return name


# A file's name in the mirror folder, below folders of it or not.
MirrorName = Annotated[str, Field(pattern=r"^[^/\\]+(/[^/\\]+)*$"), AfterValidator(_below)]


class _Brought(Strict):
    """A file from the mirror folder by its name, otherwise from its address."""

    file: MirrorName = Field(description="its name in the mirror folder")
    url: str | None = Field(None, description="the address of the file itself, where there is one")
    page: str | None = Field(None, description="where people get it who have to log in for it")

    @model_validator(mode="after")
    def _can_be_had(self) -> "_Brought":
        if self.url is None and self.page is None:
            raise ValueError("give a url, or the page where people get it")
        return self


class Archive(_Brought):
    """A tar or zip to be brought, known by what is in it."""

    files: int = Field(gt=0, description="count of regular files once unpacked")
    only: tuple[str, ...] | None = Field(
        None, min_length=1, description="patterns of the files to unpack, such as photos/*.jpg; by default all"
    )
    content_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="over sorted path + content of what was unpacked"
    )


class Download(_Brought):
    """One file to be brought.

    Where the file is a zip, `member` names the file in it (by default the only one). `sha256` is of the content: of
    what is in a zip or .xz, since what a host packs on demand has no stable hash.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the content")
    member: str | None = Field(None, description="the file in a zip; by default the only one")


class FromFolder(Strict):
    """A folder by its path, which is relative to the project, or an archive to be brought."""

    archive: Archive | None = None
    path: Path | None = Field(None, description="a local folder, relative to the project")

    @model_validator(mode="after")
    def _one_folder(self) -> "FromFolder":
        if (self.archive is None) == (self.path is None):
            raise ValueError("give either archive or path")
        return self


class FromFile(Strict):
    """A file by its path, which is relative to the project, or one to be brought."""

    path: Path | None = None
    file: Download | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "FromFile":
        if (self.file is None) == (self.path is None):
            raise ValueError("give either file or path")
        return self
