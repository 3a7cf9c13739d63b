"""The model of ``[summaries]``."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from aggregator.config.setting_types import HttpUrl, SettingsTable
from aggregator.texts import Phrase

_COMPLETIONS = "/chat/completions"


def _api_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.query or parts.fragment:
        raise ValueError(Phrase('write the address alone; the key belongs in key = "${NAME}"'))
    return value.rstrip("/").removesuffix(_COMPLETIONS)


class SummariesSettings(SettingsTable):
    """Summaries of daily digests by a language model, at an address that speaks the chat completions of OpenAI."""

    url: Annotated[HttpUrl, AfterValidator(_api_address)] | None = Field(
        None,
        description='address of the API, as "https://llm.example.org/v1"; unset: no summaries. A private one has to be '
        "in [polling] allow",
    )
    model: str | None = Field(None, min_length=1, max_length=200, description="name of the model")
    key: str | None = Field(None, min_length=4, repr=False, description='key of the API, as "${LLM_KEY}"')

    @model_validator(mode="after")
    def _is_whole(self) -> SummariesSettings:
        if self.url is not None and self.model is None:
            raise ValueError(Phrase("model is missing: write the name of the model that the address offers"))
        return self

    @property
    def address(self) -> str | None:
        """Return the address that summaries are requested from; None: there are none."""
        return f"{self.url}{_COMPLETIONS}" if self.url else None
