"""What may be said where PBXs are only read; nothing but the reading of an inventory uses this."""

from __future__ import annotations

from auditor.fleet.inventory.allowed_values import Id, Path, Text, Variable
from auditor.model.base import Document
from auditor.model.site import KeyringEntry


class CollectorTable(Document):
    """Who collects here, for which tenant, and where its bundles go.

    What its key, its token or a secret address is stands elsewhere: here is where it is found.
    """

    name: Id
    tenant: Text
    key_env: Variable | None = None
    key_file: Path | None = None
    key_command: list[Path] | None = None
    key_keyring: KeyringEntry | None = None
    push: Text | None = None
    push_env: Variable | None = None
    token_env: Variable | None = None
    token_file: Path | None = None
    token_command: list[Path] | None = None
    token_keyring: KeyringEntry | None = None
    ca_file: Path | None = None
    ssh_config: Path | None = None
