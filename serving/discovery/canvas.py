"""Pictures made to order: a job is started, followed by its events, and cancelled.

Legend: H height, W width in pixels.
"""

import base64
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image
from pydantic_core import to_json
from starlette.responses import Response, StreamingResponse

from components.message import PICTURE, check_one
from components.roles import MAKE, PARSE
from serving.discovery.call import Call
from serving.discovery.canvas_types import Generate, JobState, Paint
from serving.discovery.check import checked, may_leave
from serving.discovery.context import Context
from serving.discovery.endpoint import MASK
from serving.discovery.item import picture_of
from serving.discovery.parse import parsed
from serving.discovery.peers import PeerFailed
from serving.errors import RequestError
from serving.form import Field, write_form
from serving.requests import REQUEST

__all__ = ["background", "cancel", "events", "extend", "fill", "generate", "picture", "product_of", "state"]

OVER = ("done", "cancelled", "failed")
OWN = ("user_id", "count", "item_id")  # fields that the system is not asked


async def generate(context: Context, call: Call) -> tuple[int, dict[str, Any]]:
    """Make pictures of a category, of attributes and of words."""
    return await _started(context, call, "generate")


async def fill(context: Context, call: Call) -> tuple[int, dict[str, Any]]:
    """Make the part of a picture anew that the mask shows white."""
    return await _started(context, call, "fill")


async def background(context: Context, call: Call) -> tuple[int, dict[str, Any]]:
    """Make another background behind a product, which a mask shows black, which is parsed, or which stands on white."""
    return await _started(context, call, "background")


async def extend(context: Context, call: Call) -> tuple[int, dict[str, Any]]:
    """Make the borders that another aspect ratio adds to a picture."""
    return await _started(context, call, "extend")


async def state(context: Context, call: Call) -> dict[str, Any]:
    """What a job has come to."""
    return await _previewed(context, await _state(context, call.path["job_id"]))


async def events(context: Context, call: Call) -> Response:
    """The same as server-sent events, one for each change until the job is over."""
    job_id = call.path["job_id"]
    first = await _previewed(context, await _state(context, job_id))

    async def told() -> AsyncIterator[bytes]:
        facts = first
        while True:
            yield b"event: " + facts["state"].encode() + b"\ndata: " + to_json(facts) + b"\n\n"
            if facts["state"] in OVER:
                return
            version = facts["version"]
            while facts["version"] == version:
                try:
                    facts = await _state(context, job_id, version)
                    if facts["version"] != version:
                        facts = await _previewed(context, facts)
                except (RequestError, PeerFailed) as error:  # the answer has begun: its status can say nothing
                    yield b"event: lost\ndata: " + to_json({"error": str(error)}) + b"\n\n"
                    return
                if facts["version"] == version:
                    yield b": still there\n\n"

    return StreamingResponse(told(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def picture(context: Context, call: Call) -> Response:
    """A picture of a job, with its provenance; one that may not be shown is an error that says why."""
    facts = await _state(context, call.path["job_id"])
    if facts["state"] in ("cancelled", "failed"):
        said = "was cancelled" if facts["state"] == "cancelled" else f"failed: {facts['error']}"
        raise RequestError(409, f"this job {said}; start another")
    known = await context.optional(MAKE).get(f"/v1/jobs/{call.path['job_id']}/pictures/{int(call.path['number'])}")
    content = base64.b64decode(known["picture"])
    asked = await checked(context, (), content)
    if asked["action"] != "allow":
        kinds = " and ".join(finding["kind"] for finding in asked["findings"])
        raise RequestError(422, f"this picture is not shown, since it seems to be {kinds}; ask with another seed")
    return Response(content, media_type=known["media_type"], headers={"Cache-Control": "no-store"})


async def cancel(context: Context, call: Call) -> Response:
    """Cancel a job: it ends at its next step, and its pictures are gone. One that is over stays as it is."""
    await context.optional(MAKE).post(f"/v1/jobs/{call.path['job_id']}/cancel", b"{}")
    return Response(status_code=204)


async def _started(context: Context, call: Call, task: str) -> tuple[int, dict[str, Any]]:
    request: Generate = call.body
    peer = context.optional(MAKE)
    content = call.picture
    if isinstance(request, Paint):
        check_one(content, request.item_id)
        if request.item_id is not None:
            context.stock.get(request.item_id)
            content = await picture_of(context, request.item_id)
    await checked(context, (request.words,), call.picture)
    fields = request.model_dump(exclude=set(OWN)) | {"task": task}
    mask = call.mask
    if task == "background" and mask is None and content is not None:
        mask = await _parsed_mask(context, content, request)
    files = {PICTURE: content, MASK: mask}
    form = [Field(REQUEST, to_json(fields))]
    form += [Field(name, given, is_file=True) for name, given in files.items() if given is not None]
    person = quote(request.user_id or call.caller, safe="")
    answer = await peer.post(f"/v1/jobs?count={request.count}&person={person}", *write_form(form))
    if "full" in answer:
        wait_s = round(answer["wait_s"])
        raise RequestError(429, f"{answer['full']}; ask again in {wait_s} s", {"Retry-After": str(wait_s)})
    return 202, {"job_id": answer["job_id"], "ahead": answer["ahead"]}


async def _parsed_mask(context: Context, content: bytes, request: Generate) -> bytes | None:
    """The mask beside the product as it is parsed; None where nothing parses or no thing is seen."""
    if not context.peers[PARSE].is_there:
        return None
    try:
        answer = await parsed(context, content, getattr(request, "item_id", None))
    except PeerFailed:
        return None
    kept_HW = product_of(answer["regions"], request.category)
    if kept_HW is None:
        return None
    file = io.BytesIO()
    beside = Image.fromarray(np.where(kept_HW, 0, 255).astype(np.uint8))
    beside.resize((answer["width_px"], answer["height_px"]), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def product_of(regions: Sequence[Mapping[str, Any]], category: str | None) -> np.ndarray | None:
    """Where the product is, bool (H, W) of the size of the masks: the regions of its category, or else all of them.

    None: there are none, or nothing beside them.
    """
    named = [region for region in regions if region["label"] == category] or regions
    if not named:
        return None
    kept_HW = np.zeros(named[0]["mask"]["size"], bool)
    for region in named:
        counts = region["mask"]["counts"]
        kept_HW |= np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(kept_HW.shape, order="F")
    return None if kept_HW.all() or not kept_HW.any() else kept_HW


async def _state(context: Context, job_id: str, after: int = -1) -> dict[str, Any]:
    answer: dict[str, Any] = await context.optional(MAKE).get(f"/v1/jobs/{job_id}?after={after}")
    return {name: answer[name] for name in JobState.model_fields}


async def _previewed(context: Context, facts: dict[str, Any]) -> dict[str, Any]:
    """Without a preview that may not be shown, or that nothing can check."""
    if facts["preview"] is None:
        return facts
    try:
        is_shown = await may_leave(context, (), base64.b64decode(facts["preview"]))
    except PeerFailed:
        is_shown = False
    return facts if is_shown else {**facts, "preview": None}
