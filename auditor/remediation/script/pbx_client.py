"""The PBX."""

import hashlib
import http.client
import os
import ssl
import time
import urllib.parse
import xml.etree.ElementTree as ET
from http import HTTPStatus
from xml.sax.saxutils import escape, quoteattr

from auditor.remediation.script.digest_login import Login, address, digest_challenge
from auditor.remediation.script.script_messages import quoted, say
from auditor.remediation.script.shared import (
    ENVELOPE,
    HIDDEN,
    MASK,
    MAX_ANSWER,
    NAMESPACE,
    SOAP,
    TIMEOUT,
    Json,
    StopError,
)
from auditor.remediation.script.system_words import why_not, why_unreached
from auditor.remediation.script.xml_reading import parse

Headers = dict[str, str]
LONGEST = 60  # characters of a command or path that are shown
Answer = tuple[int, bytes, dict[str, str]]  # status, body, digest challenge


class Pbx:
    """Speaks to one PBX, and sends nothing but what the plan needs."""

    def __init__(
        self, url: str, account: tuple[str, str], trust: tuple[str, str | None], plan: Json
    ) -> None:
        self.parts = address(url)
        self.login = Login(*account)
        self.trust = trust
        if self.parts.scheme == "http" and any(trust):
            raise StopError(2, say("--fingerprint and --ca-file need an https address"))
        self.secrets: set[str] = set()
        self.looked = time.monotonic()
        # The longest time between the last look and the answer of a write.
        self.window: float | None = None
        changes = [step["change"]["machine"] for step in plan["steps"] if step["change"]["machine"]]
        objects = [change for change in changes if change["kind"] != "option"]
        self.guids = {change["guid"].lower(): change["cn"] for change in objects}
        self.heads = {change["head"] for change in changes if change["kind"] == "option"}

    def allow(self, place: str) -> None:
        """Let one more module or object be written: by what is kept, and not by the plan."""
        self.guids.setdefault(place, "")
        self.heads.add(place)

    def show(self, change: Json, *, renamed: bool = False) -> ET.Element:
        """Return an object as it is configured, without what its templates give.

        One that lost its name by a write is found too if it may be `renamed`.
        """
        guid, cn = change["guid"], change["cn"]
        self.check(is_planned=self.guids.get(guid.lower()) == cn)
        self.looked = time.monotonic()
        user = self.named("cn", cn)
        if user is None and renamed:
            user = self.named("guid", guid)
        if user is None:
            raise StopError(1, say("the PBX shows no object {name}, or several", name=quoted(cn)))
        if user.get("guid", "").lower() != guid.lower():
            raise StopError(
                1, say("{name} is another object than the one that was audited", name=quoted(cn))
            )
        return user

    def named(self, key: str, text: str) -> ET.Element | None:
        """Return the one object that has a name, None if there is none; `key` says which name."""
        found = self.admin(f'<show><user {key}={quoteattr(text)} config="true"/></show>')
        users = [user for user in found.iter("user") if user.get(key, "").lower() == text.lower()]
        users = [user for user in users if key == "guid" or user.get(key) == text]
        return users[0] if len(users) == 1 else None

    def modify(self, user: ET.Element) -> None:
        """Replace an object as a whole."""
        self.check(is_planned=user.get("guid", "").lower() in self.guids)
        self.admin(f"<modify>{ET.tostring(user, encoding='unicode')}</modify>")
        self.written()

    def change_part(self, command: str, user: ET.Element, part: ET.Element) -> None:
        """Add one element to an object (`add-attrib`), or take one away (`del-attrib`)."""
        self.check(is_planned=user.get("guid", "").lower() in self.guids)
        one = ET.Element("user", {name: user.get(name, "") for name in ("cn", "guid")})
        one.append(part)
        self.admin(f"<{command}>{ET.tostring(one, encoding='unicode')}</{command}>")
        self.written()

    def admin(self, command: str) -> ET.Element:
        """Send a SOAP command; return what is in its answer."""
        self.secrets |= secrets_of(parse(command))
        body = ENVELOPE.format(escape(command)).encode()
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}#Admin"'}
        answer = parse(self.ask("POST", SOAP, body, headers))
        inner = next((e for e in answer.iter() if e.tag.rpartition("}")[2] == "return"), None)
        if inner is None:
            raise StopError(1, say("the PBX answers with a SOAP fault"))
        found = parse(inner.text or "")
        if found.tag == "error" or found.find("error") is not None:
            text = self.without_secrets(found.text or found.findtext("error") or "")
            raise StopError(1, say("the PBX refuses the change: {text}", text=quoted(text[:200])))
        self.secrets |= secrets_of(found)
        return found

    def without_secrets(self, text: str) -> str:
        """Return a text of the PBX, which may repeat what it was sent, or has shown."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def lines(self) -> list[str]:
        """Return the lines of the device's configuration that begin with `config change`."""
        self.looked = time.monotonic()
        return [line for line in self.configuration() if line.startswith("config change ")]

    def configuration(self) -> list[str]:
        """Return all lines of the device's configuration."""
        # A line goes back byte by byte, so nothing is lost here, and nothing but "\n" ends a line:
        # what follows the last one may have been cut off.
        text = self.ask("GET", "/cfg.txt").decode(errors="surrogateescape")
        return [line.removesuffix("\r") for line in text.split("\n")[:-1]]

    def configure(self, line: str) -> None:
        """Replace one whole line, save it, and make it work."""
        self.check(is_planned=head_of(line) in self.heads)
        for command in (line, "config write", "config activate"):
            quoted = urllib.parse.quote(command, safe="", errors="surrogateescape")
            answer = self.ask("GET", f"/!{quoted}")
            if command == line:
                self.written()
            if answer.strip() != b"ok":
                raise StopError(
                    1, say("the PBX does not accept: {text}", text=without_values(command))
                )

    def written(self) -> None:
        """Note how long ago what was written was looked at."""
        self.window = max(self.window or 0.0, time.monotonic() - self.looked)

    def box(self) -> dict[str, str]:
        """Return what the box says of itself: `serial`, and `reset-required`."""
        root = parse(self.ask("GET", "/CMD0/box_info.xml"))
        return next((dict(e.attrib) for e in root.iter() if e.get("serial")), {})

    @staticmethod
    def check(*, is_planned: bool) -> None:
        """Refuse whatever the plan does not name, before a byte is sent."""
        if not is_planned:
            raise StopError(
                2, say("the plan does not name what would be changed; nothing was sent")
            )

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Headers | None = None
    ) -> bytes:
        """Return the body of an answer with status 200."""
        try:
            status, answer, asked = self.send(method, path, body, headers or {})
            if status == HTTPStatus.UNAUTHORIZED and asked:
                self.login.meet(asked)
                status, answer, _ = self.send(method, path, body, headers or {})
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = why_unreached(error)
            raise StopError(3, say("the PBX cannot be reached: {reason}", reason=reason)) from None
        if status == HTTPStatus.UNAUTHORIZED:
            raise StopError(3, say("the PBX refuses the login"))
        if status != HTTPStatus.OK:
            path = shown_path(path)
            raise StopError(
                1, say("the PBX answers with {status} to {path}", status=status, path=path)
            )
        return answer

    def send(self, method: str, path: str, body: bytes | None, headers: Headers) -> Answer:
        """Send one request, on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, path, body, {**headers, **self.login.headers(method, path)})
            answer = connection.getresponse()
            content = answer.read(MAX_ANSWER + 1)
            if len(content) > MAX_ANSWER:
                raise StopError(1, say("the answer of the PBX is too long"))
            if answer.length:  # a read with a limit does not say that less came than was announced
                raise http.client.IncompleteRead(content, answer.length)
            return answer.status, content, digest_challenge(answer.headers)
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection to the PBX, once its certificate is the right one."""
        host, port = self.parts.hostname or "", self.parts.port
        if self.parts.scheme == "http":
            return http.client.HTTPConnection(host, port or 80, timeout=TIMEOUT)
        fingerprint, ca_file = self.trust
        os.environ.pop("SSLKEYLOGFILE", None)  # it would write the keys of the session to a file
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except OSError as error:  # no certificate in it is one too
            reason = why_unreached(error) if isinstance(error, ssl.SSLError) else why_not(error)
            raise StopError(2, say("--ca-file cannot be used ({reason})", reason=reason)) from None
        if fingerprint:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            host, port or 443, timeout=TIMEOUT, context=context
        )
        if fingerprint:
            connection.connect()
            certificate = connection.sock.getpeercert(binary_form=True) or b""
            shown = hashlib.sha256(certificate).hexdigest()
            if shown != fingerprint.replace(":", "").lower():
                connection.close()
                raise StopError(
                    3, say("the certificate of the PBX is not the one of --fingerprint")
                )
        return connection


def head_of(line: str) -> str:
    """Return the module of a line `config change MODULE /option value …`."""
    words = line.split()[2:]
    return " ".join(words[: next((i for i, w in enumerate(words) if w[0] == "/"), len(words))])


def without_values(command: str) -> str:
    """Return what can be shown of a command: a line holds all options of a module, secrets too."""
    is_line = command.startswith("config change ")
    return f"config change {head_of(command)}"[:LONGEST] if is_line else command


def shown_path(path: str) -> str:
    """Return what can be shown of the path of a request, which may be a command."""
    if path.startswith("/!"):
        return f"/!{without_values(urllib.parse.unquote(path[2:], errors='surrogateescape'))}"
    return path.partition("?")[0][:LONGEST]


def secrets_of(element: ET.Element, place: str = "") -> set[str]:
    """Return the values of what is named like a secret, however deep."""
    place += element.tag
    found = {value for name, value in element.attrib.items() if HIDDEN.search(place + name)}
    if HIDDEN.search(place):
        found.add((element.text or "").strip())
    found.update(*(secrets_of(child, place) for child in element))
    return found - {"", MASK}
