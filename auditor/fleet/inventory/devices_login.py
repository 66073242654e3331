"""The table `devices` of an inventory: how whoever reads boxes through Devices logs in there."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.files.toml_writing import Value
from auditor.fleet.inventory.blocks import BlockValues, path_for
from auditor.model.site import DevicesLogin, Site
from auditor.site.credentials import DEVICES_PASSWORD
from auditor.site.secret_files import is_handed_over
from auditor.site.secrets import trust_of_devices


def login_table(site: Site, login_domain: str, out: Path | None) -> BlockValues:
    """Return the login of a site file as the table of an inventory, without a domain.

    It names places, never secrets; without any, the usual variable. Paths of a site file are taken
    from where the program was started, those of an inventory from the folder of the file, `out`.
    """
    said = site.devices or DevicesLogin()
    table: dict[str, Value] = {"login_domain": login_domain} if login_domain else {}
    table |= _place(said, out)
    trust = trust_of_devices(site)
    if trust.fingerprint:
        table["tls"] = {"fingerprint": trust.fingerprint}
    elif trust.ca_file:
        table["tls"] = {"ca_file": path_for(Path(trust.ca_file), out), "mac": trust.mac}
    return table


def _place(said: DevicesLogin, out: Path | None) -> BlockValues:
    if said.password_file:
        file = said.password_file
        return {"password_file": file if is_handed_over(file) else path_for(Path(file), out)}
    if said.password_command:
        program, *arguments = said.password_command
        if os.path.basename(program) != program:  # noqa: PTH119 -- a name without a folder
            program = path_for(Path(program), out)
        return {"password_command": [program, *arguments]}
    if said.password_keyring is not None:
        return {"password_keyring": said.password_keyring.model_dump()}
    return {"password_env": said.password_env or DEVICES_PASSWORD}
