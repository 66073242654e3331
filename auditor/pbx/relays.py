"""Which objects pass calls on by themselves, as number maps do."""

from __future__ import annotations

from typing import Final

from auditor.model.snapshot import (
    APP_KIND,
    CONTENT,
    GATEWAY_KIND,
    MAP_KIND,
    TEMPLATE_KIND,
    TRUNK_KIND,
    USER_KINDS,
    Lead,
    PbxObject,
)

# Kinds that pass no call on by what stands inside them: people, exits, and what is never called.
_WITHOUT_LEADS: Final = frozenset(
    {*USER_KINDS, TRUNK_KIND, GATEWAY_KIND, APP_KIND, TEMPLATE_KIND, "bool"}
)
_NOT_READ: Final = (Lead("", ""),)


def leads_of(member: PbxObject) -> tuple[Lead, ...]:
    """Return where an object passes calls on.

    A map passes them on, wherever that is; so may others of which the inside was not shown.
    """
    is_hidden = member.kind not in _WITHOUT_LEADS and not member.shows(CONTENT)
    return member.leads or (_NOT_READ if is_hidden or member.kind == MAP_KIND else ())
