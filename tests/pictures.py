"""A small prepared data set, made in a moment: JPEG files of shapes in three categories, where in their pictures these
are, who acted on them, and what people asked for.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

from data.content import describe
from data.dataset import CARD, Dataset, open_dataset
from data.files import sha256_file, write_json
from data.tables.ad_impressions import TABLE as AD_IMPRESSIONS
from data.tables.board_items import TABLE as BOARD_ITEMS
from data.tables.boards import TABLE as BOARDS
from data.tables.events import TABLE as EVENTS
from data.tables.impressions import TABLE as IMPRESSIONS
from data.tables.items import TABLE as ITEMS
from data.tables.messages import TABLE as MESSAGES
from data.tables.outfits import TABLE as OUTFITS
from data.tables.qrels import TABLE as QRELS
from data.tables.queries import TABLE as QUERIES
from data.tables.regions import TABLE as REGIONS
from data.tables.texts import TABLE as TEXTS
from data.tables.users import TABLE as USERS
from data.times import DAY_S

__all__ = ["CATEGORIES", "drawn_item", "small_dataset"]

CATEGORIES = ("bar", "disc", "frame")
USER_COUNT, HISTORY = 30, 9
BOARD_COUNT, ON_BOARD = 110, 8
AD_COUNT = 300
START_S = 1_700_000_000


def small_dataset(folder: Path, train: int = 16, held_out: int = 4, seed: int = 0, scenes: int = 0) -> Dataset:
    """`train` items a category in the training split and `held_out` in validation and test each, and some scenes.

    Thirty people act nine times each, mostly within a category; the last two events are held out.
    """
    generator = np.random.default_rng(seed)
    rows = []
    for split, count in (("train", train), ("validation", held_out), ("test", held_out)):
        for category in CATEGORIES:
            rows += [drawn_item(folder, generator, split, category, number) for number in range(count)]
    rows.sort(key=lambda row: row["item_id"])
    whole = [*rows, *(_scene(folder, number) for number in range(scenes))]
    pq.write_table(pa.Table.from_pylist(whole, ITEMS.schema), folder / ITEMS.file)
    regions = [_region(folder, row) for row in rows]
    pq.write_table(pa.Table.from_pylist(regions, REGIONS.schema), folder / REGIONS.file)
    events = [event for user in range(USER_COUNT) for event in _history(generator, user, rows)]
    users = [
        {"user_id": f"user-{user:02d}", "events": HISTORY, "first_s": None, "last_s": None, "attributes": []}
        for user in range(USER_COUNT)
    ]
    pq.write_table(pa.Table.from_pylist(events, EVENTS.schema), folder / EVENTS.file)
    pq.write_table(pa.Table.from_pylist(users, USERS.schema), folder / USERS.file)
    shown = [impression for user in range(USER_COUNT) for impression in _shown(generator, user, rows)]
    pq.write_table(pa.Table.from_pylist(shown, IMPRESSIONS.schema), folder / IMPRESSIONS.file)
    advertised = [_advertised(generator, number) for number in range(AD_COUNT)]
    pq.write_table(pa.Table.from_pylist(advertised, AD_IMPRESSIONS.schema), folder / AD_IMPRESSIONS.file)
    queries, qrels = _asked(rows)
    pq.write_table(pa.Table.from_pylist(queries, QUERIES.schema), folder / QUERIES.file)
    pq.write_table(pa.Table.from_pylist(qrels, QRELS.schema), folder / QRELS.file)
    pq.write_table(pa.Table.from_pylist(_written(), TEXTS.schema), folder / TEXTS.file)
    pq.write_table(pa.Table.from_pylist(_told(), MESSAGES.schema), folder / MESSAGES.file)
    outfits = [thing for row in rows if row["category"] == CATEGORIES[0] for thing in _outfit(row)]
    pq.write_table(pa.Table.from_pylist(outfits, OUTFITS.schema), folder / OUTFITS.file)
    kept = [item for number in range(BOARD_COUNT) for item in _kept(generator, number, rows)]
    pq.write_table(pa.Table.from_pylist(kept, BOARD_ITEMS.schema), folder / BOARD_ITEMS.file)
    boards = [
        {"board_id": f"board-{number:02d}", "title": CATEGORIES[number % 3], "owner_id": f"user-{number % 7:02d}"}
        for number in range(BOARD_COUNT)
    ]
    pq.write_table(pa.Table.from_pylist(boards, BOARDS.schema), folder / BOARDS.file)
    card = {"name": "small", "source": "tables", "licence": "Apache-2.0", "simulated": True}
    write_json(folder / CARD, card | {"tables": describe(folder), "truth": None, "report": {}})
    return open_dataset("small", folder, f"seed-{seed}")


def _kept(generator: np.random.Generator, number: int, rows: list[dict]) -> list[dict]:
    """Items of one category on a board, of which the last two are held out."""
    of_kind = [row["item_id"] for row in rows if row["category"] == CATEGORIES[number % 3]]
    chosen = generator.choice(of_kind, min(ON_BOARD, len(of_kind)), replace=False)
    splits = ["train"] * (len(chosen) - 2) + ["validation", "test"]
    pairs = sorted(zip(chosen.tolist(), splits, strict=True))
    return [{"board_id": f"board-{number:02d}", "item_id": item, "split": split} for item, split in pairs]


def drawn_item(folder: Path, generator: np.random.Generator, split: str, category: str, number: int) -> dict:
    """The row of an item, whose picture is drawn below `folder`."""
    item_id = f"{category}-{split}-{number:03d}"
    path = folder / "images" / f"{item_id}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = ("red", "blue")[number % 2]
    image, mask = _drawn(generator, category, colour)
    image.save(path, quality=90)
    (folder / "masks").mkdir(exist_ok=True)
    mask.save(folder / "masks" / f"{item_id}.png")
    return {
        "item_id": item_id,
        "image": f"images/{item_id}.jpg",
        "title": f"{colour} {category}",
        "description": "",
        "category": category,
        "split": split,
        "width_px": 64,
        "height_px": 80,
        "size_bytes": path.stat().st_size,
        "sha256": sha256_file(path),
        "phash": f"{int(generator.integers(2**63)):016x}",
        "attributes": [("colour", colour)],
        "created_s": START_S,
    }


def _history(generator: np.random.Generator, user: int, items: list[dict]) -> list[dict]:
    """Mostly of one category; nothing twice."""
    liked = np.array([item["category"] == CATEGORIES[user % len(CATEGORIES)] for item in items]) + 0.05
    chosen = generator.choice(len(items), HISTORY, replace=False, p=liked / liked.sum())
    splits = ["train"] * (HISTORY - 2) + ["validation", "test"]
    return [
        {
            "user_id": f"user-{user:02d}",
            "place": place,
            "item_id": items[row]["item_id"],
            "action": "click" if place % 3 else "save",
            "surface": "home",
            "time_s": START_S + place * DAY_S + user,
            "session_id": f"{user}-{place}",
            "position": None,
            "propensity": None,
            "split": splits[place],
        }
        for place, row in enumerate(chosen)
    ]


def _shown(generator: np.random.Generator, user: int, items: list[dict]) -> list[dict]:
    """What a feed showed on each day, of which things of the liked category are clicked, and every other one saved."""
    chosen = generator.choice(len(items), 2 * HISTORY, replace=False)
    splits = ["train"] * (HISTORY - 2) + ["validation", "test"]
    return [
        {
            "user_id": f"user-{user:02d}",
            "place": place,
            "item_id": items[row]["item_id"],
            "time_ms": 1000 * (START_S + place // 2 * DAY_S + user),
            "surface": "home",
            "position": place % 2,
            "propensity": None,
            "click": items[row]["category"] == CATEGORIES[user % len(CATEGORIES)],
            "long_view": (user + row) % 3 == 0,
            "like": row % 2 == 0,
            "save": row % 4 == 0,
            "profile": (user + place) % 2 == 0,
            "hide": row % 4 == 1,
            "dwell_ms": None,
            "split": splits[place // 2],
        }
        for place, row in enumerate(chosen)
    ]


def _advertised(generator: np.random.Generator, number: int) -> dict:
    """An ad that is shown to somebody, most often clicked by those who like such things."""
    ad, likes = number % 10, CATEGORIES[int(generator.integers(2))]
    click = bool(generator.random() < (0.6 if CATEGORIES[ad % 3] == likes else 0.1))
    bought = click and number % 3 > 0
    return {
        "impression_id": f"{number:04d}",
        "user_id": f"user-{number % USER_COUNT:02d}",
        "ad_id": f"ad-{ad}",
        "campaign_id": f"campaign-{ad}",
        "advertiser_id": f"advertiser-{ad % 5}",
        "surface": ("home", "search")[number % 2],
        "position": number % 3,
        "time_s": START_S + number,
        "features": [("category", CATEGORIES[ad % 3]), ("likes", f"{likes},frame")],
        "bid": 100,
        "price": 50,
        "propensity": 0.5,
        "weight": 1.0,
        "click": click,
        "conversion": bought,
        "delay_s": 60 if bought else None,
        "value": 500 if bought else None,
        "split": ("train", "train", "train", "validation", "test")[number // USER_COUNT % 5],
    }


def _asked(rows: list[dict]) -> tuple[list[dict], list[dict]]:
    """Queries for a thing, alone, red and blue, and what answers each: 3 all that it names, 1 the thing alone."""
    texts = [f"{colour} {category}".strip() for category in CATEGORIES for colour in ("", "red", "blue")]
    splits = ("train", "validation", "test", "train", "train", "test", "train", "train", "train")
    queries = [
        {"query_id": f"query-{number}", "text": text, "locale": "en", "split": split, "attributes": []}
        for number, (text, split) in enumerate(zip(texts, splits, strict=True))
    ]
    qrels = [
        {"query_id": query["query_id"], "item_id": row["item_id"], "rater": "", "grade": 3.0 if exact else 1.0}
        for query in queries
        for row in rows
        if row["category"] in query["text"]
        for exact in [set(query["text"].split()) <= set(row["title"].split())]
    ]
    return queries, qrels


def _written() -> list[dict]:
    """What people say of things and of groups; half of it is unkind, and of groups then hateful."""
    groups, things, unkind, kind = ("women", "muslims"), ("rain", "bread"), ("awful", "stupid"), ("lovely", "clever")
    rows = []
    for number, (about, word, (split, ending)) in enumerate(
        (about, word, (split, ending))
        for split in ("train", "validation", "test")
        for ending in ("", " today", " again", " here")
        for about in (*groups, *things)
        for word in (*unkind, *kind)
    ):
        text = {"train": "all {} are {}", "validation": "{} are so {}", "test": "how {} are {}"}[split]
        bad, named = word in unkind, about in groups
        rows.append(
            {
                "text_id": f"text-{number:03d}",
                "source": "small",
                "text": text.format(about, word) + ending,
                "hateful": float(bad and named),
                "offensive": float(bad),
                "test": "",
                "term": about if named else "",
                "template": f"text-{number:03d}",
                "split": split,
            }
        )
    return rows


def _told() -> list[dict]:
    """Who got a note or nothing, forty times each, and came back: mostly with one, sometimes without."""
    splits = ("train", "validation", "test")
    rest = dict.fromkeys(("sent_s", "opened", "bought", "spend", "unsubscribed", "days_active"))
    return [
        {
            "message_id": f"message-{number:04d}",
            "user_id": f"user-{number % USER_COUNT:02d}",
            "channel": "push",
            "arm": ("none", "note")[number // USER_COUNT % 2],
            "propensity": 0.5,
            "visited": (number // 3) % (7 if number // USER_COUNT % 2 else 3) != 1,
            "split": splits[number % 3],
            **rest,
        }
        for number in range(40 * USER_COUNT)
    ]


def _scene(folder: Path, number: int) -> dict:
    """The row of a picture of several things: something red on the left, something blue on the right."""
    item_id = f"scene-{number:03d}"
    image = Image.new("RGB", (160, 120), (245, 245, 245))
    draw = ImageDraw.Draw(image)
    draw.rectangle((16, 20 + 4 * number, 48, 90), fill=(200, 20, 40))
    draw.ellipse((90, 30, 140, 80 + 4 * number), fill=(40, 20, 200))
    path = folder / "images" / f"{item_id}.jpg"
    image.save(path, quality=90)
    size = {"width_px": 160, "height_px": 120, "size_bytes": path.stat().st_size, "sha256": sha256_file(path)}
    words = {"title": "A scene", "description": "", "category": "", "attributes": []}
    known = {"item_id": item_id, "image": f"images/{item_id}.jpg"} | words
    return known | size | {"split": "train", "phash": f"{number:016x}", "created_s": START_S}


def _region(folder: Path, item: dict) -> dict:
    """The shape that an item's picture shows."""
    mask = f"masks/{item['item_id']}.png"
    with Image.open(folder / mask) as image:
        box, area_px = image.getbbox(), int(np.count_nonzero(np.asarray(image)))
    return {
        "region_id": f"{item['item_id']}-1",
        "item_id": item["item_id"],
        "label": item["category"],
        **dict(zip(("x0_px", "y0_px", "x1_px", "y1_px"), (float(edge) for edge in box), strict=True)),
        "mask": mask,
        "mask_value": 1,
        "area_px": area_px,
        "product_id": item["item_id"],
        "attributes": item["attributes"],
    }


def _outfit(picture: dict) -> list[dict]:
    """A thing of each category, of one colour; a picture stands for it, and shows where the first of them is."""
    number = picture["item_id"][-3:]
    edges = ("x0", "y0", "x1", "y1")
    return [
        {
            "outfit_id": picture["item_id"],
            "place": place,
            "item_id": f"{category}-train-{number}",
            "category": category,
            **dict(zip(edges, (0.1, 0.1, 0.7, 0.9) if not place else (None,) * 4, strict=True)),
            "split": picture["split"],
        }
        for place, category in enumerate(CATEGORIES)
    ]


def _drawn(generator: np.random.Generator, category: str, colour: str) -> tuple[Image.Image, Image.Image]:
    """The picture, and the mask of its shape: 1 where it is."""
    noise_HWC = generator.integers(150, 256, (80, 64, 3), dtype=np.uint8)
    image, mask = Image.fromarray(noise_HWC), Image.new("L", (64, 80))
    x, y = (int(value) for value in generator.integers(4, 16, 2))
    shade = {"red": (200, int(generator.integers(80)), 40), "blue": (40, int(generator.integers(80)), 200)}[colour]
    for draw, ink in ((ImageDraw.Draw(image), shade), (ImageDraw.Draw(mask), 1)):
        if category == "bar":
            draw.rectangle((x + 12, y, x + 22, y + 60), fill=ink)
        elif category == "disc":
            draw.ellipse((x, y + 8, x + 40, y + 48), fill=ink)
        else:
            draw.rectangle((x, y, x + 40, y + 52), outline=ink, width=6)
    return image, mask
