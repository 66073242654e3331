"""What the simulated PBX answers: `cfg.txt` and the XML of its pages and of SOAP `Admin`.

Shapes follow innovaphone's published samples; the names that are not public are those of
`auditor/dialects/simulated.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from auditor.pbx import crypt
from auditor.simulator.element import Element
from auditor.simulator.simulated_pbx import SimulatedBox, SimulatedObject, SimulatedPbx

MASK: Final = "********"
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>'
_OBJECTS: Final = "mod cmd FLASHDIR0 add-item 101 "
_CALLS: Final = "mod cmd FLASHDIR0 add-item 104 "
_MAX_NESTING: Final = 2
_LICENCES: Final = (
    *("uclic", "mypbx", "reporting", "fax", "voicemail", "mobility", "video", "app-sharing"),
)
_UNLICENSED_NAME: Final = {"uclic": "uc"}
_UPDATE_URL: Final = "https://ap.example.com/update"


def configuration(
    pbx: SimulatedPbx, download: int, *, objects: bool = True, items: bytes | None = None
) -> bytes:
    """Return `cfg.txt`. `download` counts the downloads: some lines differ in each of them.

    `items` are the lines of the objects if they were written before (`object_lines`).
    """
    head = _ended([*_header(pbx.box), *_modules(pbx, download), *_variables(pbx, download)])
    if not objects:
        return head
    tail = _ended([_admin_item(pbx), *_call_list(pbx, download)])
    return b"".join([head, object_lines(pbx) if items is None else items, tail])


def object_lines(pbx: SimulatedPbx) -> bytes:
    """Return the lines of all objects, which are the same in each download."""
    return _ended(map(_item, pbx.objects))


def _ended(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def box_info(box: SimulatedBox, *, reset_required: bool = False) -> bytes:
    """Return `box_info.xml`."""
    attributes = {
        "version": box.version,
        "serial": box.serial,
        "name": box.name,
        "temp": "41",
        "sync": "-",
        "reset-required": str(reset_required).lower(),
    }
    return page([Element("sys", attributes)])


def page(children: Iterable[Element], attributes: Mapping[str, str] | None = None) -> bytes:
    """Return an XML page with these children and attributes of its root."""
    root = Element("info", attributes or {}, tuple(children))
    return f"{_DECLARATION}{root.to_text()}\r\n".encode()


def list_page(pbx: SimulatedPbx) -> bytes:
    """Return the object list: names of all objects, sorted by long name."""
    return page(map(summary, pbx.ordered("cn")))


def licences(pbx: SimulatedPbx) -> list[Element]:
    """Return the rows of the licence page."""
    return [Element("lic", row) for row in pbx.licences]


def registrations(pbx: SimulatedPbx, name: str) -> list[Element]:
    """Return the registered devices of all objects, or of the one with that name."""
    return [
        Element("reg", {"cn": one.cn, "pwd": MASK, "h323": one.names["h323"], "hw": device})
        for one in pbx.objects
        if name in {"*", one.cn, one.names.get("h323")}
        for device in _hardware(one)
    ]


def summary(one: SimulatedObject) -> Element:
    """Return an object as the object list shows it."""
    known = {**one.names, "guid": one.guid}
    pseudo = () if one.pseudo is None else (Element("pseudo", one.pseudo.attributes),)
    names = ("cn", "guid", "e164", "h323", "loc", "node")
    return Element("user", {name: known[name] for name in names if name in known}, pseudo)


def whole(pbx: SimulatedPbx, one: SimulatedObject, *, templates: bool) -> Element:
    """Return an object with everything it has, as configured or with its templates applied."""
    own = effective(pbx, one) if templates else dict(one.attributes)
    attributes = {**one.names, "guid": one.guid, **own}
    if one is pbx.admin:
        attributes |= _admin_secrets(pbx)
    elif one.password is not None:
        attributes |= {"pwd": MASK, "pwdx": one.password.hex()}
    return Element("user", attributes, one.children)


def with_licences(pbx: SimulatedPbx, one: SimulatedObject, shown: Element) -> Element:
    """Return an object as shown, with the mark of each licence that it wants and did not get."""
    wanted = effective(pbx, one)
    missing = {
        f"{_UNLICENSED_NAME.get(name, name)}-unlicensed": "true"
        for name in _LICENCES
        if wanted.get(name) == "true"
    }
    return replace(shown, attributes={**shown.attributes, **missing})


def find(pbx: SimulatedPbx, attribute: str, value: str) -> SimulatedObject | None:
    """Return the object with that guid or name."""
    return pbx.index.get((attribute, value))


def effective(pbx: SimulatedPbx, one: SimulatedObject, depth: int = 0) -> dict[str, str]:
    """Return the attributes with those of the templates: the object's own come first."""
    attributes = dict(one.attributes)
    for parent in one.parents if depth < _MAX_NESTING else ():
        template = find(pbx, "cn", parent)
        inherited = {} if template is None else effective(pbx, template, depth + 1)
        attributes = inherited | attributes
    return attributes


def _admin_secrets(pbx: SimulatedPbx) -> dict[str, str]:
    return {"pwd": (pbx.admin.password or b"").hex(), "key": pbx.admin_key.hex()}


def _hardware(one: SimulatedObject) -> Iterator[str]:
    return (child.attributes["hw"] for child in one.children if child.tag == "device")


def _digest(*parts: object) -> str:
    return sha256(":".join(str(part) for part in parts).encode()).hexdigest()


def _header(box: SimulatedBox) -> Iterator[str]:
    tail = box.serial[-6:]
    yield f"vars check {_digest('check', box.serial)[:22]}"
    yield f"# {box.version} 65536/131072"
    yield f"# {box.product}-{tail[:2]}-{tail[2:4]}-{tail[4:]}"
    yield "#"


def _modules(pbx: SimulatedPbx, download: int) -> Iterator[str]:
    yield from (f"config change {line}" for line in pbx.modules)
    yield f"config change UP1 /url {quote(_UPDATE_URL, safe='')} /poll {download} /no-dhcp"


def _variables(pbx: SimulatedPbx, download: int) -> Iterator[str]:
    key = pbx.login_key
    admin = next(account for account in pbx.accounts if account.role == "admin")
    login = crypt.rc4(key, f"{admin.username},{admin.password}".encode())
    yield f"vars create CMD0/AUTH pc {login.hex()}"
    yield f"vars create PBX0/PWD pc {crypt.encrypt(key, pbx.pbx_password).hex()}"
    yield f"vars create UPDATE/CHECK p {download}"
    yield f"vars create TLS0/TICKET/00000 pb {_digest('ticket', download)}"


def _item(one: SimulatedObject) -> str:
    names = {"cn": one.cn, "guid": one.guid, **one.names}
    secret = {} if one.password is None else {"pwd": one.password.hex()}
    user = Element("user", {**one.attributes, **secret}, one.children)
    return f"{_OBJECTS}{_fields(names)}(pbx={user.to_text()})"


def _admin_item(pbx: SimulatedPbx) -> str:
    admin = pbx.admin
    parts = (*admin.children, Element("user", _admin_secrets(pbx)))
    values = "".join(f"(pbx={part.to_text()})" for part in parts)
    return f"{_OBJECTS}{_fields({'cn': admin.cn, 'guid': admin.guid, **admin.names})}{values}"


def _call_list(pbx: SimulatedPbx, download: int) -> Iterator[str]:
    for number, call in enumerate(pbx.calls):
        yield f"{_CALLS}{_fields(call)}(type=call)(info=n{download + number})"


def _fields(values: Mapping[str, str]) -> str:
    return "".join(f"({name}={value})" for name, value in values.items())
