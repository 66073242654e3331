"""In which attributes and parts two documents show one object differently."""

from __future__ import annotations

from auditor.model.snapshot import CONTENT, PbxObject


def differing_parts(first: PbxObject, second: PbxObject) -> set[str]:
    """Return the attributes and parts that both documents show, and show differently.

    Of a pseudo element, a list page shows the kind alone. A name that is not there is not said.
    """
    is_whole = first.shows(CONTENT) and second.shows(CONTENT)
    parts: dict[str, tuple[object, object]] = {
        "cn": (first.cn or second.cn, second.cn or first.cn),
        "h323": (first.h323, second.h323),
        "e164": (first.e164, second.e164),
        "pseudo": (
            (pseudo_of(first), pseudo_of(second)) if is_whole else (first.kind, second.kind)
        ),
        "config": (first.templates, second.templates),
        "devices": (first.devices, second.devices),
        "forks": (first.forks, second.forks),
        "cds": (first.diversions, second.diversions),
        "allows": (first.allowances, second.allowances),
    }
    for name in {*first.attributes, *second.attributes} - {"config"}:
        parts[name] = (first.attributes.get(name), second.attributes.get(name))
    return {
        name
        for name, (one, other) in parts.items()
        if one != other and first.shows(name) and second.shows(name)
    }


def pseudo_of(candidate: PbxObject) -> tuple[object, ...]:
    """Return all that the pseudo element of an object shows."""
    return candidate.kind, candidate.leads, candidate.rights, candidate.unexplained
