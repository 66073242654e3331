"""Addresses from which a device fetches what it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from auditor.checks.settings import NO_VALUE, NOT_SET, Judged, Mark, fact_of
from auditor.checks.support.parameters import Parameters
from auditor.facts import EMPTY, TRUE
from auditor.facts.missing import label_of
from auditor.messages.message import NOTHING, Message, say
from auditor.model.result import Observation
from auditor.model.snapshot import Setting
from auditor.model.vocabulary import Coverage, Grade
from auditor.pbx.view import AuditView

_HTTPS: Final = "https"
_FIXED_BY: Final = "fixed_by"
_NO_ADDRESS: Final = say("the address cannot be understood")
_EMPTY_ADDRESS: Final = say(
    "the address is empty, and whether the firmware then uses one of its own is not documented"
)


def url_is_https(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge an address: it is of HTTPS, or somebody states that there is none.

    `fixed_by` names the check mark without which something else than the box may set the address:
    if that is not known to be on, an address of HTTPS proves nothing.
    """
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = Judged(fact, setting)
    mark = _fixed_by(view, parameters)
    judged.rests_on(mark.setting if mark else None)
    used = [value for value in setting.values if value != EMPTY]
    schemes = [urlsplit(value).scheme.lower() for value in used]
    plain = [scheme for scheme in schemes if scheme not in {"", _HTTPS}]
    if plain:
        detail = say("it is fetched by {scheme}, not by HTTPS", scheme=plain[0])
        yield judged.violated(detail, "https://…")
    elif doubt := _unclear(setting, schemes) or _not_fixed(view, mark):
        yield judged.undetermined(doubt)
    elif used:
        yield judged.compliant(say("it is fetched by HTTPS"))
    else:
        yield judged.compliant(NOT_SET)


def _unclear(setting: Setting, schemes: list[str]) -> Message:
    """Return why an address says nothing; empty if it does.

    What an empty one means is not documented, for the firmware may have one of its own. A person
    who states that there is none has looked.
    """
    if not setting.values:
        return NO_VALUE
    if not all(schemes):
        return _NO_ADDRESS
    is_empty = len(schemes) < len(setting.values)
    return _EMPTY_ADDRESS if is_empty and setting.grade is not Grade.ATTESTED else NOTHING


def _fixed_by(view: AuditView, parameters: Parameters) -> Mark | None:
    if not parameters.has(_FIXED_BY):
        return None
    return Mark.of(view, f"{parameters.text(_FIXED_BY)} = {TRUE}")


def _not_fixed(view: AuditView, mark: Mark | None) -> Message:
    """Return why something else may set an address; empty if a check mark excludes that."""
    if mark is None:
        return NOTHING
    name = mark.fact.name
    if mark.holds and view.snapshot.coverage(name) is Coverage.COMPLETE:
        return NOTHING
    return say(
        "the box names no address without TLS, but whether another one replaces it depends on "
        "{label}, which nothing shows: attest it in the site file, {key}",
        label=label_of(mark.fact),
        key=f"[facts.{name}]",
    )
