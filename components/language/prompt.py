"""Prompts as versioned files: `prompts/NAME.yaml`, each with a name, a version and a hash of what it says.

Who changes what a prompt says gives it a new version; a test holds the hash of each.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from components.language.client import Message
from data.errors import unknown
from data.params import Strict

__all__ = ["Prompt", "load_prompt", "prompt_names"]

FOLDER = Path(__file__).parent / "prompts"
PLACE = "{{input}}"  # in MLflow's notation


class Shown(Strict):
    """A question and its answer."""

    given: dict[str, Any]
    answer: dict[str, Any]


class Prompt(Strict):
    """What a model is told.

    purpose: for people. system: how to answer. user: the question, with `{{input}}` where the data goes.
    shown: answered questions that always come first. examples: how many of the training split follow.
    most_tokens: of an answer.
    """

    name: str
    version: int = Field(ge=1)
    purpose: str
    system: str
    user: str
    shown: tuple[Shown, ...] = ()
    examples: int = Field(ge=0)
    most_tokens: int = Field(ge=1)

    @property
    def hash(self) -> str:
        """Hash of what the prompt says: all but its purpose and version."""
        said = self.model_dump(exclude={"purpose", "version"})
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def template(self) -> list[Message]:
        """The messages with their place for the data."""
        return [*self._told(()), {"role": "user", "content": self.user}]

    def messages(
        self, given: Mapping[str, Any], examples: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = ()
    ) -> list[Message]:
        """The messages that ask about `given`, after examples of questions with their answers.

        Data goes in as one JSON value, so that quotes and line breaks of a title stay within it; without angle
        brackets, so that it holds no marks of a model's own, such as <|im_end|>; and once, so that a place within data
        stays text.
        """
        return [*self._told(examples), {"role": "user", "content": self._filled(given)}]

    def _told(self, examples: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[Message]:
        told: list[Message] = [{"role": "system", "content": self.system}]
        for question, answer in [*((one.given, one.answer) for one in self.shown), *examples]:
            told.append({"role": "user", "content": self._filled(question)})
            told.append({"role": "assistant", "content": _json(answer)})
        return told

    def _filled(self, given: Mapping[str, Any]) -> str:
        before, after = self.user.split(PLACE)
        return f"{before}{_json(given)}{after}"


def prompt_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_prompt(name: str) -> Prompt:
    """The prompt of `prompts/NAME.yaml`.

    Raises:
        UserError: there is none.
    """
    if name not in prompt_names():
        raise unknown("prompt", name, prompt_names())
    prompt = Prompt.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))
    assert prompt.name == name
    assert prompt.user.count(PLACE) == 1
    return prompt


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
