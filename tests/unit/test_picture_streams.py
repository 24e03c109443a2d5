"""Pictures as cameras, editors and phones leave them: what belongs to the picture is told from what was appended."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from data.images import BrokenPicture, decode
from data.images.stream import jpeg_stream
from tests.folders import picture

NOISE = np.random.default_rng(1).integers(0, 256, 2**20, np.uint8).tobytes()


def saved(**options: object) -> bytes:
    buffer = io.BytesIO()
    picture(3).save(buffer, **options)
    return buffer.getvalue()


JPEG, PROGRESSIVE, PNG = saved(format="JPEG"), saved(format="JPEG", progressive=True), saved(format="PNG")
SCAN = JPEG.index(b"\xff\xda")
SCAN_END = SCAN + 2 + int.from_bytes(JPEG[SCAN + 2 : SCAN + 4])
ODD_SCAN = JPEG[: SCAN_END - 3] + b"\x01\x3f\x10" + JPEG[SCAN_END:]
MARKERS = b"\xff\xda" * 10_000


def segment(content: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", 2 + len(content)) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


TEXT = chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(2_000_000)))
UNPACKED = chunk(b"iTXt", b"XML\0\1\0\0\0" + zlib.compress(bytes(2_000_000)))


@pytest.mark.parametrize(
    ("data", "alone"),
    [
        pytest.param(JPEG + b"\0\0\0\x18ftypmp42" + NOISE, JPEG, id="a motion photo"),
        pytest.param(PROGRESSIVE + MARKERS, PROGRESSIVE, id="markers after the end"),
        pytest.param(JPEG[:2] + segment(MARKERS) + JPEG[2:], JPEG, id="markers in a segment"),
        pytest.param(JPEG[:2] + segment(JPEG) + JPEG[2:] + NOISE, JPEG, id="a preview inside, noise behind"),
        pytest.param(JPEG.replace(b"JFIF\0\x01\x01", b"JFIF\0\x00\x02"), JPEG, id="JFIF revision 0.02"),
        pytest.param(ODD_SCAN + NOISE, JPEG, id="odd parameters of a scan, noise behind"),
        pytest.param(PNG + NOISE, PNG, id="bytes behind a PNG"),
        pytest.param(PNG[:33] + TEXT + UNPACKED + PNG[33:], PNG, id="megabytes of text in a PNG"),
    ],
)
def test_what_is_not_the_picture_is_passed_over(data: bytes, alone: bytes) -> None:
    assert len(data) != len(alone) or data != alone
    difference = decode(data).astype(int) - decode(alone)
    assert np.abs(difference).max() <= 2  # libjpeg under another name


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(JPEG[: len(JPEG) // 2] + NOISE, id="a cut JPEG with noise behind"),
        pytest.param(JPEG[:SCAN] + JPEG[SCAN:SCAN_END] * 200 + JPEG[SCAN_END:], id="200 scans"),
        pytest.param(PNG[: len(PNG) // 2] + b"\0\0\0\0IEND\xaeB`\x82", id="a cut PNG with an end"),
        pytest.param(PNG[:-12], id="a PNG without an end"),
    ],
)
def test_what_is_not_whole_stays_broken(data: bytes) -> None:
    with pytest.raises(BrokenPicture):
        decode(data)


def test_the_scans_of_the_picture_alone_are_counted() -> None:
    with Image.open(io.BytesIO(PROGRESSIVE)) as opened:
        assert opened.info["progressive"]
    stream, scans = jpeg_stream(PROGRESSIVE + PROGRESSIVE)
    assert (stream, 5 < scans < 20) == (PROGRESSIVE, True)
    assert jpeg_stream(JPEG) == (JPEG, 1)
    for cut in range(len(JPEG)):  # never beyond the bytes that there are
        jpeg_stream(JPEG[:cut])
