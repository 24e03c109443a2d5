"""Archives are unpacked safely, and believed only when their content is what was promised."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from data.archive import unpack, unpack_verified
from data.errors import UserError
from data.files import sha256_tree
from data.params import Archive
from tests.folders import class_folders, quiet


def _tar(path: Path, folder: Path, kind: str = "w:gz") -> Path:
    with tarfile.open(path, kind) as tar:
        tar.add(folder, arcname=folder.name)
    return path


def _promise(folder: Path, **changes: object) -> Archive:
    files = sum(path.is_file() for path in folder.rglob("*"))
    facts = {"url": "https://example.org/a", "file": "a", "files": files, "content_sha256": sha256_tree(folder)}
    return Archive.model_validate(facts | changes)


def _single(path: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    with tarfile.open(path, "w") as tar:
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_some_files_of_an_archive_are_unpacked_and_the_rest_does_not_count(tmp_path: Path, kind: str) -> None:
    folder = class_folders(tmp_path / "whole" / "pictures", count=2)
    part = class_folders(tmp_path / "part" / "pictures", classes=("hat",), count=1)
    packed = tmp_path / "a"
    if kind == "tar":
        _tar(packed, folder)
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(tmp_path / "whole"))
    found = unpack_verified(packed, _promise(part, only=("hat/00.jpg", "*.txt")), tmp_path / "out", quiet)
    assert [path.relative_to(found).as_posix() for path in found.rglob("*.jpg")] == ["hat/00.jpg"]


@pytest.mark.parametrize("kind", ["w:gz", "w:bz2", "w:xz", "w"])
def test_a_tar_is_unpacked_and_verified(tmp_path: Path, kind: str) -> None:
    folder = class_folders(tmp_path / "pictures", count=2)
    found = unpack_verified(_tar(tmp_path / "a", folder, kind), _promise(folder), tmp_path / "out", quiet)
    assert found == tmp_path / "out" / "pictures"
    assert sha256_tree(found) == sha256_tree(folder)


def test_a_zip_is_unpacked_and_verified(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "pictures", count=2)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(tmp_path))
    found = unpack_verified(tmp_path / "a.zip", _promise(folder), tmp_path / "out", quiet)
    assert sha256_tree(found) == sha256_tree(folder)


def test_other_content_than_promised_is_refused_and_a_download_of_it_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    folder = class_folders(tmp_path / "pictures", count=2)
    promise = _promise(folder, content_sha256="0" * 64)
    mirrored = _tar(tmp_path / "a.tar.gz", folder)
    with pytest.raises(UserError, match=r"not what params.yaml promises.*content_sha256"):
        unpack_verified(mirrored, promise, tmp_path / "out", quiet)
    assert mirrored.exists()
    (tmp_path / "home" / "downloads").mkdir(parents=True)
    downloaded = mirrored.rename(tmp_path / "home" / "downloads" / "a.tar.gz")
    with pytest.raises(UserError, match=r"not what params.yaml promises"):
        unpack_verified(downloaded, promise, tmp_path / "again", quiet)
    assert not downloaded.exists()


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize("kind", ["w:gz", "w:bz2", "w:xz"])
def test_a_damaged_archive_is_said_to_be_damaged(tmp_path: Path, kind: str, cut: float) -> None:
    path = _tar(tmp_path / "a", class_folders(tmp_path / "pictures"), kind)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    with pytest.raises(UserError, match="damaged"):
        unpack(path, tmp_path / "out", 100, quiet)


def test_no_archive_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_text("<html>please sign in</html>")
    with pytest.raises(UserError, match="damaged"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out", 100, quiet)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil"])
def test_a_path_outside_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(UserError, match="unsafe"):
        unpack(tmp_path / "a.zip", tmp_path / "out" / "deep", 100, quiet)
    if name.startswith("/"):
        return  # a tar's leading slash is dropped, which is safe too
    with pytest.raises(UserError, match="unsafe"):
        unpack(_single(tmp_path / "a.tar", tarfile.TarInfo(name), b"x"), tmp_path / "out" / "deep", 100, quiet)
    assert not list(tmp_path.rglob("evil"))


def test_a_link_outside_is_refused(tmp_path: Path) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(UserError, match="unsafe"):
        unpack(_single(tmp_path / "a.tar", link), tmp_path / "out", 100, quiet)


def test_a_bomb_is_stopped_before_it_fills_the_disk(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(80 * 2**20))
    with pytest.raises(UserError, match="bomb"):
        unpack(tmp_path / "a.zip", tmp_path / "out", 100, quiet)
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*")) == 0


def test_more_files_than_promised_are_not_unpacked(tmp_path: Path) -> None:
    path = _tar(tmp_path / "a", class_folders(tmp_path / "pictures"))
    with pytest.raises(UserError, match="more than the 5 files"):
        unpack(path, tmp_path / "out", 5, quiet)
