"""Texts that a document holds in both languages, such as the title of a control."""

from __future__ import annotations

from typing import NoReturn, Self


class Both(str):
    """An English text that knows the German one, which is empty if nobody translated it."""

    __slots__ = ("german",)

    german: str

    def __new__(cls, english: str, german: str = "") -> Self:
        """Return a text in both languages."""
        self = super().__new__(cls, english)
        object.__setattr__(self, "german", german)
        return self

    def told(self, language: str) -> str:
        """Return the text in a language, in English if nobody translated it."""
        return (self.german if language == "de" else "") or str(self)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} cannot be changed")

    def __reduce__(self) -> tuple[type[Both], tuple[str, str]]:
        return Both, (str(self), self.german)
