"""Tells the story of `story.toml` to the command line, and reads what it says afterwards."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from auditor.fleet.runner import auditing
from auditor.run import clock
from tests.fixtures.pbx import PBX_PASSWORD
from tests.fleet.runner.conftest import box
from tests.fleet.story import world

STORY = tomllib.loads(Path(__file__).with_name("story.toml").read_text("utf-8"))
NIGHTS = range(1, 11)
STAYS = {
    "evidence": [],
    "site": [],
    "waivers": [],
    "rules": "",
    "profile": "",
    "file": "cfg.txt",
    "folder": "tonight",
    "box": 0,
    "kind": "configuration",
    "name": "",
    "serial": "",
    "max_age": "",
    "pattern": False,
    "absent": False,
    "tool": "",
    "state": "never",
}
PASSING = {"passed", "not-applicable", "manual"}


class Clock(datetime):
    """A clock that stands where a test puts it."""

    moment = datetime(2027, 1, 14, 2, tzinfo=UTC)

    @classmethod
    def now(cls, tz=None):
        return cls.moment.astimezone(tz)


def at(night, **more):
    return datetime.combine(world.day(night), time(2), UTC) + timedelta(**more)


def set_clock(monkeypatch):
    for module in (clock, auditing):
        monkeypatch.setattr(module, "datetime", Clock)


class Told:
    """What one PBX is on a night, and what is expected of it."""

    def __init__(self, told, number):
        self.id, self.tenant = told["id"], told["id"].partition("-")[0]
        self.who = world.TENANTS[self.tenant]
        self.number = number
        self.nights = {one["on"]: one for one in told["night"]}
        self.history = told.get("history", {})
        self.company = told.get("with", "")
        self.now = dict(STAYS)
        self.expected = {}

    def begin(self, night):
        """Take up a night."""
        if night not in self.nights and self.expected.get("ending", "audited") != "audited":
            # What cannot be read stays so until a night says otherwise.
            self.expected = {**self.expected, "changes": []}
            return
        given = self.nights.get(night, {})
        self.now |= {key: value for key, value in given.items() if key in STAYS}
        self.expected = {
            "ending": given.get("ending", "audited"),
            "code": given.get("code", 0),
            "state": self.now["state"],
            "changes": given.get("changes", []),
            "rebind": given.get("rebind", False),
        }
        unknown = given.keys() - STAYS.keys() - self.expected.keys() - {"on"}
        assert not unknown, unknown


class Teller:
    """A fleet whose nights are told."""

    def __init__(self, path, console, pbxs):
        self.path, self.console, self.pbxs = path, console, pbxs
        self.versions = {}
        self.head = '[fleet]\nname = "Systemhaus"\n'
        self.zones: dict[str, str] = {}
        self.tenants = dict.fromkeys(one.tenant for one in pbxs)
        self.names = {one: f"{world.TENANTS[one]} GmbH" for one in self.tenants}
        path.chmod(0o700)
        console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
        console.setenv("COLUMNS", "200")

    def write(self, night):
        """Write inventory, evidence and papers of a night."""
        blocks = [self.head, '[defaults]\nmax_age = "30d"\n']
        for tenant in self.tenants:
            zone = self.zones.get(tenant, "UTC")
            blocks += ["[[tenant]]", f'id = "{tenant}"', f'name = "{self.names[tenant]}"']
            blocks += [f'time_zone = "{zone}"', ""]
        for one in self.pbxs:
            one.begin(night)
            if not one.now["absent"]:
                blocks.append(self._block(one))
        (self.path / "fleet.toml").write_text("\n".join(blocks), encoding="utf-8")

    def _block(self, one):
        now, root = one.now, self.path / one.who / one.id
        shutil.rmtree(root, ignore_errors=True)
        folder = root / now["folder"]
        folder.mkdir(parents=True)
        self._evidence(one, folder)
        site = world.site(one.who, [edit for edit in now["site"] if edit != "broken"])
        (root / "site.toml").write_text("[" if "broken" in now["site"] else site, "utf-8")
        target = root / "night-*" if now["pattern"] else folder
        keys = {
            "id": one.id,
            "tenant": one.tenant,
            "target": str(target.relative_to(self.path)),
            "site": f"{one.who}/{one.id}/site.toml",
            "tags": ["all"],
        }
        if now["waivers"]:
            (root / "waivers.toml").write_text(world.waivers(one.who, now["waivers"]), "utf-8")
            keys["waivers"] = f"{one.who}/{one.id}/waivers.toml"
        if now["rules"]:
            rule = root / "rules/own/ZZ-01-own.toml"
            rule.parent.mkdir(parents=True)
            rule.write_text(world.RULES[now["rules"]], "utf-8")
            keys["rules"] = [f"{one.who}/{one.id}/rules"]
        for key in ("name", "profile", "max_age"):
            if now[key]:
                keys[key] = now[key]
        if now["serial"]:
            own = box(self._number(one), "hardened").box.serial
            keys["serial"] = own if now["serial"] == "own" else now["serial"]
        return "\n".join(["[[pbx]]", *(f"{key} = {json.dumps(v)}" for key, v in keys.items()), ""])

    def _number(self, one):
        return one.now["box"] or one.number

    def _evidence(self, one, folder):
        kind, edits = one.now["kind"], one.now["evidence"]
        if "nothing" in edits:
            return
        if kind == "snapshot":
            content = world.snapshot(self._number(one), one.who, edits, folder)
            (folder / "snapshot.json").write_bytes(content)
        elif kind == "objects":
            content = world.objects_only(self._number(one), one.who, edits)
            (folder / "objects.xml").write_bytes(content)
        else:
            content = world.evidence(self._number(one), one.who, edits)
            (folder / one.now["file"]).write_bytes(content)

    def rebind(self):
        for one in self.pbxs:
            if one.expected["rebind"]:
                assert self.console("fleet", "rebind", one.id).code == 0

    def json(self, *arguments):
        ended = self.console("fleet", *arguments, "--format", "json")
        assert ended.code in {0, 1, 4}, ended.said
        return json.loads(ended.out)

    def drift(self, run=None):
        """Return the changes of a run and after, by PBX."""
        found = self.json("drift", *(("--since", str(run)) if run else ()))
        return changes_by_pbx(found)


def changes_by_pbx(document):
    found: dict[str, list] = {}
    for one in document["changes"]:
        found.setdefault(one["pbx"], []).append(one)
    return found


def line(change):
    """Return a change as the story writes it, without the subject."""
    cause = "+".join([change["cause"], *change["also"]])
    return f"{change['before'] or '-'} {change['after']} {cause}"


def is_meant(told, change):
    """Return whether a line of the story is about a change."""
    control, rest = told.split(" ", 1)
    control, _, subject = control.partition(":")
    pattern = re.escape(control).replace(r"\*", ".*")
    if rest != line(change) or not re.fullmatch(pattern, change["control"]):
        return False
    about = change.get("subject") or {}
    if "*" in told:
        return True
    named = " ".join([*map(str, about.values()), change.get("property") or ""]).lower()
    return bool(subject) == bool(change["key"]) and subject.lower() in named


def compared(told, changes):
    """Return what was told and did not happen, and what happened and was not told."""
    left = [
        one
        for one in changes
        if one["key"] or one["before"] is not None or one["after"] not in PASSING
    ]
    missing = []
    # What names one change comes first, so that no line with a star takes it.
    for text in sorted(told, key=lambda text: "*" in text):
        meant = [one for one in left if is_meant(text, one)]
        if not meant or ("*" not in text and len(meant) != 1):
            missing.append(text)
        left = [one for one in left if one not in meant]
    shown = [
        f"{one['control']}:{(one['subject'] or {}).get('name', '')}:{one['property']} {line(one)}"
        for one in left
    ]
    return {"told, but did not happen": missing, "happened, but was not told": shown}
