"""Marks what is made only where it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pydantic import BaseModel


class LateModel(NamedTuple):
    """Marks a key of a document whose model is made only where the key is there."""

    model: Callable[[], type[BaseModel]]
