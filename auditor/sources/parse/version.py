"""The version text of a box, which `box_info.xml` and SOAP `Version` show alike."""

from __future__ import annotations

from auditor.model.snapshot import Box


def read_version_text(text: str, serial: str) -> Box:
    """Return the box that `<firmware> <product>[<build>]…` describes (wire facts 5 and 18)."""
    label = text.partition("[")[0].strip()
    product = label.split()[-1] if label else ""
    return Box("", product, label.removesuffix(product).strip(), serial)
