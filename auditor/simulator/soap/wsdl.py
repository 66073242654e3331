"""Writes the description of the SOAP interface, as the box serves it: rpc/encoded, `pbx10_00`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from auditor.files.toml_reading import parse_toml
from auditor.simulator.element import Element
from auditor.simulator.soap.call import NAMESPACE

_FILE: Final = Path(__file__).parents[1] / "configs" / "pbx10_00.toml"
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
_OTHER_NAMESPACE: Final = "http://innovaphone/binding"
# Two operations are bound to another namespace, one of them also has an action of its own.
_BOUND_ELSEWHERE: Final = frozenset({"Echo", "UserEnd"})
_ACTIONS: Final = {"UserEnd": "capeconnect:pbx:pbxPortType#UserEnd"}
_SIMPLE: Final = frozenset({"boolean", "int", "string"})
_NAMESPACES: Final = {
    "name": "pbx",
    "targetNamespace": NAMESPACE,
    "xmlns": "http://schemas.xmlsoap.org/wsdl/",
    "xmlns:wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "xmlns:soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xmlns:enc": _ENCODING,
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:inno": NAMESPACE,
}

Interface = Mapping[str, Mapping[str, str]]


def description(address: str) -> bytes:
    """Return the description, with the address of the SOAP service in it."""
    interface = _interface()
    location = Element("soap:address", {"location": address})
    port = Element("port", {"binding": "inno:pbxBinding", "name": "pbxPort"}, (location,))
    root = Element("definitions", _NAMESPACES, (
        Element("types", {}, (Element("xsd:schema", {"targetNamespace": NAMESPACE}, (
            *_arrays(interface["arrays"]),
            *_enumerations(interface["enumerations"]),
            *_structures(interface["types"]),
        )),)),
        *_messages(interface["requests"], "Request"),
        *_messages(interface["responses"], "Response"),
        Element("portType", {"name": "pbxPortType"}, tuple(_port_type(interface))),
        Element("binding", {"name": "pbxBinding", "type": "inno:pbxPortType"}, (
            Element("soap:binding", {
                "style": "rpc", "transport": "http://schemas.xmlsoap.org/soap/http",
            }),
            *_binding(interface),
        )),
        Element("service", {"name": "pbx"}, (port,)),
    ))  # fmt: skip
    return (_DECLARATION + root.to_text()).encode()


@cache
def _interface() -> Interface:
    return parse_toml(_FILE.read_text(encoding="utf-8"))


def _arrays(arrays: Mapping[str, str]) -> Iterator[Element]:
    for name, item in arrays.items():
        sequence = _sequence([_field("item", item, least="0", most="unbounded")])
        kind = {"ref": "enc:arrayType", "wsdl:arrayType": f"{_type(item)}[]"}
        parts = (sequence, Element("xsd:attribute", kind))
        restriction = Element("xsd:restriction", {"base": "enc:Array"}, parts)
        content = Element("xsd:complexContent", {}, (restriction,))
        yield Element("xsd:complexType", {"name": name}, (content,))


def _enumerations(enumerations: Mapping[str, str]) -> Iterator[Element]:
    for name, words in enumerations.items():
        values = tuple(Element("xsd:enumeration", {"value": word}) for word in words.split())
        restriction = Element("xsd:restriction", {"base": "xsd:string"}, values)
        yield Element("xsd:simpleType", {"name": name}, (restriction,))


def _structures(types: Mapping[str, str]) -> Iterator[Element]:
    for name, fields in types.items():
        elements = [
            _field(field.removesuffix("?"), kind, least="0" if field.endswith("?") else "1")
            for field, kind in _pairs(fields)
        ]
        yield Element("xsd:complexType", {"name": name}, (_sequence(elements),))


def _messages(operations: Mapping[str, str], suffix: str) -> Iterator[Element]:
    for name, fields in operations.items():
        parts = (Element("part", {"name": f, "type": _type(kind)}) for f, kind in _pairs(fields))
        yield Element("message", {"name": f"{name}{suffix}"}, tuple(parts))


def _port_type(interface: Interface) -> Iterator[Element]:
    for name in interface["requests"]:
        ways = (
            Element("input", {"message": f"inno:{name}Request"}),
            Element("output", {"message": f"inno:{name}Response"}),
        )
        yield Element("operation", {"name": name}, ways)


def _binding(interface: Interface) -> Iterator[Element]:
    for name in interface["requests"]:
        namespace = _OTHER_NAMESPACE if name in _BOUND_ELSEWHERE else NAMESPACE
        facts = {"use": "encoded", "encodingStyle": _ENCODING, "namespace": namespace}
        body = (Element("soap:body", facts),)
        action = _ACTIONS.get(name, f"{NAMESPACE}#{name}")
        ways = (
            Element("soap:operation", {"soapAction": action}),
            Element("input", {}, body),
            Element("output", {}, body),
        )
        yield Element("operation", {"name": name}, ways)


def _sequence(elements: list[Element]) -> Element:
    return Element("xsd:sequence", {}, tuple(elements))


def _field(name: str, kind: str, *, least: str, most: str = "1") -> Element:
    facts = {"name": name, "type": _type(kind), "minOccurs": least, "maxOccurs": most}
    return Element("xsd:element", facts)


def _pairs(fields: str) -> Iterator[tuple[str, str]]:
    for field in fields.split():
        name, _, kind = field.partition(":")
        yield name, kind


def _type(kind: str) -> str:
    return f"xsd:{kind}" if kind in _SIMPLE else f"inno:{kind}"
