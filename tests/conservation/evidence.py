"""Whole evidence of a system in each form that the auditor reads, as bytes by name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from auditor.model.site import Site
from auditor.simulator import responses
from auditor.simulator.element import Element
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot
from tests.conservation.systems import System, system_of
from tests.fixtures.memory import memory_for
from tests.fixtures.pbx import END, export_of, row, table

FORMS = ("configuration", "export", "messages", "both", "scripts", "snapshot")
_TABLES = {"device": "devices", "grp": "grps", "allow": "allows", "fork": "forks"}
_SCRIPT = (
    "config add PHONE SIG /protocol H323/TLS /h323 hot-desk-base /gk-pwd zAq8-vLm2.Zr5+Wk9xY\n"
)


@dataclass(frozen=True)
class Evidence:
    """Files of one system with what an audit of them is given.

    `sound` is the same evidence of the PBX without its defect, empty if it has no single one.
    `single` says that one document alone shows the objects, so that none contradicts it.
    """

    system: str
    form: str
    files: Mapping[str, bytes]
    site: Site
    pbx_password: str
    controls: tuple[str, ...] = ()
    sound: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what tells it from all other evidence."""
        return f"{self.system} as {self.form}"

    @property
    def single(self) -> bool:
        """Return whether one document alone shows the objects."""
        return self.form != "both"


@cache
def evidence_of(name: str, form: str) -> Evidence:
    """Return the evidence of a system in one form."""
    system = system_of(name)
    sound = {} if system.sound is None else _files(_without_defect(system), form)
    return Evidence(
        name,
        form,
        _files(system, form),
        system.site,
        system.pbx.pbx_password,
        system.controls,
        sound,
    )


def _without_defect(system: System) -> System:
    assert system.sound is not None
    return System(system.name, system.sound, system.site)


def _files(system: System, form: str) -> Mapping[str, bytes]:
    if form == "configuration":
        return {"cfg.txt": _configuration(system), **_more(system)}
    if form == "export":
        return {"pbx.xml": _broken(export_of(system.pbx)), **_more(system)}
    if form == "messages":
        return {"users.json": _messages(system.pbx), **_more(system)}
    if form == "both":
        files = {"cfg.txt": _configuration(system), "pbx.xml": _broken(export_of(system.pbx))}
        return {**files, **_more(system)}
    if form == "scripts":
        return {
            "cfg.txt": _configuration(system),
            "scripts/hot.txt": _SCRIPT.encode(),
            **_more(system),
        }
    return {"snapshot.json": _snapshot(system)}


def _more(system: System) -> Mapping[str, bytes]:
    return {name: text.encode() for name, text in system.files.items()}


def _configuration(system: System) -> bytes:
    whole = responses.configuration(system.pbx, 1).decode()
    whole = whole.replace(*system.text) if system.text[0] else whole
    if system.lines:
        first, _, rest = whole.partition("config change UP1")
        added = "".join(f"{line}\r\n" for line in system.lines)
        whole = f"{first}{added}config change UP1{rest}"
    return whole.encode()


def _broken(export: bytes) -> bytes:
    """Return an export with a line for each object, so that lines are pieces of it too."""
    return export.replace(b"</user><user", b"</user>\r\n<user")


def _messages(pbx: SimulatedPbx) -> bytes:
    return table(*(row(**_columns(one)) for one in pbx.objects), END)


def _columns(one: SimulatedObject) -> Mapping[str, object]:
    """Return an object as a row of the user table, with all columns that there are."""
    own = {k: one.attributes[k] for k in ("dn", "config", "apps", "text") if k in one.attributes}
    tables: dict[str, list[Mapping[str, object]]] = {
        column: [_typed(c) for c in one.children if c.tag == tag] for tag, column in _TABLES.items()
    }
    tables["cds"] = list(_diversions(one.children))
    shown = {"hide": one.attributes.get("hide") == "true", **own, **tables}
    if one.pseudo is not None:
        shown["pseudo"] = one.pseudo.to_text()
    if one.password is not None:
        shown["pwd"] = one.password.hex()
    return {"guid": one.guid, **one.names, **shown}


def _typed(element: Element) -> Mapping[str, object]:
    flags = {"true": True, "false": False}
    return {name: flags.get(value, value) for name, value in element.attributes.items()}


def _diversions(children: Iterable[Element]) -> Iterable[Mapping[str, object]]:
    for child in children:
        if child.tag == "cd":
            for end in child.children:
                yield {**child.attributes, **end.attributes}


def _snapshot(system: System) -> bytes:
    with tempfile.TemporaryDirectory(dir=memory_for()) as folder:
        path = Path(folder) / "cfg.txt"
        path.write_bytes(_configuration(system))
        taken = read_files(path, system.site, system.pbx.pbx_password)
    return b"".join(dump_snapshot(taken))
