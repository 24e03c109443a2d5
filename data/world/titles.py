"""Titles: what a person would call an object."""

from data.world.render import Thing

__all__ = ["title"]

_PATTERN_WORDS = {
    "solid": "",
    "stripes": "striped",
    "dots": "dotted",
    "checks": "checked",
    "gradient": "dip-dyed",
    "leopard": "leopard-print",
}

_LEAD = {  # the attribute that a person would say before the noun
    "dress": "length",
    "skirt": "length",
    "pants": "cut",
    "shorts": "cut",
    "sneaker": "height",
    "lamp": "style",
    "table": "top",
    "plant": "plant",
    "pillow": "form",
    "bed": "size",
    "clock": "form",
    "sunglasses": "style",
}

_NOUN = {"frame": "framed picture", "plant": "plant in a pot", "longsleeve": "long-sleeved top", "shelf": "bookshelf"}

_STYLE_NOUN = {  # styles that have a name of their own
    ("jacket", "blazer"): "blazer",
    ("jacket", "coat"): "coat",
    ("hat", "brim"): "brimmed hat",
    ("hat", "cap"): "cap",
    ("hat", "beanie"): "beanie",
    ("bag", "tote"): "tote bag",
    ("bag", "handbag"): "handbag",
    ("heels", "pump"): "pumps",
}


def title(thing: Thing) -> str:
    """What a person would call it, such as "Navy floral maxi dress"."""
    style = thing.attributes.get("style", "")
    noun = _STYLE_NOUN.get((thing.category, style), _NOUN.get(thing.category, thing.category))
    lead = thing.attributes.get(_LEAD.get(thing.category, ""), "")
    if thing.category == "shirt":
        lead = f"{thing.attributes['sleeve']}-sleeved"
    elif thing.category in ("jacket", "boot", "bag", "heels") and noun == thing.category:
        lead = style
    pattern = _PATTERN_WORDS.get(thing.pattern.name, thing.pattern.name)
    phrase = " ".join(word for word in (thing.attributes["colour"], pattern, lead, noun) if word)
    return phrase[0].upper() + phrase[1:]
