"""`make fleet-demo`: two nights of a simulated fleet, and what reaches people in the mornings.

Twelve simulated PBXs of three tenants answer on this computer, and a mail server beside them takes
what is sent. Nothing leaves the computer. `python -m tests.fleet.demo FOLDER` writes it all there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.cli.app import run
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.fixtures.receivers import Mailbox, Trusted, mail_server

TENANTS = {"alpen": "de", "city": "en", "donau": "de"}
PLACES = ("graz", "wien", "linz", "enns")
# How the first night finds them; the second finds what is otherwise.
INSECURE = frozenset({"alpen-graz", "city-linz", "donau-enns"})
MENDED, SPOILT, SILENT, REPLACED = "alpen-graz", "city-wien", "donau-linz", "city-enns"
CODES = {0, 1, 3, 4}  # of a night: what is new, and that not everybody was reached


class Box:
    """A simulated PBX at one address, whatever is behind it."""

    def __init__(self, stack, number, config, login):
        self._stack, self._number, self._login = stack, number, login
        self._serial, self._port, self._server = number, 0, None
        self.become(config)

    def become(self, config, serial=None):
        """Let another configuration, or another box, answer from now on."""
        self.hang_up()
        self._serial = serial or self._serial
        username, password, pbx_password = self._login
        made = SimulatedPbx.create(
            config, pbx_password, seed=self._number, passwords={"viewer": password}
        )
        accounts = tuple(
            replace(one, username=username) if one.role == "viewer" else one
            for one in made.accounts
        )
        box = replace(made.box, serial=f"00903300{self._serial:04x}")
        pbx = replace(made, box=box, accounts=accounts)
        self._server = SimulatorServer(pbx, port=self._port)
        self._server.__enter__()
        self._stack.callback(self.hang_up)
        self._port, self.site = int(self._server.url.rpartition(":")[2]), pbx.site

    @property
    def url(self):
        return self._server.url

    def hang_up(self):
        if self._server is not None:
            self._server.__exit__(None, None, None)
        self._server = None


def inventory(boxes, mail, ca_file):
    """Return an inventory of the boxes, and of who is told what."""
    yield '[fleet]\nname = "Demo"\nevery = "24h"'
    yield '[defaults.credentials]\nusername_env = "FLEET_DEMO_USERNAME"'
    yield 'password_file = "private/password"\npbx_password_file = "private/pbx-password"'
    for tenant, language in TENANTS.items():
        yield f'[[tenant]]\nid = "{tenant}"\nlanguage = "{language}"'
    for name, box in boxes.items():
        site = f'site = "{"insecure" if name in INSECURE else "hardened"}.toml"'
        yield f'[[pbx]]\nid = "{name}"\ntenant = "{name.partition("-")[0]}"'
        yield f'target = "{box.url}"\n{site}'
    for name in ("operator", *TENANTS):
        tenants = '"all"' if name == "operator" else f'["{name}"]'
        yield f'[[recipient]]\nid = "{name}"\ntenants = {tenants}\nchannel = "mail"'
        yield f'to = ["{name}@demo.example"]\nsender = "pbx-auditor@demo.example"'
        yield f"server = \"{mail}\"\nca_file = '{ca_file}'"


@contextmanager
def fleet(folder, places):
    """Let all PBXs and the mail server answer; give boxes by name, and the mailbox."""
    login = ("auditor", secrets.token_urlsafe(12), secrets.token_urlsafe(12))
    os.environ["FLEET_DEMO_USERNAME"] = login[0]
    (folder / "private").mkdir(0o700)
    for name, text in (("password", login[1]), ("pbx-password", login[2])):
        path = folder / "private" / name
        path.touch(0o600)
        path.write_text(text, encoding="utf-8")
    names = [f"{tenant}-{place}" for tenant in TENANTS for place in places]
    trusted, mailbox = Trusted(folder / "private"), Mailbox()
    with ExitStack() as stack:
        boxes = {
            name: Box(stack, number, "insecure" if name in INSECURE else "hardened", login)
            for number, name in enumerate(names, start=1)
        }
        address = stack.enter_context(mail_server(mailbox, trusted.server()))
        for name in ("insecure", "hardened"):
            shutil.copy(SimulatedPbx.create(name).site, folder / f"{name}.toml")
        text = "\n".join(inventory(boxes, address, trusted.ca_file)) + "\n"
        (folder / "fleet.toml").write_text(text, encoding="utf-8")
        yield boxes, mailbox


def changed(boxes):
    """Let the second night find something else, of those that are there."""
    for name, change in (
        (MENDED, lambda box: box.become("hardened")),
        (SPOILT, lambda box: box.become("insecure")),
        (SILENT, Box.hang_up),
        (REPLACED, lambda box: box.become("hardened", serial=4711)),
    ):
        if name in boxes:
            change(boxes[name])


def morning(folder, mailbox, day):
    """Audit, and do what a schedule does after it; return the exit codes."""
    file, got = str(folder / "fleet.toml"), len(mailbox.got)
    textfile = str(folder / "metrics" / f"{day}.prom")
    codes = [
        run(["fleet", *words])
        for words in (
            ["run", file, "--today", day],
            ["page", file, "--today", day, "--reports", "needing", "--quiet"],
            ["digest", file, "--today", day, "--quiet"],
            ["metrics", file, "--today", day, "--textfile", textfile],
            ["status", file, "--today", day],
        )
    ]
    for number, (_, to, content) in enumerate(mailbox.got[got:], start=1):
        mail = folder / "mail" / f"{day}-{number}-{to[0].partition('@')[0]}.eml"
        mail.parent.mkdir(exist_ok=True)
        mail.write_bytes(content)
    return codes


def tell(folder, places=PLACES):
    """Make the demonstration in an empty folder; return the exit codes of both mornings."""
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=1)).isoformat(), today.isoformat()]
    with fleet(folder, places) as (boxes, mailbox):
        codes = [morning(folder, mailbox, days[0])]
        changed(boxes)
        codes.append(morning(folder, mailbox, days[1]))
    return codes


def main(folder):
    if folder.exists():
        # Only what an earlier demonstration left.
        assert (folder / "fleet.toml").exists(), f"{folder} is not empty"
        shutil.rmtree(folder)
    folder.mkdir(0o700, parents=True)
    codes = tell(folder.absolute())
    what = ("fleet.toml", "reports/index.html", "mail", "metrics", "history.db")
    sys.stdout.write("\n".join([f"\nTwo nights are in {folder}:", *what, ""]))
    return 0 if all(of_run in CODES and not any(rest) for of_run, *rest in codes) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
