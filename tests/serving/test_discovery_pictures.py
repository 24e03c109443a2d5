"""Pictures of every kind are taken as people expect, and damaged ones never cost more than an answer."""

import base64
import io
import json
import random
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from starlette.testclient import TestClient

from data.images import is_made, made_picture
from data.images.provenance import SOURCE_TYPE
from serving.discovery.near_duplicates import NearDuplicates
from serving.discovery.picture import shown
from tests.discoveries import Parts
from tests.mutations import mutated

SIZE = (60, 80)  # width, height


def halves() -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", SIZE, (220, 30, 30))
    image.paste((30, 30, 220), (SIZE[0] // 2, 0, *SIZE))
    return image


def encoded(image: Image.Image, kind: str, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def animated(kind: str) -> bytes:
    green = Image.new("RGB", SIZE, (30, 220, 30))
    return encoded(halves(), kind, save_all=True, append_images=[green, green], duration=100, lossless=True)


def sixteen_bit() -> bytes:
    """PNG of 16 bits a channel, which Pillow does not write."""
    rows = np.asarray(halves()).astype(">u2") * 257
    raw = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *SIZE, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def rotated() -> bytes:
    """Stored lying; its EXIF says to turn it by a quarter to the right."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(halves().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


def transparent() -> bytes:
    """The right half is transparent, over black."""
    image = halves().convert("RGBA")
    image.paste((0, 0, 0, 0), (SIZE[0] // 2, 0, *SIZE))
    return encoded(image, "PNG")


RED, BLUE, WHITE = (220, 30, 30), (30, 30, 220), (255, 255, 255)
KINDS: dict[str, tuple[Callable[[], bytes], tuple[int, int, int]]] = {
    "plain JPEG": (lambda: encoded(halves(), "JPEG", quality=95), BLUE),
    "progressive JPEG": (lambda: encoded(halves(), "JPEG", quality=95, progressive=True), BLUE),
    "CMYK": (lambda: encoded(halves().convert("CMYK"), "JPEG", quality=95), BLUE),
    "palette": (lambda: encoded(halves().convert("P"), "PNG"), BLUE),
    "animated PNG": (lambda: animated("PNG"), BLUE),
    "animated WebP": (lambda: animated("WEBP"), BLUE),
    "16 bits": (sixteen_bit, BLUE),
    "turned by EXIF": (rotated, BLUE),
    "transparent": (transparent, WHITE),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_is_shown_as_a_viewer_shows_it(kind: str) -> None:
    made, right = KINDS[kind]
    found = shown(made())
    image = Image.open(io.BytesIO(found.picture))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", SIZE)
    assert (found.width_px, found.height_px) == SIZE
    for x, expected in ((10, RED), (SIZE[0] - 10, right)):
        assert np.abs(np.array(image.getpixel((x, 40))) - expected).max() < 40


def test_a_large_picture_is_made_smaller_and_tells_nothing_beside_its_pixels() -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    found = shown(encoded(Image.new("RGB", (3000, 1500), (9, 90, 200)), "JPEG", exif=exif))
    assert (found.width_px, found.height_px) == (474, 237)
    assert b"secret" not in found.picture
    assert found.dominant == "#0959c8"
    tall = shown(encoded(Image.new("RGB", (20, 4000)), "PNG"))
    assert tall.height_px == 948
    small = encoded(halves(), "JPEG")
    assert shown(small).picture == small


def test_a_made_picture_says_so_where_it_is_shown() -> None:
    found = shown(made_picture(np.full((600, 600, 3), 90, np.uint8), "weights", 7, "generate"))
    assert is_made(found.picture)
    with Image.open(io.BytesIO(found.picture)) as image:
        assert SOURCE_TYPE in image.info["xmp"].decode()
    assert shown(found.picture).picture[:200] == found.picture[:200]  # also once it is uploaded again
    assert not is_made(shown(encoded(halves(), "PNG")).picture)


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize("progressive", [False, True])
def test_what_a_small_jpeg_tells_beside_its_pixels_goes(progressive: bool) -> None:
    plain = encoded(halves(), "JPEG", progressive=progressive)
    assert shown(plain).picture == plain
    for told in (
        plain[:2] + segment(0xFE, b"a secret comment") + plain[2:],
        plain[:2] + segment(0xEC, b"a secret application") + plain[2:],
        plain[:2] + segment(0xE0, b"JFXX\0 secret") + plain[2:],
        plain[:2] + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\2secret") + plain[20:],  # as a thumbnail
        plain[:-2] + segment(0xFE, b"a secret at the end") + plain[-2:],
        plain + b"a secret after the end",
    ):
        found = shown(told)
        assert b"secret" not in found.picture
        assert Image.open(io.BytesIO(found.picture)).size == SIZE


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_is_taken_by_the_search(discovery: TestClient, kind: str) -> None:
    answer = discovery.post("/v1/search", files={"picture": KINDS[kind][0]()}, data={"k": "3"})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == 3


@pytest.mark.parametrize(
    ("name", "status"),
    [("gif", 415), ("bmp", 415), ("svg", 415), ("empty", 422), ("bomb", 413), ("text", 415), ("cut", 422)],
)
def test_what_is_not_taken_is_refused_on_both_ways_in(discovery: TestClient, name: str, status: int) -> None:
    bomb = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    sent = {
        "gif": encoded(halves(), "GIF"),
        "bmp": encoded(halves(), "BMP"),
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1/'/></svg>",
        "empty": b"",
        "bomb": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + bomb + struct.pack(">I", zlib.crc32(bomb)) + bytes(900),
        "text": b"no picture",
        "cut": encoded(halves(), "JPEG")[:300],
    }[name]
    for method, path in (("POST", "/v1/search"), ("PUT", "/v1/items/bad")):
        answer = discovery.request(method, path, files={"picture": ("p", sent)})
        assert (answer.status_code, set(answer.json())) == (status, {"error", "request_id"}), answer.text
    assert discovery.get("/v1/items/bad").status_code == 404


def test_mutated_pictures_are_answered_or_refused(discovery: TestClient, parts: Parts) -> None:
    """Bytes changed, left out, repeated, cut: a status that blames the picture, never the service."""
    chance = random.Random(7)
    seeds = [made() for made, _ in KINDS.values()]
    statuses: dict[int, int] = {}
    for number in range(90):
        data = mutated(chance.choice(seeds), chance)
        if number % 3:
            answer = discovery.post("/v1/search", files={"picture": data}, data={"k": "1"})
        else:
            answer = discovery.put("/v1/items/mutated", files={"picture": data})
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 201, 413, 415, 422), (answer.status_code, answer.text)
    assert statuses.get(200, 0) + statuses.get(201, 0)
    assert statuses.get(422)
    picture = parts.dataset.file("images/bar-train-000.jpg").read_bytes()
    assert discovery.post("/v1/search", files={"picture": picture}).status_code == 200


def test_an_address_instead_of_a_picture_is_never_fetched(discovery: TestClient) -> None:
    answer = discovery.post("/v1/search", data={"picture": "http://127.0.0.1:9/p.jpg"}, files={"other": b"x"})
    assert answer.status_code == 422
    answer = discovery.post("/v1/search", json={"item_id": "bar-train-000", "picture": "http://127.0.0.1:9/p.jpg"})
    assert answer.status_code == 422
    assert "picture" in json.loads(answer.text)["error"]


def test_copies_of_a_picture_are_its_near_duplicates_and_others_are_not() -> None:
    rng = np.random.default_rng(3)
    parts = [rng.integers(0, 256, (6, 6, 3), dtype=np.uint8) for _ in range(8)]
    pictures = [Image.fromarray(part).resize((240, 300), Image.Resampling.BICUBIC) for part in parts]
    first = pictures[0]
    copies = {
        "quality": encoded(first, "JPEG", quality=30),
        "size": encoded(first.resize((120, 150)), "PNG"),
        "darker": encoded(ImageEnhance.Brightness(first).enhance(0.85), "PNG"),
        "cropped": encoded(first.crop((3, 3, 237, 297)), "PNG"),
    }
    looks = NearDuplicates()
    assert looks.among(["nobody"]) == set()
    others = {str(place): encoded(picture, "PNG") for place, picture in enumerate(pictures[1:])}
    plain = {str(shade): encoded(Image.new("RGB", (90, 90), (shade,) * 3), "PNG") for shade in (20, 120, 220)}
    for name, content in {"first": encoded(first, "PNG"), **copies, **others, **plain}.items():
        looks.put(name, base64.b64decode(shown(content).thumbnail))
    assert looks.among(["nobody", *others, "first", *copies, *plain]) == set(copies)
    looks.drop("first")
    assert looks.among(["first", *copies]) == set(copies) - {"quality"}
