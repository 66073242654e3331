"""Lists that come in pages, whoever reads them: pages that go round in circles are no list."""

from __future__ import annotations

from itertools import count, cycle
from typing import Any

import pytest

from auditor.dialects import load_dialect
from auditor.messages.message import say
from auditor.sources.live import soap_envelope
from auditor.sources.live.app_socket.names_of_objects import list_objects
from auditor.sources.live.app_socket.replication import replicate
from auditor.sources.live.app_socket.table_of_objects import read_table
from auditor.sources.live.app_socket.templates import TEMPLATES, read_templates
from auditor.sources.live.devices.configurations import read_configurations
from auditor.sources.live.devices.listing import list_domains, read_devices
from auditor.sources.live.find_users import find_users
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import Reading

# So many pages show that nobody follows a circle; a reader may try twice.
ENOUGH = 60
PAGE = 3


class Endless:
    """A session whose lists go round in circles of so many entries, or show ever new ones.

    Each page begins `step` entries behind the one before, so that pages may overlap.
    """

    over = ""
    seconds_left = 100.0

    def __init__(self, length, step):
        self.asked = 0
        self._length = length
        self._step = step
        self._at = count()

    def entries(self, size=PAGE):
        self.asked += 1
        assert self.asked <= ENOUGH, "it goes on and on"
        begin = next(self._at) * self._step
        return [(begin + at) % self._length + 1 for at in range(size)]

    def ask(self, _api, mt, _fields=None, _mark=""):
        if mt == "SearchUsers":
            users = [{"cn": f"u{n}", "guid": f"{n:032x}", "h323": f"u{n}"} for n in self.entries()]
            return {"mt": mt, "user": users}
        if mt == "GetConfigObjects":
            found = [{"cn": f"t{n}", "config": []} for n in self.entries()]
            return {"mt": mt, "objects": found, "more": f"c{self.asked}"}
        if mt == "GetPseudoObjects":
            return {"mt": mt, "objects": []}
        return {"mt": mt}

    def follow(self, api, mt, *, mark):
        (n,) = self.entries(1)
        columns = {"guid": f"{n:032x}", "cn": f"u{n}", "h323": f"u{n}"}
        return {"api": api, "mt": f"{mt}Result", "src": mark, "columns": columns}

    def renew(self):
        """Every connection is the same."""

    def pages(self, mt, _fields):
        name = {"GetDomains": "domains", "GetDevices": "devices"}.get(mt, "configs")
        while True:
            yield {name: [{"id": n, "domainId": 2, "hwId": f"h{n}", "type": "GW", "categories": [],
                           "name": f"n{n}"} for n in self.entries()]}  # fmt: skip

    class counts:  # noqa: N801 -- stands for an attribute
        octets = 0


class Soap:
    """A connection whose pages of names go round in circles."""

    def __init__(self):
        self.records = []

    def ask(self, _request):
        """Return a page that is not looked at: its entries are made up."""
        return b""

    def tell(self, *_):
        """Nobody watches."""


def reading():
    return Reading("socket", "app-socket")


def answers(into):
    return AnswerReader(into, Ledger("socket", say("again")))


def search_users(session: Any):
    with pytest.raises(RefusedError) as caught:
        list_objects(session, answers(reading()), (), lambda _: None, {})
    return [caught.value.reason]


def templates(session: Any):
    found = reading()
    first = session.ask("PbxAdminApi", TEMPLATES.mt)
    read_templates(session, found, answers(found), first)
    assert not found.lists_templates
    assert found.parents == {}
    return found.notes


def replication(session: Any):
    found = replicate(session, lambda _: None)
    guids = [one["columns"]["guid"] for one in found.messages]
    assert len(guids) == len(set(guids))
    return [found.problem]


def table(session: Any):
    notes: list[Any] = []
    dialect = load_dialect("documented")
    found = read_table(session, dialect, lambda _: None, notes.append, None)
    assert found is not None
    assert found.open_ends
    return notes


def domains(session: Any):
    return list_domains(session)[1]


def devices(session: Any):
    return read_devices(session)[1]


def configurations(session: Any):
    return read_configurations(session, 2, lambda _: None, values=False).problems


READERS = {
    "SearchUsers": search_users,
    "GetConfigObjects": templates,
    "ReplicateNext": replication,
    "table of objects": table,
    "GetDomains": domains,
    "GetDevices": devices,
    "GetDeviceConfigs": configurations,
}
CYCLES = [(length * PAGE, PAGE) for length in (1, 2, 3)] + [(4, 1), (5, 3), (7, 2)]


@pytest.mark.parametrize(("length", "step"), CYCLES)
@pytest.mark.parametrize("name", READERS)
def test_a_circle_of_any_length_ends_and_is_named(name, length, step):
    session = Endless(length, step)
    found = READERS[name](session)
    assert found
    assert all(found)


@pytest.mark.parametrize(("length", "step"), CYCLES)
def test_names_over_soap(monkeypatch, length, step):
    session = Endless(length, step)

    def items(_):
        return [{"cn": f"u{n}", "guid": f"{n:032x}", "h323": ""} for n in session.entries()]

    monkeypatch.setattr("auditor.sources.live.find_users.read_answer", lambda body, _: body)
    monkeypatch.setattr(soap_envelope, "read_items", items)
    monkeypatch.setattr(soap_envelope, "stated_count", lambda _: None)
    connection: Any = Soap()
    assert find_users(connection).problem


def test_pages_without_entries_and_without_an_end():
    session: Any = Endless(1, 1)
    heard = cycle([{"devices": list[Any]()}])
    session.pages = lambda _mt, _fields: heard
    assert read_devices(session)[1]
