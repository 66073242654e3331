"""The titles of the controls of a fleet: those of a customer's own are that customer's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.errors import AuditorError
from auditor.fleet.inventory.inventory_model import Inventory
from auditor.messages.both import Both
from auditor.messages.titles import Title, titled
from auditor.model.rule import RuleDocument
from auditor.model.vocabulary import Status
from auditor.rules.rule_documents import bundled_rules

if TYPE_CHECKING:
    from auditor.fleet.inventory.policy_documents import KeptCatalogues
    from auditor.rules.catalogue import Catalogue


class TitleFinder:
    """Finds titles by PBX and control; site files are read only for what no bundled control is."""

    def __init__(self, inventory: Inventory) -> None:
        self._pbxs = {pbx.id: pbx for pbx in inventory.pbxs}
        self._bundled = bundled_rules()
        self._catalogue_of: KeptCatalogues | None = None
        self._own: dict[str, Catalogue | None] = {}

    def __call__(self, pbx: str, control: str, outcome: Status) -> Title:
        """Return the title for an outcome; the id of a control that is not there any more."""
        found = self._document(pbx, control)
        if found is None:
            return Both(control, control)
        return titled(found, outcome, found.de)

    def area(self, pbx: str, control: str) -> str:
        """Return the area of a control, empty if nobody knows the control any more."""
        found = self._document(pbx, control)
        return found.area if found is not None else ""

    def _document(self, pbx: str, control: str) -> RuleDocument | None:
        return self._bundled.get(control) or self._own_control(pbx, control)

    def _own_control(self, pbx: str, control: str) -> RuleDocument | None:
        if pbx not in self._own:
            self._own[pbx] = self._read(pbx)
        catalogue = self._own[pbx]
        return catalogue.rules.get(control) if catalogue is not None else None

    def _read(self, pbx: str) -> Catalogue | None:
        """Return the controls of a PBX, None if its papers cannot be read: the run says why."""
        known = self._pbxs.get(pbx)
        if known is None:
            return None
        from auditor.fleet.inventory.policy_documents import KeptCatalogues  # noqa: PLC0415 -- checks, too
        from auditor.site.site_file import load_site_file  # noqa: PLC0415 -- few have controls

        self._catalogue_of = self._catalogue_of or KeptCatalogues()
        try:
            return self._catalogue_of(load_site_file(known.site).site, known.rules)
        except AuditorError:
            return None
