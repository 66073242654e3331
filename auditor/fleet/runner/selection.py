"""Which PBXs of a fleet a run is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from auditor.errors import InputError, OptionPlace
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.inventory.inventory_reader import is_collected
from auditor.messages.message import Message, say
from auditor.messages.suggestions import nearest

_TAG: Final = "tag="
_TENANT: Final = "tenant="
_OPTION: Final = OptionPlace("--only")
_NO_ID: Final = say("there is no PBX of this id")


def selected(inventory: Inventory, wanted: Sequence[str]) -> tuple[Pbx, ...]:
    """Return the PBXs that any of the words names: an id, `tag=…` or `tenant=…`; all without one.

    Those that collectors read are audited when their bundles are imported, and never here. Raises
    InputError for a word that names none: a run over nothing looks like one without findings.
    """
    named = {pbx.id for word in wanted for pbx in _named(inventory, word)}
    chosen = [pbx for pbx in inventory.pbxs if not wanted or pbx.id in named]
    found = tuple(pbx for pbx in chosen if not is_collected(pbx))
    if not found:
        raise InputError(
            say("a collector reads what is meant, so there is nothing to audit here"),
            where=_OPTION if wanted else str(inventory.path),
            advice=say("`pbx-auditor fleet import` audits the bundles that it makes"),
        )
    return found


def _named(inventory: Inventory, word: str) -> list[Pbx]:
    kind, mark, value = word.partition("=")
    if not mark:
        found = [pbx for pbx in inventory.pbxs if pbx.id == word]
        known: Iterable[str] = (pbx.id for pbx in inventory.pbxs)
        reason = _NO_ID
    elif word.startswith(_TAG):
        found = [pbx for pbx in inventory.pbxs if value in pbx.tags]
        known = (f"{_TAG}{tag}" for pbx in inventory.pbxs for tag in pbx.tags)
        reason = say("no PBX has this tag")
    elif word.startswith(_TENANT):
        found = [pbx for pbx in inventory.pbxs if pbx.tenant == value]
        known = (f"{_TENANT}{one.id}" for one in inventory.tenants)
        reason = say("no PBX is of a tenant of this id")
    else:
        reason = say("{kind} tells no PBXs apart", kind=f"{kind:.40}")
        raise InputError(reason, where=_OPTION, advice=say("give an id, tag=… or tenant=…"))
    if not found:
        raise _none(reason, word, known, f"{_OPTION} {word:.80}")
    return found


def check_known_pbx(inventory: Inventory, name: str) -> None:
    """Raise InputError if there is no PBX of an id."""
    known = {pbx.id for pbx in inventory.pbxs}
    if name not in known:
        raise _none(_NO_ID, name, known, f"{name:.80}")


def _none(reason: Message, word: str, known: Iterable[str], where: str) -> InputError:
    meant = nearest(word, set(known))
    advice = say("did you mean {name}?", name=meant) if meant else say("check the inventory")
    return InputError(reason, where=where, advice=advice)
