"""Texts as vectors, by encoders that come as packages of the registry, from a hub or from a folder."""

from components.text.config import TextEncoderConfig
from components.text.encoder import StaticEncoder, TextEncoder, TransformerEncoder, open_text_encoder

__all__ = ["StaticEncoder", "TextEncoder", "TextEncoderConfig", "TransformerEncoder", "open_text_encoder"]
