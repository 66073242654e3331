"""Case tables: their format, and how a case becomes the input of an audit. See README.md."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, TypeAdapter

from auditor.model.base import Document
from auditor.model.snapshot import TlsEndpoint
from auditor.model.vocabulary import Status, Verdict
from auditor.pbx import crypt
from tests.rules.harness import Input, example_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from auditor.model.rule import RuleDocument

FOLDER: Final = Path(__file__).parent
# The public test vector of the wiki: the PBX password and the `key` of `_ADMIN_`.
PBX_PASSWORD: Final = "pwd"
ADMIN_KEY: Final = "566e2a2f1d259e4136046d5cbacaea9f"
USER_KEY: Final = crypt.pbx_key(PBX_PASSWORD, bytes.fromhex(ADMIN_KEY))
_HEAD: Final = "# 13r3 service-release-02 IP411[13.5202/135202/304]"
_ITEM: Final = "mod cmd FLASHDIR0 add-item 101 "
_SECRET: Final = re.compile(r"\{enc(16)?:(.*?)\}")
_FACTORY: Final = re.compile(r"\{factory:(\w+):(.*?)\}")
_ROW: Final = re.compile(r"(?P<number>\S+) (?P<next>\S+)( (?P<when>if|unless) (?P<boolean>.+))?")


class TableError(Exception):
    """A table that cannot be used, and why."""


class Common(Document):
    """What a table's cases have in common; a case replaces or extends it."""

    configuration: str = ""
    filters: dict[str, list[str]] = Field(default_factory=dict)
    site: dict[str, Any] = Field(default_factory=dict)
    pbx_password: str = ""
    admin_password: str = ""
    app_platform_password: str = ""
    pieces: dict[str, str] = Field(default_factory=dict)
    tls: dict[str, Any] = Field(default_factory=dict)


class Case(Document):
    """One case. What is not given comes from the table's defaults."""

    name: str
    why: str = ""
    configuration: str | None = None
    add: str = ""
    filters: dict[str, list[str]] | None = None
    site: dict[str, Any] = Field(default_factory=dict)
    pbx_password: str | None = None
    admin_password: str | None = None
    app_platform_password: str | None = None
    files: dict[str, str] = Field(default_factory=dict)
    partial: bool = False
    tls: list[dict[str, Any]] | None = None
    status: Status
    verdicts: dict[str, Verdict] = Field(default_factory=dict)
    mentions: list[str] = Field(default_factory=list)
    told: bool = False
    remarks: bool | None = None


class Table(Document):
    """The cases of one control."""

    defaults: Common = Common()
    cases: list[Case]


@functools.cache
def load_tables() -> dict[str, Table]:
    """Return every table by the id of its control. Raises TableError."""
    shared = tomllib.loads((FOLDER / "common.toml").read_text(encoding="utf-8"))
    tables = {}
    for path in sorted(FOLDER.glob("*-[0-9][0-9].toml")):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            defaults = content.setdefault("defaults", {})
            defaults["pieces"] = {**shared["pieces"], **defaults.get("pieces", {})}
            tables[path.stem] = Table.model_validate(content)
        except ValueError as error:  # no TOML, or a key or value that no case has
            raise TableError(f"tests/rules/{path.name}: {error}") from None
    return tables


def case_input(case: Case, defaults: Common) -> Input:
    """Return what the audit of a case is given."""
    site = _merge(defaults.site, case.site)
    password = defaults.pbx_password if case.pbx_password is None else case.pbx_password
    administrator = defaults.admin_password if case.admin_password is None else case.admin_password
    app_platform = case.app_platform_password
    app_platform = defaults.app_platform_password if app_platform is None else app_platform
    secrets = (administrator, app_platform)
    files = {name: _fill(content, defaults.pieces) for name, content in case.files.items()}
    tls = tuple(_endpoint(_merge(defaults.tls, changes)) for changes in case.tls or ())
    if case.files and case.configuration is None:
        return Input(files, site, password, tls, *secrets, case.partial)
    content = defaults.configuration if case.configuration is None else case.configuration
    filters = defaults.filters if case.filters is None else case.filters
    head = "" if content.lstrip().startswith("# ") else _HEAD
    text = "\n".join([head, content, case.add, *([_admin(filters)] if filters else [])])
    whole = {"cfg.txt": _fill(text, defaults.pieces), **files}
    return Input(whole, site, password, tls, *secrets, case.partial)


def inputs_of(rule: RuleDocument) -> Iterator[Input]:
    """Yield the input of every case and example of a control."""
    yield from map(example_input, rule.examples)
    table = load_tables().get(rule.id)
    if table is not None:
        yield from (case_input(case, table.defaults) for case in table.cases)


def _endpoint(given: Mapping[str, Any]) -> TlsEndpoint:
    return TypeAdapter(TlsEndpoint).validate_python(given)


def _fill(text: str, pieces: Mapping[str, str]) -> str:
    lines = []
    for line in text.strip().splitlines():
        whole = pieces[line[1:]] if line.startswith("@") else line
        item = f"{_ITEM}{whole}" if whole.startswith("(") else whole
        lines.append(_FACTORY.sub(_encrypt_for_factory, _SECRET.sub(_encrypt, item)))
    return "".join(f"{line}\r\n" for line in lines)


def _encrypt(match: re.Match[str]) -> str:
    return crypt.encrypt(USER_KEY, match[2], int(match[1] or crypt.FIELD_BYTES)).hex()


def _encrypt_for_factory(match: re.Match[str]) -> str:
    return crypt.encrypt(crypt.factory_key(match[1]), match[2]).hex()


def _admin(filters: Mapping[str, list[str]]) -> str:
    """Return the `_ADMIN_` object with call filters as the simulated PBX writes them."""
    values = "".join(
        f'(pbx=<filter name="{name}">{"".join(map(_row, rows))}</filter>)'
        for name, rows in filters.items()
    )
    secrets = f'(pbx=<user pwd="{{enc:{PBX_PASSWORD}}}" key="{ADMIN_KEY}"/>)'
    return f"(cn=_ADMIN_)(h323=pbx-admin){values}{secrets}"


def _row(text: str) -> str:
    row = _ROW.fullmatch(text)
    assert row, f"not a row: {text!r}"
    number = "" if row["number"] == "any" else row["number"]
    boolean = f' bool="{row["boolean"]}"' if row["boolean"] else ""
    negated = ' not="true"' if row["when"] == "unless" else ""
    return f'<sim-row number="{number}" next="{row["next"]}"{boolean}{negated}/>'


def _merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        known = merged.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[key] = _merge(known, value) if both else value
    return merged
