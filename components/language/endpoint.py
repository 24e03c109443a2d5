"""The endpoint that the environment names."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError

from data.errors import UserError
from data.params import Strict, explain

__all__ = ["Endpoint", "configured"]

VARIABLES = {
    "url": "CORKBOARD_LLM_URL",
    "key": "CORKBOARD_LLM_KEY",
    "model": "CORKBOARD_LLM_MODEL",
    "prices": "CORKBOARD_LLM_PRICES",
    "limit_s": "CORKBOARD_LLM_LIMIT_S",
    "parallel": "CORKBOARD_LLM_PARALLEL",
    "options": "CORKBOARD_LLM_OPTIONS",
}


class Endpoint(Strict):
    """An OpenAI-compatible API.

    identity: what answers, as far as answers depend on it: the address, or the hash of the embedded model's file.
    prices: dollars for a million tokens of a prompt and of an answer. limit_s: how long one answer may take.
    parallel: questions at once. options: fields of a request to change; null leaves one out.
    """

    url: str
    model: str
    identity: str
    key: SecretStr = SecretStr("")
    prices: tuple[float, float] | None = None
    limit_s: float = Field(60.0, gt=0)
    parallel: int = Field(4, ge=1, le=64)
    options: dict[str, Any] = Field(default_factory=dict)

    def cost(self, prompt_tokens: int, answer_tokens: int) -> float | None:
        """Dollars, where prices are set."""
        if self.prices is None:
            return None
        return (prompt_tokens * self.prices[0] + answer_tokens * self.prices[1]) / 1e6


def configured(environment: Mapping[str, str] = os.environ) -> Endpoint | None:
    """The endpoint that the environment names; None if it names none.

    Raises:
        UserError: a variable is wrong, or the address or the model's name is missing.
    """
    given = {field: environment[name] for field, name in VARIABLES.items() if environment.get(name)}
    if "url" not in given:
        for field in ("model", "key"):
            if field in given:
                raise UserError(
                    f"{VARIABLES[field]} is set and CORKBOARD_LLM_URL is not; give the address, or unset it to ask the "
                    "embedded model"
                )
        return None
    parts = urlsplit(given["url"])
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise UserError(
            "CORKBOARD_LLM_URL is no address such as https://api.example.com/v1; correct it, and give a key as "
            "CORKBOARD_LLM_KEY"
        )
    if "model" not in given:
        raise UserError("CORKBOARD_LLM_URL is set and CORKBOARD_LLM_MODEL is not; name the model to ask there")
    url = given["url"].rstrip("/")
    fields: dict[str, Any] = given | {"url": url, "identity": url}
    if "prices" in given:
        fields["prices"] = tuple(given["prices"].split(","))
    try:
        if "options" in given:
            fields["options"] = json.loads(given["options"])
        return Endpoint.model_validate(fields)
    except ValidationError as error:
        raise UserError(f"{_named(explain(error))}; correct it") from None
    except json.JSONDecodeError:
        raise UserError('CORKBOARD_LLM_OPTIONS is no JSON object, such as {"logprobs": null}; correct it') from None


def _named(faults: str) -> str:
    field = faults.partition(".")[0].partition(":")[0]
    return f"{VARIABLES.get(field, 'the endpoint')}: {faults}"
