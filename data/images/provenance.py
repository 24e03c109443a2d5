"""Provenance of a made picture: fields of its PNG that say that it was made, by which model, from which seed.

Source: IPTC's digital source type `trainedAlgorithmicMedia`, in XMP.
"""

import io
import json

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

__all__ = ["MADE", "SOURCE_TYPE", "is_made", "made_png"]

MADE = "corkboard-made"  # the text chunk
SOURCE = "rainedAlgorithmicMedia"  # how IPTC's words end for made pictures and for photos with made parts
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/></rdf:RDF></x:xmpmeta>'
)


def made_png(pixels_HW3: np.ndarray, model: str, seed: int, task: str) -> bytes:
    """The picture as a PNG that says how it was made."""
    told = PngInfo()
    told.add_itxt("XML:com.adobe.xmp", XMP)
    told.add_text(MADE, json.dumps({"generated": True, "model": model, "seed": seed, "task": task}))
    file = io.BytesIO()
    Image.fromarray(pixels_HW3).save(file, "PNG", pnginfo=told)
    return file.getvalue()


def is_made(content: bytes) -> bool:
    """Whether a picture says that a model made it or parts of it, in whatever kind of file carries its XMP.

    A picture whose metadata was taken away says nothing.
    """
    return any(word.encode() in content for word in (SOURCE, MADE))
