"""Provenance of a made picture: fields of its file that say that it was made, by which model, from which seed.

Source: IPTC's digital source type `trainedAlgorithmicMedia`, in XMP.
"""

import io
import json
from typing import Literal
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

__all__ = ["MADE", "SOURCE_TYPE", "is_made", "made_picture"]

MADE = "corkboard-made"  # the text chunk, and the attribute in XMP
SOURCE = "rainedAlgorithmicMedia"  # how IPTC's words end for made pictures and for photos with made parts
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}" xmlns:corkboard="urn:corkboard" corkboard:{MADE}=%s/>'
    "</rdf:RDF></x:xmpmeta>"
)


def made_picture(
    pixels_HW3: np.ndarray, model: str, seed: int, task: str, kind: Literal["png", "webp"] = "png"
) -> bytes:
    """The picture, without loss, in a file that says how it was made."""
    told = json.dumps({"generated": True, "model": model, "seed": seed, "task": task})
    xmp = XMP % quoteattr(told)
    file, image = io.BytesIO(), Image.fromarray(pixels_HW3)
    if kind == "webp":
        image.save(file, "WEBP", lossless=True, xmp=xmp.encode())
        return file.getvalue()
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp)
    info.add_text(MADE, told)
    image.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def is_made(content: bytes) -> bool:
    """Whether a picture says that a model made it or parts of it, in whatever kind of file carries its XMP.

    A picture whose metadata was taken away says nothing.
    """
    return any(word.encode() in content for word in (SOURCE, MADE))
