"""Forms are read as browsers and clients write them, and malformed ones are refused."""

import httpx
import numpy as np
import pytest

from serving.errors import RequestError
from serving.form import Field, read_form, write_form


def test_reads_what_httpx_writes() -> None:
    noise = np.random.default_rng(0).integers(0, 256, 50_000, np.uint8).tobytes()
    for picture in (b"", b"\r\n", b"--x\r\n--", noise, b"\r\n--" + noise):
        files = {"picture": ('a "quoted" näme.jpg', picture, "image/jpeg")}
        request = httpx.Request("POST", "http://localhost", files=files, data={"k": "5", "title": "schön\r\n"})
        parts = read_form(request.headers["content-type"], request.read())
        assert sorted(parts, key=lambda part: part.name) == [
            Field("k", b"5", False),
            Field("picture", picture, True, "image/jpeg"),
            Field("title", "schön\r\n".encode(), False),
        ]


def test_reads_what_it_writes() -> None:
    noise = np.random.default_rng(0).integers(0, 256, 50_000, np.uint8).tobytes()
    form = [Field("answer", b"{}", media_type="application/json"), Field("mask", noise, True, "image/png")]
    body, content_type = write_form(form)
    assert read_form(content_type, body) == form
    again, content_type = write_form(
        [Field("picture", body, True)]
    )  # a picture that holds the boundary of an earlier form
    assert read_form(content_type, again) == [Field("picture", body, True)]


def test_reads_preamble_epilogue_and_quoted_boundary() -> None:
    body = b'before\r\n--b c\r\ncontent-disposition: form-data; name="k"\r\nX: y\r\n\r\n5\r\n--b c--\r\nafter'
    assert read_form('multipart/form-data; charset=utf-8; boundary="b c"', body) == [Field("k", b"5", False)]
    assert read_form("multipart/form-data; boundary=b", b"--b--\r\n") == []


def test_a_part_with_the_other_form_of_a_file_name_is_a_file() -> None:
    head = b"--b\r\nContent-Disposition: form-data; name=picture; filename*=UTF-8''caf%C3%A9.jpg\r\n\r\n"
    assert read_form("multipart/form-data; boundary=b", head + b"x\r\n--b--") == [Field("picture", b"x", True)]


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("multipart/form-data", b"--b--", "no boundary"),
        ("multipart/form-data; boundary=" + "b" * 71, b"", "no boundary"),
        ("multipart/form-data; boundary=b", b"", "does not occur"),
        ("multipart/form-data; boundary=b", b"garbage", "does not occur"),
        ("multipart/form-data; boundary=b", b"--bX", "not followed"),
        ("multipart/form-data; boundary=b", b"--b", "not followed"),
        ("multipart/form-data; boundary=b", b"--b\r\n", "cut short"),
        ("multipart/form-data; boundary=b", b"--b\r\nno headers\r\n--b--", "no headers"),
        ("multipart/form-data; boundary=b", b"--b\r\nA: b\r\n\r\n1\r\n--b--", "no name"),
        ("multipart/form-data; boundary=b", b"--b\r\nA: " + b"x" * 5000 + b"\r\n\r\n1\r\n--b--", "4 KiB"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="k"\r\n\r\n1\r\n' * 21 + b"--b--",
            "over 20 parts",
        ),
    ],
)
def test_malformed_forms_are_refused(content_type: str, body: bytes, reason: str) -> None:
    with pytest.raises(RequestError, match=reason) as caught:
        read_form(content_type, body)
    assert caught.value.status == 400
