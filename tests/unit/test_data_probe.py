"""Every file is looked at: size after rotation, hashes, and what is wrong with it."""

import hashlib
import time
from pathlib import Path

import pytest
from PIL import Image

from data.images import MAX_PIXELS
from data.probe import probe, probe_all
from tests.folders import bomb, picture


def test_a_good_picture_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    picture(1).resize((90, 60)).save(path)
    found = probe(path)
    assert (found.width_px, found.height_px, found.problem) == (90, 60, None)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.size_bytes == path.stat().st_size
    assert found.phash is not None
    assert len(found.phash) == 16
    int(found.phash, 16)


def test_size_and_hash_are_those_of_the_turned_picture(tmp_path: Path) -> None:
    upright = picture(2).resize((90, 60))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg", quality=95, exif=exif)
    upright.save(tmp_path / "upright.jpg", quality=95)
    turned, same = probe(tmp_path / "turned.jpg"), probe(tmp_path / "upright.jpg")
    assert (turned.width_px, turned.height_px) == (90, 60)
    assert (int(turned.phash or "", 16) ^ int(same.phash or "", 16)).bit_count() <= 4


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_every_mode_of_png_is_read(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    picture(3).convert("L").convert(mode).save(path) if mode == "I;16" else picture(3).convert(mode).save(path)
    assert probe(path).problem is None


def test_a_truncated_file_does_not_decode(tmp_path: Path) -> None:
    for suffix in ("jpg", "png", "webp"):
        path = tmp_path / f"a.{suffix}"
        picture(4, 200).save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        found = probe(path)
        assert found.problem is not None
        assert "does not decode" in found.problem
        assert (found.width_px, found.height_px, found.phash) == (None, None, None)
        assert found.sha256


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + bytes(40), b"GIF89a"])
def test_what_is_no_picture_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert "does not decode" in (probe(tmp_path / "a.jpg").problem or "")


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    bomb(tmp_path / "a.png")
    started = time.perf_counter()
    found = probe(tmp_path / "a.png")
    assert time.perf_counter() - started < 0.5
    assert (found.width_px, found.height_px) == (30_000, 30_000)
    assert f"more than {MAX_PIXELS // 10**6} million" in (found.problem or "")
    assert found.phash is None


def test_a_missing_file_is_told_not_raised(tmp_path: Path) -> None:
    assert probe(tmp_path / "none.jpg").problem == "is missing"
    assert "cannot be read" in (probe(tmp_path).problem or "")


def test_files_are_probed_in_order_and_progress_reaches_the_end(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(70)]
    for number, path in enumerate(paths):
        picture(number, 16 + number).save(path)
    seen: list[tuple[int, int]] = []
    found = probe_all(paths, lambda _what, done, total: seen.append((done, total)))
    assert [one.width_px for one in found] == [16 + number for number in range(70)]
    assert seen[-1] == (70, 70)
