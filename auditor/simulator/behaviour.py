"""How a simulated PBX behaves where real ones differ, or where a test wants another one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from auditor.simulator.socket_behaviour import SocketBehaviour

CertificateKind = Literal["valid", "expired", "short-key"]
AREAS: Final = frozenset({"admin", "box_info", "cfg", "download", "log", "pri", "show", "soap"})


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The switches of a simulated PBX.

    `refuse` names areas (see `AREAS`; `admin` is the SOAP operation, `soap` all of them) that are
    answered with 403, `viewer_refuse` those that only a viewer may not see. `digest` lists the
    algorithms of the challenges, in their order; `name_algorithm` False leaves the name out.
    `old_http` answers every request as HTTP/1.0 and closes. `framing` says how a page ends; SOAP
    answers always have a length. `star_limit` is how many objects SOAP's `cn="*"` survives.
    `unlicensed` names users (h323) that found no licence. `replica` refuses to change objects.
    `certificate` is what it shows over `tls`; `outdated_tls` accepts TLS 1.0 and 1.1 too.
    `protect_pages` asks for a login where a PBX shows itself to anybody.
    `bytes_per_second` limits how fast a body leaves; 0 is as fast as it can.
    `sockets` are the switches of the WebSockets.
    """

    refuse: frozenset[str] = frozenset()
    viewer_refuse: frozenset[str] = frozenset()
    cfg_without_objects: bool = False
    digest: tuple[str, ...] = ("MD5",)
    offer_qop: bool = True
    name_algorithm: bool = True
    basic: bool = False
    old_http: bool = False
    framing: Literal["length", "chunked", "close"] = "length"
    star_limit: int = 1000
    unlicensed: frozenset[str] = frozenset()
    replica: bool = False
    tls: bool = False
    certificate: CertificateKind = "valid"
    outdated_tls: bool = False
    bytes_per_second: int = 0
    protect_pages: bool = False
    sockets: SocketBehaviour = field(default_factory=SocketBehaviour)
