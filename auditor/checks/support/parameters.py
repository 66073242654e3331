"""Typed access to the parameters of a rule."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model.rule import ParameterValue


class ParameterError(Exception):
    """A check asks for a parameter that its rule document does not have, or of another type."""


class Parameters:
    """The parameters of one control after the site's overrides."""

    def __init__(self, values: Mapping[str, ParameterValue]) -> None:
        self._values = values

    def integer(self, name: str) -> int:
        """Return a whole number. Raises ParameterError."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ParameterError(f"{name} is not a whole number")
        return value

    def number(self, name: str) -> float:
        """Return a number. Raises ParameterError."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ParameterError(f"{name} is not a number")
        return float(value)

    def names(self, name: str) -> tuple[str, ...]:
        """Return a list of names. Raises ParameterError."""
        value = self._values.get(name)
        if not isinstance(value, list):
            raise ParameterError(f"{name} is not a list")
        return tuple(value)

    def text(self, name: str) -> str:
        """Return a text. Raises ParameterError."""
        value = self._values.get(name)
        if not isinstance(value, str):
            raise ParameterError(f"{name} is not a text")
        return value

    def has(self, name: str) -> bool:
        """Return whether the rule has a parameter at all."""
        return name in self._values

    def flag(self, name: str) -> bool:
        """Return a truth value. Raises ParameterError."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise ParameterError(f"{name} is neither true nor false")
        return value
