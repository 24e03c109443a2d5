"""The real service over pictures of the world, as a process: `board_service.py PORT SYSTEMS_PORT FOLDER`.

Only the learned systems are stood in for, see `board_systems.py`: training them takes longer than all these tests.
"""

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from PIL import Image

from data.world.rendering import jobs, render
from serving.discovery.app import make_app
from serving.discovery.catalogue import INDEX, ITEMS, PICTURES, Catalogue
from serving.discovery.catalogue import SCENES as PARSED
from serving.discovery.context import Context
from serving.discovery.declared import declared
from serving.discovery.exposure import open_exposure
from serving.discovery.keys import open_doors
from serving.discovery.page import headers_of
from serving.discovery.picture import shown
from serving.guard import Guard
from serving.metrics import RequestMetrics
from serving.state import open_state
from tests.browser.board_looks import Things, parsed_scenes
from tests.browser.board_systems import make_systems
from tests.patience import patient

OBJECTS, SCENES, SIZE_PX, SEED = 86, 4, 236, 5
SHAPES = (1.0, 1.33, 0.75, 1.5, 0.85, 1.2)  # height over width: a masonry of squares would show nothing
NEWEST_S = 1_760_000_000
HOUR_S = 3600


def rendered(folder: Path) -> tuple[list[dict[str, Any]], dict[str, bytes], dict[str, Things]]:
    """Items of the world with their pictures, cut to several shapes, and what is to be seen in each scene."""
    rows = render(jobs(SEED, OBJECTS, SCENES, SIZE_PX), folder, lambda *_: None, 1)
    items, pictures, things = [], {}, {}
    for place, made in enumerate(sorted(rows, key=lambda row: row.item["item_id"][::-1])):
        row, shape = made.item, SHAPES[place % len(SHAPES)]
        item_id = row["item_id"]
        buffer = io.BytesIO()
        cut(Image.open(folder / row["image"]), shape).save(buffer, "JPEG", quality=90)
        if not row["category"]:
            mask_HW = np.asarray(cut(Image.open(folder / f"masks/{item_id}.png"), shape))
            things[item_id] = [(region["label"], mask_HW == region["mask_value"]) for region in made.regions]
        known = shown(buffer.getvalue())
        pictures[item_id] = known.picture
        fields = {name: row[name] for name in ("item_id", "title", "category", "attributes")}
        items.append(
            {
                **fields,
                "created_s": NEWEST_S - place * HOUR_S,
                **known.details(),
            }
        )
    return items, pictures, things


def cut(image: Image.Image, ratio: float) -> Image.Image:
    width_px, height_px = image.size
    if ratio > 1:
        width_px = round(height_px / ratio)
    else:
        height_px = round(width_px * ratio)
    left, top = (image.width - width_px) // 2, (image.height - height_px) // 2
    return image.crop((left, top, left + width_px, top + height_px))


def catalogue(folder: Path, items: list[dict[str, Any]], pictures: dict[str, bytes]) -> Catalogue:
    (folder / INDEX).mkdir()
    start = 0
    with (folder / ITEMS).open("w", encoding="utf-8") as lines, (folder / PICTURES).open("wb") as file:
        for item in items:
            picture = pictures[item["item_id"]]
            lines.write(json.dumps({**item, "start": start, "size": len(picture)}) + "\n")
            file.write(picture)
            start += len(picture)
    return Catalogue(folder)


async def main(port: int, systems_port: int, folder: Path) -> None:
    items, pictures, things = rendered(folder)
    scenes = parsed_scenes({item["item_id"]: item["version"] for item in items}, things)
    (folder / PARSED).write_text("".join(json.dumps(scene) + "\n" for scene in scenes))
    known = catalogue(folder, items, pictures)
    state = open_state(f"sqlite:///{folder / 'state'}")
    metrics = RequestMetrics("discovery", "test")
    address = f"tcp://127.0.0.1:{systems_port}"
    members = list(declared().values())
    addresses = dict.fromkeys((member.system for member in members), address)
    app = make_app(lambda: Context.opened(known, state, members, addresses, metrics, open_doors(), open_exposure()))
    servers = [
        uvicorn.Server(uvicorn.Config(asked, port=on, log_level="warning", lifespan="auto", loop="asyncio"))
        for asked, on in (
            (Guard(app, metrics, headers_of), port),
            (make_systems(items, pictures, things), systems_port),
        )
    ]
    with patient():  # the context is opened as they start
        await asyncio.gather(*(server.serve() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
