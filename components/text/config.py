"""Which encoder of texts is used, as a setting says."""

from pydantic import Field, model_validator

from data.params import Strict

__all__ = ["TextEncoderConfig", "TuningConfig"]


class TextEncoderConfig(Strict):
    """Nothing is chosen silently: what the setting names is used, or an error says why not."""

    weights: str = Field(
        "wordllama",
        min_length=1,
        description="`wordllama`: one vector a token; `minilm`: MiniLM-L6 in 8 bits; `hub`: of Hugging Face; otherwise "
        "a folder with tokenizer.json beside model.onnx, or beside model.safetensors with one vector a token",
    )
    name: str = Field("", description="of the hub's repository, such as sentence-transformers/all-MiniLM-L6-v2")
    most_tokens: int = Field(128, ge=8, le=512, description="of a text that are read")

    @model_validator(mode="after")
    def _named(self) -> "TextEncoderConfig":
        if (self.weights == "hub") != bool(self.name):
            raise ValueError("name: give the hub's repository where weights is hub, and only there")
        return self


class TuningConfig(Strict):
    """How an encoder is fine-tuned on judged pairs."""

    rank: int = Field(64, ge=1, le=512, description="of what is added to the identity")
    epochs: int = Field(3, gt=0)
    batch_size: int = Field(16, gt=1, description="queries, whose texts are negatives of one another")
    texts: int = Field(6, gt=1, description="of a query in a batch, drawn anew each time")
    mined: int = Field(
        0, ge=0, description="texts that are taken for no answer: nobody judged them, and they lie near the query"
    )
    learning_rate: float = Field(1e-3, gt=0)
    parts: int = Field(
        3, ge=2, description="of the queries: the trees learn from each by an encoder that learned from the others"
    )
