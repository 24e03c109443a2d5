"""The bytes of a picture alone: without what cameras and editors append to it, and without its texts."""

import re
import struct

__all__ = ["MAX_SCANS", "jpeg_stream", "png_stream"]

MAX_SCANS = 100  # of a progressive JPEG: each is a pass over all blocks; cameras write about ten
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in coded data FF is followed by 00 or a restart marker
END, SCAN = 0xD9, 0xDA
ALONE = (0x01, *range(0xD0, 0xD9))  # markers without a segment
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
SIGNATURE = 8


def jpeg_stream(data: bytes) -> tuple[bytes, int]:
    """The JPEG up to its end marker, or all of `data` where there is none, and how many scans it has.

    It stops counting beyond `MAX_SCANS`. Source: ITU-T T.81, annex B.
    """
    position, scans = 2, 0
    while position + 2 <= len(data) and scans <= MAX_SCANS:
        if data[position] != 0xFF:  # stray bytes between segments, which decoders skip
            found = MARKER.search(data, position)
            if found is None:
                break
            position = found.start()
        marker = data[position + 1]
        if marker == END:
            return data[: position + 2], scans
        if marker == 0xFF:  # a fill byte
            position += 1
        elif marker in ALONE or marker == 0:
            position += 2
        elif position + 4 > len(data):
            break
        else:
            position += 2 + max(2, int.from_bytes(data[position + 2 : position + 4]))
            if marker == SCAN:
                scans += 1
                found = MARKER.search(data, position)
                if found is None:
                    break
                position = found.start()
    return data, scans


def png_stream(data: bytes) -> bytes | None:
    """The PNG up to its last chunk, without chunks of text, which decoders refuse to unpack when they are long.

    None where it has no last chunk. Source: PNG, third edition, section 5.
    """
    position, kept = SIGNATURE, [data[:SIGNATURE]]
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            return None
        if kind not in TEXTS:
            kept.append(data[position:end])
        if kind == b"IEND":
            return b"".join(kept)
        position = end
    return None
