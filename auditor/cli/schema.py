"""`pbx-auditor schema`: the published contracts of what the tool writes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from auditor.cli.interaction.console import show_json
from auditor.report.formats.json import schema_text


class SchemaName(StrEnum):
    """What has a published schema."""

    REPORT = "report"
    PLAN = "plan"
    FLEET = "fleet"
    LOOK_BACK = "look-back"
    DIGEST = "digest"


def command(
    name: Annotated[SchemaName, typer.Argument(help="Which schema to print.")],
) -> None:
    """Print a JSON Schema (draft 2020-12)."""
    match name:
        case SchemaName.REPORT:
            show_json(schema_text())
        case SchemaName.PLAN:
            from auditor.remediation.plan import plan_schema  # noqa: PLC0415 -- only for this one

            show_json(plan_schema())
        case SchemaName.FLEET:
            from auditor.fleet.inventory.inventory_document import fleet_schema  # noqa: PLC0415 -- ditto

            show_json(fleet_schema())
        case SchemaName.LOOK_BACK:
            from auditor.fleet.look_back.json_answers import look_back_schema  # noqa: PLC0415 -- ditto

            show_json(look_back_schema())
        case SchemaName.DIGEST:
            from auditor.fleet.outward.digest.digest_schema import digest_schema  # noqa: PLC0415

            show_json(digest_schema())
