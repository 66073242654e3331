"""Simulated PBXs in disorder: made at random, with names that break whatever quotes them badly."""

from __future__ import annotations

import random
from dataclasses import replace

from auditor.pbx import crypt
from auditor.simulator.element import Element
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.fixtures.pbx import site_of

PASSWORDS = (None, None, "", "1234", "sommer", "zAq8-vLm2.Zr5+Wk9xY", "hotdesk1")
FLAGS = (None, None, "true", "false")
HOSTILE = (
    '"; import os; os.system("reboot") #',
    "$(reboot) `reboot` %0d%0aX: y",
    "</user></modify><modify><user cn='_ADMIN_' pwd='x'/>",
    "a&amp;b'\"<>\\",
    "{password} %s {0.__class__}",
    "../../etc/passwd C:\\Windows\\x",
    "=HYPERLINK(A1)|cmd",
    "näme \u202e\u2028 ende",
    "--apply x",
    "'''\"\"\"",
)
FILTERS = {
    "intern": [("0", "nok"), ("0110", "ok"), ("0112", "ok")],
    "national": [("0", "ok"), ("000", "nok"), ("00137", "nok"), ("00900", "nok"), ("0118", "nok")],
    "offen": [("0", "ok")],
    "kommend": [("0", "nok")],
}
CHOICES = {
    "internal_filter": "intern",
    "trunk_filter": "kommend",
    "call_filter": "national",
    "diversion_filter": "intern",
}


def messy(seed):
    """Return a PBX in disorder, the same one for the same seed."""
    chance = random.Random(seed)  # noqa: S311 -- the same disorder each time
    config = chance.choice(["insecure", "hardened"])
    pbx = SimulatedPbx.create(config, seed=seed)
    names = list(HOSTILE)
    chance.shuffle(names)
    known = {"hot-desk-base", "temp", "master"}
    objects = []
    for one in pbx.objects:
        changed = _password(pbx, _attributes(_children(one, chance), chance), chance)
        if one.kind not in {"config", "loc"} and one.names["h323"] not in known and names:
            changed = replace(changed, names={**changed.names, "cn": names.pop()})
        objects.append(changed)
    filters = tuple(
        Element(
            "filter",
            {"name": name},
            tuple(Element("sim-row", {"number": number, "next": to}) for number, to in rows),
        )
        for name, rows in FILTERS.items()
    )
    kept = tuple(child for child in pbx.admin.children if child.tag != "filter")
    admin = replace(pbx.admin, children=(*filters, *kept))
    modules = tuple(
        f"PBX0 /sim-regs-without-pwd {chance.randrange(4)}" if line.startswith("PBX0") else line
        for line in pbx.modules
    )
    return replace(pbx, objects=tuple(objects), admin=admin, modules=modules)


def site_for(pbx):
    """Return the site file that fits, with the filters that a plan may assign."""
    site = site_of(pbx.config)
    return site.model_copy(
        update={"remediation": site.remediation.model_copy(update=dict(CHOICES))}
    )


def _attributes(one, chance):
    attributes = dict(one.attributes)
    for name in ("hide", "critical", "phone-config", "rej-ext", "admin", "uclic"):
        _put(attributes, name, chance.choice(FLAGS))
    for name in ("filter", "cd-filter"):
        _put(attributes, name, chance.choice([None, None, *FILTERS]))
    attributes["text"] = chance.choice(HOSTILE)
    return replace(one, attributes=attributes)


def _children(one, chance):
    children = [
        _device(child, chance) if child.tag == "device" else _app(child, chance)
        for child in one.children
    ]
    if not one.kind:
        if chance.random() < 0.3:
            leads = chance.choice(["000491729876543", "00891234", "201"])
            diversion = Element("cd", {"type": "cfu"}, (Element("ep", {"e164": leads}),))
            children.append(diversion)
        if chance.random() < 0.2:
            children.append(Element("fork", {"e164": "001729876543", "mobility": "Mobility"}))
        if chance.random() < 0.3:
            marks = {"presence": "true"} | ({"dialog": "true"} if chance.random() < 0.5 else {})
            children.append(Element("allow", {"name": "@beispiel.example", **marks}))
    return replace(one, children=tuple(children))


def _device(child, chance):
    attributes = dict(child.attributes)
    for name in ("no-filter", "trusted", "tls", "admin"):
        _put(attributes, name, chance.choice(FLAGS))
    attributes["text"] = chance.choice(HOSTILE)
    return replace(child, attributes=attributes)


def _app(child, chance):
    if child.tag != "pseudo" or child.attributes.get("type") != "app":
        return child
    apps = []
    for app in child.children:
        attributes = dict(app.attributes)
        for name in ("admin", "tableusers", "rcc"):
            _put(attributes, name, chance.choice([None, None, "true"]))
        apps.append(replace(app, attributes=attributes))
    return replace(child, children=tuple(apps))


def _password(pbx, one, chance):
    if one.kind in {"config", "loc"}:
        return one
    clear = chance.choice(PASSWORDS if one.names["h323"] != "hot-desk-base" else PASSWORDS[3:])
    return replace(one, password=crypt.encrypt(pbx.key, clear) if clear else None)


def _put(attributes, name, value):
    attributes.pop(name, None)
    if value is not None:
        attributes[name] = value
