"""What a collector is told of itself, and what is told of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from auditor.fleet.look_back.text_table import TextColumn, TextTable, lines
from auditor.fleet.store.collectors import Collector
from auditor.messages.message import say
from auditor.report.formats.terminal_style import Look
from auditor.report.handover.signing import PrivateKey, fingerprint_of, key_line

# So much of a fingerprint is enough to tell keys apart.
_SHOWN: Final = 16


def key_paper(name: str, tenant: str, key: PrivateKey) -> str:
    """Return the table for the inventory of a collector, and its key on a line of its own."""
    return (
        "# Into the fleet.toml where its PBXs are reached:\n"
        "[collector]\n"
        f'name = "{name}"\n'
        f'tenant = "{tenant}"\n'
        f'key_file = "{name}.key"\n'
        f"# Into {name}.key beside it, which nobody else may read:\n"
        f"{key_line(key)}"
    )


def collector_table(collectors: Sequence[Collector], look: Look) -> str:
    """Return a table of collectors."""
    columns = [
        TextColumn(say("Collector"), 12),
        TextColumn(say("Tenant"), 8),
        TextColumn(say("Key")),
        TextColumn(say("Last bundle"), right=True),
        TextColumn(say("Run"), right=True),
        TextColumn(say("State")),
    ]
    rows = [
        (
            one.name,
            one.tenant,
            fingerprint_of(one.public_key)[:_SHOWN],
            str(one.sequence or ""),
            str(one.run or ""),
            say("revoked") if one.revoked else say("in use"),
        )
        for one in collectors
    ]
    return "\n".join(lines(TextTable(columns, rows), look))
