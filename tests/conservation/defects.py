"""One defect each: what is done to the healthy PBX so that exactly its controls are violated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from auditor.model.site import Site
from auditor.pbx import crypt
from auditor.simulator.element import Element
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx

Edit = Callable[[SimulatedPbx], SimulatedPbx]
_EVERYBODY = ("0.0.0.0", "0.0.0.0")  # noqa: S104 -- a row of a filter
_SHARED = "xW7-qPz4.Ld9+Ym2kT"
_BASE = "hot-desk-base"
_TEMPLATE = "hot-desk-base-template"
_PLAIN_USER = "k.tessmer"
_OUTSIDE = "001711234567"


def _same(pbx: SimulatedPbx) -> SimulatedPbx:
    return pbx


@dataclass(frozen=True)
class Defect:
    """A defect, the controls that it violates, and what else its evidence holds."""

    name: str
    controls: tuple[str, ...]
    edit: Edit = _same
    lines: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    site: Callable[[Site], Site] | None = None
    pbx_password: str = ""
    text: tuple[str, str] = ("", "")


def _change(h323: str, change: Callable[[SimulatedObject], SimulatedObject]) -> Edit:
    def edit(pbx: SimulatedPbx) -> SimulatedPbx:
        objects = tuple(change(o) if o.names.get("h323") == h323 else o for o in pbx.objects)
        if objects == pbx.objects:
            raise AssertionError(f"nothing changes at {h323}")
        return replace(pbx, objects=objects)

    return edit


def _attributes(h323: str, **values: str | None) -> Edit:
    """Set attributes of an object; None takes one away. An underscore stands for a hyphen."""
    given = {name.replace("_", "-"): value for name, value in values.items()}

    def change(one: SimulatedObject) -> SimulatedObject:
        merged = {**one.attributes, **given}
        return replace(one, attributes={k: v for k, v in merged.items() if v is not None})

    return _change(h323, change)


def _names(h323: str, **values: str) -> Edit:
    return _change(h323, lambda one: replace(one, names={**one.names, **values}))


def _child(h323: str, child: Element) -> Edit:
    return _change(h323, lambda one: replace(one, children=(*one.children, child)))


def _inside(h323: str, tag: str, **values: str) -> Edit:
    """Set attributes of the elements of one tag, at any depth, of an object."""
    given = {name.replace("_", "-"): value for name, value in values.items()}

    def walk(element: Element) -> Element:
        own = {**element.attributes, **given} if element.tag == tag else element.attributes
        return replace(element, attributes=own, children=tuple(map(walk, element.children)))

    return _change(h323, lambda one: replace(one, children=tuple(map(walk, one.children))))


def _password(clear: str | None, *names: str) -> Edit:
    def edit(pbx: SimulatedPbx) -> SimulatedPbx:
        field_ = None if clear is None else crypt.encrypt(pbx.key, clear)
        for name in names:
            pbx = _change(name, lambda one: replace(one, password=field_))(pbx)
        return pbx

    return edit


def _option(old: str, new: str) -> Edit:
    """Replace text in the lines of the modules."""

    def edit(pbx: SimulatedPbx) -> SimulatedPbx:
        modules = tuple(line.replace(old, new) for line in pbx.modules)
        if modules == pbx.modules:
            raise AssertionError(f"no module has {old}")
        return replace(pbx, modules=modules)

    return edit


def _admin(tag: str, change: Callable[[Element], Element], name: str = "") -> Edit:
    def edit(pbx: SimulatedPbx) -> SimulatedPbx:
        children = tuple(
            change(child)
            if child.tag == tag and name in {"", child.attributes.get("name")}
            else child
            for child in pbx.admin.children
        )
        if children == pbx.admin.children:
            raise AssertionError(f"nothing changes at {tag}")
        return replace(pbx, admin=replace(pbx.admin, children=children))

    return edit


def _row(filter_name: str, number: str, to: str) -> Edit:
    """Set, or add, the row of a filter for a number."""

    def change(node: Element) -> Element:
        kept = tuple(c for c in node.children if c.attributes.get("number") != number)
        return replace(node, children=(*kept, Element("sim-row", {"number": number, "next": to})))

    return _admin("filter", change, filter_name)


def _networks(*rows: tuple[str, str]) -> Edit:
    entries = tuple(Element("net", {"addr": addr, "mask": mask}) for addr, mask in rows)
    return _admin("sim-ip-filter", lambda node: replace(node, children=entries))


def _new_object(h323: str, cn: str, e164: str, **attributes: str) -> Edit:
    def edit(pbx: SimulatedPbx) -> SimulatedPbx:
        names = {"cn": cn, "h323": h323, "e164": e164, "node": "root", "loc": "master"}
        secret = crypt.encrypt(pbx.key, "uR5-kMn8.Vb3+Xc7qW1")
        added = SimulatedObject("0f" * 16, names, attributes, (), secret)
        return replace(pbx, objects=(*pbx.objects, added))

    return edit


def _both(*edits: Edit) -> Edit:
    def edit(pbx: SimulatedPbx) -> SimulatedPbx:
        for one in edits:
            pbx = one(pbx)
        return pbx

    return edit


def _open_filter(pbx: SimulatedPbx) -> SimulatedPbx:
    rows = (Element("sim-row", {"number": "0", "next": "ok"}),)
    children = (Element("filter", {"name": "offen"}, rows), *pbx.admin.children)
    return replace(pbx, admin=replace(pbx.admin, children=children))


def _newer_baseline(site: Site) -> Site:
    known = site.model_dump(exclude_none=True)
    return Site.model_validate({**known, "firmware": {"baseline": "13r3 service-release-14"}})


def _parent(h323: str, cn: str) -> Edit:
    """Let a template take values from another one."""
    parent = Element("sim-parent", {"cn": cn})

    def change(one: SimulatedObject) -> SimulatedObject:
        children = tuple(
            replace(child, children=(*child.children, parent)) if child.tag == "pseudo" else child
            for child in one.children
        )
        return replace(one, children=children)

    return _change(h323, change)


_FORK = Element("fork", {"e164": _OUTSIDE, "mobility": "Mobility"})
_DIVERSION = Element("cd", {"type": "cfu"}, (Element("ep", {"e164": _OUTSIDE}),))
_ALLOW = Element("allow", {"name": "@beispiel.example", "presence": "true", "dialog": "true"})
_WEAK_SCRIPT = "config add PHONE SIG /protocol H323/TLS /h323 hot-desk-base /gk-pwd 1234\n"

DEFECTS = (
    Defect("HD-01-weak", ("HD-01",), _password("hotdesk1", _BASE)),
    Defect("HD-01-none", ("HD-01",), _password(None, _BASE)),
    Defect("HD-01-scripted", ("HD-01",), lines=(_WEAK_SCRIPT.strip(),)),
    Defect("HD-01-script-file", ("HD-01",), files={"phones.txt": _WEAK_SCRIPT}),
    Defect("HD-02-everybody", ("HD-02",), _networks(_EVERYBODY)),
    Defect(
        "HD-02-one-more",
        ("HD-02",),
        _networks(("10.20.0.0", "255.255.0.0"), _EVERYBODY),
    ),
    Defect("HD-02-nothing", ("HD-02",), _networks()),
    Defect("HD-03-some", ("HD-03",), _option("/sim-regs-without-pwd 0", "/sim-regs-without-pwd 3")),
    Defect("HD-04-seen", ("HD-04",), _attributes(_BASE, hide=None)),
    Defect("HD-04-false", ("HD-04",), _attributes(_BASE, hide="false")),
    Defect("HD-05-own", ("HD-05",), _attributes(_BASE, filter="national")),
    Defect("HD-05-inherited", ("HD-05",), _attributes(_TEMPLATE, filter="national")),
    Defect("HD-05-row", ("HD-05",), _row("intern", "01", "ok")),
    Defect("HD-06-own", ("HD-06",), _attributes(_BASE, cd_filter="national")),
    Defect("HD-07-other-id", ("HD-07",), _inside("m.schaefer", "device", hw="mschaefer")),
    Defect("HD-08-parent", ("HD-08",), _parent(_TEMPLATE, "Config User")),
    Defect("HD-09-blocked", ("HD-09",), _row("intern", "0112", "nok")),
    Defect("HD-10-temp", ("HD-10",), _new_object("temp", "Temp", "#11", hide="true")),
    Defect("HD-11-number", ("HD-11",), _names(_BASE, e164="190")),
    Defect("HD-12-not-stored", ("HD-12",), _attributes(_TEMPLATE, phone_config=None)),
    Defect("HD-12-false", ("HD-12",), _attributes(_BASE, phone_config="false")),
    Defect("HD-13-licence", ("HD-13",), _attributes(_BASE, uclic="true")),
    Defect("HD-13-app", ("HD-13",), _attributes(_BASE, apps="phone,users")),
    Defect("HD-13-inherited", ("HD-13",), _attributes(_TEMPLATE, uclic="true")),
    Defect("HD-14-shared", ("HD-14", "PBX-04"), _password(_SHARED, _BASE, _PLAIN_USER)),
    Defect("HD-15-exempt", ("HD-15", "PBX-06"), _inside(_BASE, "device", no_filter="true")),
    Defect("HD-15-hot-desk", ("HD-15", "PBX-06"), _inside("a.celik", "device", no_filter="true")),
    Defect(
        "HD-16-proxied", ("HD-16", "PBX-08"), _inside(_BASE, "device", trusted="true", tls="false")
    ),
    Defect("PBX-17-twice", ("PBX-17",), _inside(_PLAIN_USER, "device", hw="0090334a1101")),
    Defect("PBX-17-other-name", ("PBX-17",), _inside(_PLAIN_USER, "device", hw="s.baecker")),
    Defect(
        "PBX-02-user",
        ("PBX-02",),
        _both(_password(None, _PLAIN_USER), _inside(_PLAIN_USER, "device", tls="false")),
    ),
    Defect("PBX-02-trunk", ("PBX-02",), _password(None, "trunk-telefonie")),
    Defect("PBX-03-weak", ("PBX-03",), _password("sommer2024", _PLAIN_USER)),
    Defect("PBX-04-shared", ("PBX-04",), _password(_SHARED, _PLAIN_USER, "s.baecker")),
    Defect("PBX-05-weak", ("PBX-05",), pbx_password="sommer2024"),
    Defect("PBX-06-exempt", ("PBX-06",), _inside(_PLAIN_USER, "device", no_filter="true")),
    Defect("PBX-07-plain", ("PBX-07", "PBX-08"), _inside("c.suess", "device", tls="false")),
    Defect("PBX-09-device", ("PBX-09",), _inside(_PLAIN_USER, "device", admin="true")),
    Defect("PBX-14-admin", ("PBX-14",), _attributes(_PLAIN_USER, admin="true")),
    Defect("PBX-14-inherited", ("PBX-14",), _attributes(_PLAIN_USER, config="Config Admin")),
    Defect("PBX-15-seen", ("PBX-15",), _attributes("trunk-telefonie", hide=None)),
    Defect("PRV-01-domain", ("PRV-01",), _child("config-user", _ALLOW)),
    Defect("PRV-01-user", ("PRV-01",), _child(_PLAIN_USER, _ALLOW)),
    Defect("APP-03-rcc", ("APP-03",), _inside("devices", "app", rcc="true")),
    Defect("APP-04-seen", ("APP-04",), _attributes("devices", hide=None)),
    Defect("APP-04-weak", ("APP-04",), _password("devices1", "devices")),
    Defect(
        "TRK-01-open",
        ("TRK-01", "TRK-05"),
        _both(_open_filter, _attributes(_PLAIN_USER, filter="offen")),
    ),
    Defect("TRK-01-none", ("TRK-01",), _attributes("config-user", filter=None)),
    Defect("TRK-02-none", ("TRK-02",), _attributes("config-user", cd_filter=None)),
    Defect(
        "TRK-02-own", ("TRK-02",), _both(_open_filter, _attributes("s.uemit", cd_filter="offen"))
    ),
    Defect(
        "TRK-03-outside",
        ("TRK-03",),
        _both(
            _open_filter,
            _attributes(_PLAIN_USER, cd_filter="offen"),
            _child(_PLAIN_USER, _DIVERSION),
        ),
    ),
    Defect(
        "TRK-04-outside",
        ("TRK-04",),
        _both(
            _open_filter, _attributes(_PLAIN_USER, cd_filter="offen"), _child(_PLAIN_USER, _FORK)
        ),
    ),
    Defect("TRK-05-costly", ("TRK-05",), _row("national", "00900", "ok")),
    Defect("TRK-06-open", ("TRK-06",), _attributes("trunk-telefonie", filter=None)),
    Defect("TRK-08-accepts", ("TRK-08",), _attributes(_BASE, rej_ext=None)),
    Defect("FW-01-older", ("FW-01",), site=_newer_baseline),
    Defect("FW-03-plain", ("FW-03",), text=("/url https", "/url http")),
    Defect("LOG-02-off", ("LOG-02",), _option(" /sim-administration", "")),
    Defect(
        "LOG-03-nowhere",
        ("LOG-03",),
        _option("/sim-forward-server 10.20.0.30", "/sim-forward-server none"),
    ),
    Defect("LOG-04-none", ("LOG-04",), _option("/sim-server 10.20.0.31", "/sim-server off")),
    Defect(
        "PRV-02-shown",
        ("PRV-02",),
        _option("SIM-PHONE0 /sim-hide-private", "SIM-PHONE0 /sim-hide-private false"),
    ),
    Defect("RPX-02-off", ("RPX-02",), _option("/sim-suspicious 20", "/sim-suspicious 0")),
    Defect(
        "RPX-03-plain",
        ("RPX-03",),
        _option("/sim-log-rejected", "/sim-log-rejected /sim-plain-ports 80"),
    ),
    Defect("RPX-04-silent", ("RPX-04",), _option(" /sim-log-rejected", "")),
    Defect(
        "RPX-05-published",
        ("RPX-05",),
        _option("/sim-paths ", "/sim-paths pbx.example.com/PBX0/ADMIN,"),
    ),
    Defect(
        "RPX-06-unchecked",
        ("RPX-06",),
        _option(" /sim-check-certificate", " /sim-check-certificate false"),
    ),
    Defect(
        "SVC-01-published",
        ("SVC-01",),
        _option("/sim-guest-password zAq8-vLm2.Zr5", "/sim-guest-password ipxxx"),
    ),
    Defect("SVC-02-writes", ("SVC-02",), _option("/sim-force-tls", "/sim-force-tls /sim-write")),
    Defect("SVC-03-plain", ("SVC-03",), _option("/sim-force-tls", "/sim-force-tls false")),
    Defect(
        "SVC-04-everybody",
        ("SVC-04",),
        _option("SIM-LDAP0", "SIM-LDAP0 /sim-networks 0.0.0.0/0.0.0.0"),
    ),
    Defect(
        "SVC-06-public",
        ("SVC-06",),
        _option("/sim-community zAq8-vLm2.Zr5", "/sim-community public"),
    ),
    Defect(
        "SVC-07-everybody",
        ("SVC-07",),
        _option(
            "/sim-trap /sim-networks 10.20.0.0/255.255.0.0",
            "/sim-trap /sim-networks 0.0.0.0/0.0.0.0",
        ),
    ),
    Defect("SVC-08-silent", ("SVC-08",), _option("/sim-trap", "/sim-trap false")),
    Defect("ADM-04-never", ("ADM-04",), _option("/sim-logout 10", "/sim-logout 0")),
    Defect("ADM-06-native", ("ADM-06",), _option("/sim-no-native", "/sim-no-native false")),
    Defect("PBX-01-unknown", ("PBX-01",), _option("/sim-unknown false", "/sim-unknown true")),
    Defect("PBX-10-short", ("PBX-10",), _option("/sim-length 14", "/sim-length 6")),
    Defect("PBX-11-off", ("PBX-11",), _option("/sim-two-factor", "/sim-two-factor false")),
    Defect("SVC-05-old", ("SVC-05",), _option("/sim-enable", "/sim-enable /sim-v1")),
    Defect("LOG-01-off", ("LOG-01",), _option("/sim-log SYSLOG", "/sim-log OFF")),
    Defect("TRK-07-outside", ("TRK-07",), _option("/sim-inside", "/sim-inside false")),
    Defect("TRK-09-free", ("TRK-09",), _option(" /sim-no-transfer", "")),
    Defect("TLS-04-plain", ("TLS-04",), _option("/sim-srtp", "/sim-srtp false")),
    Defect("TLS-05-plain", ("TLS-05",), _option("/sim-tls", "/sim-tls false")),
    Defect(
        "PBX-13-set", ("PBX-13",), _option("/sim-length", "/sim-import-password Start1 /sim-length")
    ),
    Defect("BAK-02-standard", ("BAK-02",), files={"cfg-standard.txt": "config change CMD0\n"}),
)
