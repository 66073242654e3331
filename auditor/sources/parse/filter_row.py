"""The rows of call filters, in the names that a dialect explains."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from auditor.dialects import FilterRowPlace
from auditor.model.snapshot import FilterRow

_ROW_NUMBER: Final = frozenset("0123456789*#?")


def filter_row(node: Element, place: FilterRowPlace) -> FilterRow | None:
    """Return one row of a call filter; None if it has anything that is not explained."""
    number = node.get(place.number, "")
    following = node.get(place.next, "")
    negated = node.get(place.negated, "")
    columns = {place.number, place.next, place.boolean, place.negated}
    readable = (
        node.tag == place.row
        and not len(node)
        and node.attrib.keys() <= columns
        and following != ""
        and _ROW_NUMBER.issuperset(number)
        and negated in {"", "true", "false"}
    )
    if not readable:
        return None
    return FilterRow(number, following, node.get(place.boolean, ""), negated == "true")
