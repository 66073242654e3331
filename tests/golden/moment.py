"""One moment, counted run ids and no chance for the whole program, wherever its modules stand."""

from __future__ import annotations

import uuid
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from importlib import import_module
from itertools import count
from pkgutil import walk_packages
from random import Random
from unittest.mock import patch

import auditor
from tests.fixtures.pbx import TODAY

MOMENT = datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=UTC)


class _OfEach(type):
    """Every moment is an instance: what a TOML file holds was made by the class itself."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, datetime)


class _Frozen(datetime, metaclass=_OfEach):
    @classmethod
    def now(cls, tz=None):
        return MOMENT.astimezone(tz)

    @classmethod
    def __get_pydantic_core_schema__(cls, _, handler):
        return handler.generate_schema(datetime)


@contextmanager
def frozen():
    """Stop the clock of every module of the program, and make what is random the same each time."""
    ids = count(1)
    header = format_datetime(MOMENT, usegmt=True)
    with ExitStack() as stack:
        stack.enter_context(patch("secrets.choice", Random(1).choice))  # noqa: S311 -- on purpose
        stack.enter_context(patch("uuid.uuid4", lambda: uuid.UUID(int=next(ids))))
        stack.enter_context(
            patch.object(BaseHTTPRequestHandler, "date_time_string", lambda _: header)
        )
        for found in walk_packages(auditor.__path__, "auditor."):
            if found.name.endswith(".migrations.env"):  # runs where Alembic runs it
                continue
            module = import_module(found.name)
            if vars(module).get("datetime") is datetime:
                stack.enter_context(patch.object(module, "datetime", _Frozen))
        yield
