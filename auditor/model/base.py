"""The base of every document that people write or other programs hand in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A frozen document: unknown keys are errors, and errors never quote the input.

    Validators are made when a document is read. That is why defaults that are documents are made by
    `model_construct`: they need no validation, and would have their validators made at the start.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        strict=False,
        defer_build=True,
    )
