"""The bases of every document that people write or other programs hand in.

Unknown keys are errors, and errors never quote the input.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A frozen document that validates itself.

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


class Checked:
    """A frozen value that `auditor.files.validating` makes of a document.

    Most of them were validated when the package was built, and a class of this kind takes a tenth
    of the time that one of the other takes to be made.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", hide_input_in_errors=True)
