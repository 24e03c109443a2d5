"""How sure a model is of each value of an answer, from the probabilities of its tokens."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["confidences"]

SPACE = " \t\r\n"


def confidences(
    content: str, tokens: Sequence[Mapping[str, Any]] | None, options: Mapping[str, Sequence[Any] | None]
) -> dict[str, float | None]:
    """The probability of each value of a flat JSON object, between 0 and 1; None where the endpoint does not say.

    tokens: those of `content`, with `logprob` and `top_logprobs`. options: what each value can be; None is any text.
    Of options it is the probability among them: at each token, only alternatives that lead to an option count. Of text
    it is the geometric mean of its tokens.
    """
    try:
        if not tokens or "".join(token["token"] for token in tokens) != content:
            return dict.fromkeys(options, None)
        spans = _spans(content)
        return {name: _sure(content, tokens, spans.get(name), choices) for name, choices in options.items()}
    except (KeyError, TypeError, AttributeError):  # an endpoint that tells of tokens in a form of its own
        return dict.fromkeys(options, None)


def _spans(content: str) -> dict[str, tuple[int, int]]:
    """Where the value of each key of a flat object begins and ends."""
    decode = json.JSONDecoder().raw_decode
    spans: dict[str, tuple[int, int]] = {}
    at = content.index("{") + 1
    while True:
        at = _skip(content, at, SPACE + ",")
        if content[at] == "}":
            return spans
        name, at = decode(content, at)
        begin = _skip(content, at, SPACE + ":")
        _, at = decode(content, begin)
        spans[name] = (begin, at)


def _skip(content: str, at: int, characters: str) -> int:
    while content[at] in characters:
        at += 1
    return at


def _sure(
    content: str,
    tokens: Sequence[Mapping[str, Any]],
    span: tuple[int, int] | None,
    choices: Sequence[Any] | None,
) -> float | None:
    if span is None:
        return None
    begin, end = span
    written = None if choices is None else [json.dumps(choice, ensure_ascii=False) for choice in choices]
    total, counted, at = 0.0, 0, 0
    for token in tokens:
        after = at + len(token["token"])
        if after > begin and at < end:
            counted += 1
            total += token["logprob"] if written is None else _among(content[:at], begin, token, written)
        at = after
    if not counted:
        return None
    return math.exp(total / counted if written is None else total)


def _among(before: str, begin: int, token: Mapping[str, Any], written: Sequence[str]) -> float:
    """The logarithm of a token's probability among the tokens that lead to an option."""
    others = {
        other["token"]: other["logprob"]
        for other in token.get("top_logprobs") or ()
        if _leads((before + other["token"])[begin:], written)
    }
    others[token["token"]] = token["logprob"]
    most = max(others.values())
    return float(token["logprob"] - most - math.log(sum(math.exp(other - most) for other in others.values())))


def _leads(value: str, written: Sequence[str]) -> bool:
    return any(option.startswith(value) or value.startswith(option) for option in written) and value != ""
