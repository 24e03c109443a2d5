"""Pictures of every kind that people send come out as they would look at them; the rest is refused by name."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from data.images import (
    BrokenPicture,
    PictureError,
    PictureTooLarge,
    UnsupportedPicture,
    decode,
    picture_size,
    square,
    to_square,
)


def quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green over blue, white: what is where shows after any turn."""
    picture = Image.new("RGB", (width, height), (255, 0, 0))
    picture.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    picture.paste((0, 0, 255), (0, height // 2, width // 2, height))
    picture.paste((255, 255, 255), (width // 2, height // 2, width, height))
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def corners(image_HWC: np.ndarray) -> list[tuple[int, ...]]:
    """Colours at the top left, top right, bottom left, bottom right, rounded to 0 or 255."""
    points = [image_HWC[y, x] for y in (5, -6) for x in (5, -6)]
    return [tuple(round(value / 255) * 255 for value in point) for point in points]


RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
UPRIGHT = [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 95, "progressive": True, "subsampling": 0}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}),
    ],
)
def test_kinds_people_send(kind: str, options: dict[str, object]) -> None:
    image = decode(saved(quadrants(), kind, **options))
    assert image.shape == (48, 64, 3)
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert corners(image) == UPRIGHT


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "RGBA"])
def test_modes(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = decode(saved(quadrants().convert(mode), kind))
    expected = np.asarray(quadrants().convert(mode).convert("RGB"))
    assert np.abs(image.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_rotation_is_applied(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    data = saved(quadrants(), kind, exif=exif, **options)
    with Image.open(io.BytesIO(data)) as opened:
        from PIL import ImageOps

        expected = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    image = decode(data)
    assert image.shape == expected.shape
    assert corners(image) == corners(expected)
    assert picture_size(data) == (image.shape[1], image.shape[0])


def test_damaged_exif_counts_as_none() -> None:
    data = saved(quadrants(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert corners(decode(data)) == UPRIGHT


def test_transparency_is_composed_on_white() -> None:
    clear = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    assert (decode(saved(clear, "PNG")) == 255).all()
    assert (decode(saved(clear, "WEBP", lossless=True)) == 255).all()
    palette = Image.new("P", (32, 32), 0)
    palette.putpalette([10, 20, 30] * 4)
    assert (decode(saved(palette, "PNG", transparency=0)) == 255).all()
    half = Image.new("RGBA", (32, 32), (0, 0, 0, 128))
    assert decode(saved(half, "PNG"))[0, 0, 0] == 127


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    grey = Image.fromarray(np.full((16, 16), 32768, np.uint16))
    assert (decode(saved(grey, "PNG")) == 128).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animation_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    data = saved(
        frames[0], kind, save_all=True, append_images=frames[1:], **({"lossless": True} if kind == "WEBP" else {})
    )
    assert tuple(decode(data)[5, 5]) == RED


def test_scaled_decoding_keeps_what_is_needed() -> None:
    for kind in ("JPEG", "PNG"):
        data = saved(quadrants(1600, 1200), kind)
        small = decode(data, 128)
        assert 128 <= min(small.shape[:2]) < 320
        assert corners(small) == UPRIGHT
        assert decode(data, 5000).shape == (1200, 1600, 3)


def test_square_is_decode_and_squash() -> None:
    data = saved(quadrants(400, 533), "JPEG", quality=95)
    assert np.array_equal(square(data, 128), to_square(decode(data, 128), 128))
    assert corners(square(data, 128)) == UPRIGHT


def test_a_crop_is_the_middle_and_keeps_the_aspect() -> None:
    wide = np.zeros((60, 100, 3), np.uint8)
    wide[:, 20:80] = 255
    data = saved(Image.fromarray(wide), "PNG")
    assert square(data, 60, framing="crop").min() == 255
    assert square(data, 60).min() == 0
    tall = saved(Image.fromarray(wide.transpose(1, 0, 2).copy()), "PNG")
    assert square(tall, 30, framing="crop").min() == 255


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ((40, 20, 60, 40), (40, 20, 60, 40)),  # a square stays
        ((40, 20, 50, 40), (35, 20, 55, 40)),  # a tall box gets what is beside it
        ((0, 10, 10, 40), (0, 10, 30, 40)),  # moved into the picture
        ((10, 50, 90, 60), (20, 0, 80, 60)),  # no larger than the picture, about the middle of the box
    ],
)
def test_a_box_is_cropped_to_the_square_that_holds_it(box: tuple[float, ...], kept: tuple[float, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (60, 100, 3), np.uint8)
    data = saved(Image.fromarray(image), "PNG")
    assert np.array_equal(square(data, 16, box, "crop"), square(data, 16, kept))


@pytest.mark.parametrize("size", [(64, 48), (1600, 1200)])
def test_boxes_are_in_pixels_of_the_original(size: tuple[int, int]) -> None:
    width, height = size
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = saved(quadrants(width, height), "JPEG", quality=95, subsampling=0)
    assert corners(square(upright, 32, (width / 2, 0, width, height / 2))) == [GREEN] * 4
    assert corners(square(upright, 32, (0, height / 2, width / 2, height))) == [BLUE] * 4
    turned = saved(quadrants(width, height), "JPEG", quality=95, subsampling=0, exif=exif)
    assert corners(square(turned, 32, (0, 0, height / 2, width / 2))) == [BLUE] * 4


@pytest.mark.parametrize("box", [(0, 0, 9, 9), (3.2, 5.5, 60.1, 90.7), (0.5, 10, 300, 200), (250, 150, 300, 200)])
def test_only_what_the_filter_reaches_counts(box: tuple[float, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    for size_px in (16, 128):
        expected = Image.fromarray(image).resize((size_px, size_px), Image.Resampling.BILINEAR, box=box)
        assert np.array_equal(to_square(image, size_px, box), np.asarray(expected))


@pytest.mark.parametrize(
    "box", [(0, 0, 65, 48), (-1, 0, 10, 10), (10, 10, 10, 40), (0, 0, 7, 40), (0, 0, float("nan"), 10), (30, 0, 10, 40)]
)
def test_boxes_outside_or_too_small_are_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(PictureError, match="box"):
        square(saved(quadrants(), "PNG"), 32, box)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_truncated_data_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    data = saved(Image.fromarray(noise), kind)
    with pytest.raises(BrokenPicture):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("data", [b"hello", b"GIF89a" + b"\0" * 100, b"<svg></svg>", b"BM" + b"\0" * 50, b"\0" * 100])
def test_other_types_are_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedPicture, match="JPEG, PNG or WebP"):
        decode(data)


def test_empty_is_refused() -> None:
    with pytest.raises(BrokenPicture, match="empty"):
        decode(b"")


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(
    "bomb",
    [
        png_header(30_000, 30_000) + b"\0" * 500,
        b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\x00" + b"\xff\xff\x00" + b"\0" * 40,
        b"RIFF\x40\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xff\xff\x0f" + b"\0" * 40,
    ],
)
def test_bombs_are_refused_from_the_header(bomb: bytes) -> None:
    with pytest.raises(PictureTooLarge, match="megapixels"):
        decode(bomb)


@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 10_000), (10_000, 8_000), (20, 20)])
def test_a_second_header_does_not_lift_the_limit(size: tuple[int, int]) -> None:
    first, second = png_header(10, 10), png_header(*size)[8:]
    body = b"IDAT" + zlib.compress(bytes(31 * 10))
    pixels = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    end = b"\0\0\0\0IEND\xaeB`\x82"
    assert decode(first + pixels + end).shape == (10, 10, 3)
    with pytest.raises(BrokenPicture):
        decode(first + second + pixels + end)


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PictureTooLarge, match="MiB"):
        decode(saved(quadrants(), "PNG") + bytes(257 * 2**20))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_bytes_never_raise_anything_else(kind: str) -> None:
    generator = np.random.default_rng(7)
    whole = saved(quadrants(), kind)
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for position in generator.integers(8, len(data), generator.integers(1, 6)):
            data[position] = generator.integers(0, 256)
        try:
            square(bytes(data), 32)
        except PictureError:
            refused += 1
    assert refused > 0
