"""Whose report it is: the part of `report.json`, version 1, that a branding file fills."""

from __future__ import annotations

from dataclasses import field

from auditor.values.frozen import frozen


@frozen
class BrandedParty:
    """The partner or the customer of a handover; `logo` is a data URL, empty without one."""

    name: str
    contact: str = ""
    address: str = ""
    logo: str = ""


@frozen
class AgreedPoint:
    """Who closes an open point by when, as far as that was agreed; `due` is a date or empty."""

    owner: str = ""
    due: str = ""
    note: str = ""


@frozen
class Branding:
    """Whose report it is and for whom, as the branding file said; `open_points` by control.

    `disclaimer_de` is the disclaimer for who reads German; where one of both is empty, the other
    one stands in each language.
    """

    partner: BrandedParty
    customer: BrandedParty
    project: str = ""
    site: str = ""
    disclaimer: str = ""
    disclaimer_de: str = ""
    accent: str = ""
    accent_dark: str = ""
    open_points: dict[str, AgreedPoint] = field(default_factory=dict)
