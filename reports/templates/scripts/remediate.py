#!/usr/bin/env python3
"""Apply the steps of plan.json to an innovaphone PBX, or take them back.

    remediate.py --url https://pbx.example.com               look only: say what would be done
    remediate.py --url https://pbx.example.com --apply HASH  do it; HASH is that of the plan
    rollback.py  --url https://pbx.example.com --apply HASH  take back what was done

The account comes from PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD, or is asked for. It must be an
administrator. Python 3.11 or later; nothing but its standard library is used.

What it sends: SOAP `Admin` with <show> and <modify> for the objects of the plan, `!config change`
for the lines of the plan, then `!config write` and `!config activate`. Each step is done only if
the value is still the one that the audit saw, and is read again afterwards. It stops at the first
step that is not as it should be.

What it writes, beside the plan: `remediation.log` (what was done, no secrets); `remediation.state`
(what is needed to take it back; holds encrypted passwords: delete it when you are sure) and
`plan-HASH.json`, the plan that this belongs to, in case another audit replaces plan.json;
`new-passwords.txt`, and `expert-script.txt` for phones. All are readable by you only.

New passwords are made first and set in a second run, with --passwords-ready, when phones and people
have them. --password-command PROGRAM keeps them elsewhere: it is run with `put NAME` and the
password on its standard input, and with `get NAME`, which prints it; it ends with 0 if that worked.
What phones need stays in `expert-script.txt`.

Exit codes: 0 done, 1 a step is not as expected and nothing after it was done, 2 wrong input,
3 the PBX cannot be reached or refuses the login, 6 a file cannot be written, 130 interrupted.
"""

import argparse
import getpass
import hashlib
import http.client
import json
import os
import re
import secrets
import ssl
import string
import subprocess
import sys
import time
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    fcntl = None

SOAP = "/PBX0/user.soap"
NAMESPACE = "http://innovaphone.com/pbx"
MASK = "********"
TIMEOUT = 30
MAX_ANSWER = 64 * 1024 * 1024
ALPHABET = string.ascii_letters + string.digits + "-_.+"
CLASSES = ("safe", "needs-review", "dangerous")
STATE = "remediation.state"
NOTED = ("hash", "phase", "before", "after")
ASK = "ask"
NEEDS = {  # the texts that each kind of change names; `before`, `after` and `name` may be null
    "attribute": ("guid", "cn", "attribute"),
    "device": ("guid", "cn", "hw", "attribute"),
    "new-device": ("guid", "cn", "hw"),
    "part": ("guid", "cn", "tag", "type", "e164", "h323", "before"),
    "marks": ("guid", "cn", "path", "before"),
    "parent": ("guid", "cn", "element", "attribute", "before"),
    "password": ("guid", "cn", "name", "script", "before"),
    "option": ("head", "option", "before", "after"),
}
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns:ns1="{NAMESPACE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
    '<ns1:Admin><xml xsi:type="xsd:string">{}</xml></ns1:Admin>'
    "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)


class StopError(Exception):
    """The end of a run, with its exit code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# --- the PBX --------------------------------------------------------------------------------------


class Pbx:
    """Speaks to one PBX, and sends nothing but what the plan needs."""

    def __init__(self, url, account, trust, plan):
        self.parts = address(url)
        self.account = account
        self.trust = trust
        if self.parts.scheme == "http" and any(trust):
            raise StopError(2, "--fingerprint and --ca-file need an https address")
        self.challenge = {}
        self.count = 0
        changes = [step["change"]["machine"] for step in plan["steps"] if step["change"]["machine"]]
        self.names = {change["cn"] for change in changes if change["kind"] != "option"}
        self.guids = {change["guid"].lower() for change in changes if change["kind"] != "option"}
        self.heads = {change["head"] for change in changes if change["kind"] == "option"}

    def show(self, cn):
        """Return an object as it is configured, without what its templates give."""
        self.check(cn in self.names)
        return self.admin(f'<show><user cn={quoteattr(cn)} config="true"/></show>', cn)

    def modify(self, user):
        """Replace an object as a whole."""
        self.check(user.get("guid", "").lower() in self.guids)
        text = ET.tostring(user, encoding="unicode")
        self.admin(f"<modify>{text}</modify>", None)

    def admin(self, command, cn):
        """Send a SOAP command; return the object of that name, None if none is asked for."""
        body = ENVELOPE.format(escape(command)).encode()
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}#Admin"'}
        answer = parse(self.ask("POST", SOAP, body, headers))
        inner = next((e for e in answer.iter() if e.tag.rpartition("}")[2] == "return"), None)
        if inner is None:
            raise StopError(1, "the PBX answers with a SOAP fault")
        found = parse((inner.text or "").encode())
        if found.tag == "error" or found.find("error") is not None:
            text = found.text or found.findtext("error") or ""
            raise StopError(1, f"the PBX refuses the change: {text[:200]!r}")
        if cn is None:
            return None
        users = [user for user in found.iter("user") if user.get("cn") == cn]
        if len(users) != 1:
            raise StopError(1, f"the PBX shows no object {cn!r}, or several")
        return users[0]

    def lines(self):
        """Return the lines of the device's configuration that begin with `config change`."""
        # A line goes back byte by byte, so nothing is lost here, and nothing but "\n" ends a line.
        text = self.ask("GET", "/cfg.txt").decode(errors="surrogateescape")
        lines = (line.removesuffix("\r") for line in text.split("\n"))
        return [line for line in lines if line.startswith("config change ")]

    def configure(self, line):
        """Replace one whole line, save it, and make it work."""
        self.check(head_of(line) in self.heads)
        for command in (line, "config write", "config activate"):
            quoted = urllib.parse.quote(command, safe="", errors="surrogateescape")
            answer = self.ask("GET", f"/!{quoted}")
            if answer.strip() != b"ok":
                raise StopError(1, f"the PBX does not accept: {command:.60}")

    def box(self):
        """Return what the box says of itself: `serial`, and `reset-required`."""
        root = parse(self.ask("GET", "/CMD0/box_info.xml"))
        return next((dict(e.attrib) for e in root.iter() if e.get("serial")), {})

    @staticmethod
    def check(is_planned):
        """Refuse whatever the plan does not name, before a byte is sent."""
        if not is_planned:
            raise StopError(2, "the plan does not name what would be changed; nothing was sent")

    def ask(self, method, path, body=None, headers=None):
        """Return the body of an answer with status 200."""
        try:
            status, answer, asked = self.send(method, path, body, headers or {})
            if status == 401 and asked:
                self.challenge, self.count = asked, 0
                status, answer, _ = self.send(method, path, body, headers or {})
        except (OSError, ValueError, http.client.HTTPException) as error:
            # A ValueError: a name of a host or an account that no request can hold.
            raise StopError(3, f"the PBX cannot be reached ({type(error).__name__})") from None
        if status == 401:
            raise StopError(3, "the PBX refuses the login")
        if status != 200:
            raise StopError(1, f"the PBX answers with {status} to {path.partition('?')[0]:.60}")
        return answer

    def send(self, method, path, body, headers):
        connection = self.connect()
        try:
            login = {"Authorization": self.digest(method, path)} if self.challenge else {}
            connection.request(method, path, body, {**headers, **login})
            answer = connection.getresponse()
            content = answer.read(MAX_ANSWER + 1)
            if len(content) > MAX_ANSWER:
                raise StopError(1, "the answer of the PBX is too long")
            return answer.status, content, digest_challenge(answer.headers)
        finally:
            connection.close()

    def connect(self):
        host, port = self.parts.hostname, self.parts.port
        if self.parts.scheme == "http":
            return http.client.HTTPConnection(host, port or 80, timeout=TIMEOUT)
        fingerprint, ca_file = self.trust
        context = ssl.create_default_context(cafile=ca_file)
        if fingerprint:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            host, port or 443, timeout=TIMEOUT, context=context
        )
        if fingerprint:
            connection.connect()
            shown = hashlib.sha256(connection.sock.getpeercert(binary_form=True)).hexdigest()
            if shown != fingerprint.replace(":", "").lower():
                connection.close()
                raise StopError(3, "the certificate of the PBX is not the one of --fingerprint")
        return connection

    def digest(self, method, path):
        """Return the answer to a digest challenge (RFC 7616)."""
        asked, (name, password) = self.challenge, self.account
        algorithm = asked.get("algorithm", "MD5")
        make = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}.get(algorithm.upper())
        if make is None:
            raise StopError(3, f"the PBX asks for a digest of kind {algorithm[:20]!r}")

        def digest(text):
            return make(text.encode()).hexdigest()

        self.count += 1
        count, client = f"{self.count:08x}", secrets.token_hex(8)
        realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
        keys = digest(f"{name}:{realm}:{password}"), digest(f"{method}:{path}")
        fields = {"username": name, "realm": realm, "nonce": nonce, "uri": path}
        if "auth" in re.split(r"[\s,]+", asked.get("qop", "")):
            fields["response"] = digest(f"{keys[0]}:{nonce}:{count}:{client}:auth:{keys[1]}")
            extra = f', qop=auth, nc={count}, cnonce="{client}"'
        else:
            fields["response"], extra = digest(f"{keys[0]}:{nonce}:{keys[1]}"), ""
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        if "algorithm" in asked:
            extra += f", algorithm={algorithm}"
        quoted = ", ".join(f'{key}="{quote(value)}"' for key, value in fields.items())
        return f"Digest {quoted}{extra}".encode()


def address(url):
    """Return the parts of the address of a PBX."""
    try:
        parts = urllib.parse.urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
        if is_one and parts.port != 0:
            return parts
    except ValueError:  # a port that is none, or brackets that do not match
        pass
    raise StopError(2, "give the address as https://host or https://host:port")


def digest_challenge(headers):
    for value in headers.get_all("WWW-Authenticate") or ():
        if value.lower().startswith("digest "):
            found = re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', value[7:])
            return {key.lower(): quoted or plain for key, quoted, plain in found}
    return {}


def quote(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def parse(content):
    if b"<!" in content[:4096]:
        raise StopError(1, "the PBX answers with XML that declares entities")
    try:
        return ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError):  # the latter two: an unknown encoding
        raise StopError(1, "the PBX answers with something that is no XML") from None


def head_of(line):
    """Return the module of a line `config change MODULE /option value …`."""
    words = line.split()[2:]
    return " ".join(words[: next((i for i, w in enumerate(words) if w[0] == "/"), len(words))])


# --- kinds of changes -----------------------------------------------------------------------------
# Each has what reads the value from an object, and what sets it.


def masked(user):
    """Return an object in a form that can be compared and sent: its password stays as it is."""
    copy = ET.fromstring(ET.tostring(user))
    if copy.attrib.pop("pwdx", None) or "pwd" in copy.attrib:
        copy.set("pwd", MASK)  # an object that is sent without loses its password
    return copy


def canonical(user):
    return ET.canonicalize(ET.tostring(masked(user), encoding="unicode"))


def device_of(user, change):
    found = [device for device in user.findall("device") if device.get("hw") == change["hw"]]
    if len(found) != 1:
        raise StopError(1, f"{change['cn']!r} has {len(found)} devices {change['hw']!r}, not one")
    return found[0]


def parts_of(user, change):
    """Return the diversions or further phones that lead where the plan says."""
    found = []
    for part in user.findall(change["tag"]):
        ends = part.findall("ep") or [part]
        leads = [(end.get("e164", ""), end.get("h323", "")) for end in ends]
        if leads == [(change["e164"], change["h323"])] and part.get("type", "") == change["type"]:
            found.append(part)
    return found


def marked_of(user, change):
    """Return the element that has the check marks, for example <app> inside <pseudo>."""
    found = [one for one in user.findall(change["path"]) if one.get("name") == change["name"]]
    if len(found) != 1:
        raise StopError(1, f"{change['cn']!r} has {len(found)} elements {change['path']}, not one")
    return found[0]


def parents_of(user, change):
    """Return the elements inside <pseudo> that name the template, each with what it lies in."""
    return [
        (pseudo, one)
        for pseudo in user.findall("pseudo")
        for one in pseudo.findall(change["element"])
        if one.get(change["attribute"]) == change["before"]
    ]


def current(user, change):
    """Return the value that a change is about, as the plan writes it; None if it is not set."""
    kind = change["kind"]
    if kind == "attribute":
        return user.get(change["attribute"]) or None
    if kind == "password":
        return "set" if user.get("pwdx") else "none"
    if kind == "device":
        return device_of(user, change).get(change["attribute"]) or None
    if kind == "new-device":
        has_it = any(device.get("hw") == change["hw"] for device in user.findall("device"))
        return change["hw"] if has_it else None
    if kind == "part":
        return change["before"] if parts_of(user, change) else None
    if kind == "parent":
        return change["before"] if parents_of(user, change) else None
    if kind == "marks":
        element = marked_of(user, change)
        return " ".join(mark for mark in change["before"].split() if element.get(mark) == "true")
    raise StopError(2, f"the plan has a change of kind {kind!r}, which this script does not know")


def told(change):
    """Return a change in words."""
    kind = change["kind"]
    if kind == "password":
        return "a new random password"
    if kind == "new-device":
        return f"hardware id {change['hw']!r} is added"
    if kind == "marks":
        return f"{change['before']} of {change['path']} {change['name'] or ''!r} are cleared"
    if kind in {"part", "parent"}:
        return f"{change.get('tag') or change['element']} to {change['before']!r} is removed"
    name = change["option"] if kind == "option" else change["attribute"]
    before, after = (
        "not set" if one is None else repr(one) for one in (change["before"], change["after"])
    )
    return f"{name} {before} -> {after}"


def put(element, name, value):
    if value is None:
        element.attrib.pop(name, None)
    else:
        element.set(name, value)


def changed(user, change, secret):
    """Return the object as it is to be."""
    new = masked(user)
    kind = change["kind"]
    if kind == "attribute":
        put(new, change["attribute"], change["after"])
    elif kind == "device":
        put(device_of(new, change), change["attribute"], change["after"])
    elif kind == "part":
        for part in parts_of(new, change):
            new.remove(part)
    elif kind == "parent":
        for pseudo, parent in parents_of(new, change):
            pseudo.remove(parent)
    elif kind == "marks":
        for mark in change["before"].split():
            put(marked_of(new, change), mark, None)
    elif kind == "new-device":
        ET.SubElement(new, "device", {"hw": change["hw"]})
    elif kind == "password":
        new.set("pwd", secret)
    return new


# --- files ----------------------------------------------------------------------------------------


class Folder:
    """The files beside a plan. Only one run at a time `changes` the PBX."""

    def __init__(self, path, plan, changes):
        self.path = path
        self.hash = plan["hash"]
        self.lock = path / "remediation.lock" if changes else None
        self.held = None
        self.known = None
        self.torn = None

    def __enter__(self):
        if self.lock is None:
            return self
        try:
            self.held = os.open(self.lock, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise StopError(6, f"{self.lock} cannot be written ({error.strerror})") from None
        try:
            hold(self.held)
        except OSError:
            os.close(self.held)
            raise StopError(2, f"another run is going on: it holds {self.lock}") from None
        return self

    def __exit__(self, *_):
        if self.held is not None:
            os.close(self.held)

    def append(self, name, text):
        """Add a line to a file that only its owner can read, and see it on the disk."""
        try:
            handle = os.open(self.path / name, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
            with os.fdopen(handle, "a+b") as file:
                if hasattr(os, "fchmod"):  # it may have been there before, readable by others
                    os.fchmod(handle, 0o600)
                end = file.seek(0, os.SEEK_END)
                file.seek(max(end - 1, 0))
                is_whole = file.read(1) in {b"", b"\n"}
                file.write(("" if is_whole else "\n").encode() + text.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StopError(6, f"{name} cannot be written ({error.strerror})") from None

    def keep(self, path):
        """Keep the plan, without which nothing can be taken back: an audit may replace it."""
        kept = self.path / kept_name(self.hash)
        try:
            content = path.read_bytes()
            if not kept.exists() or kept.read_bytes() != content:
                kept.unlink(missing_ok=True)
                self.append(kept.name, content.decode().removesuffix("\n"))
        except OSError as error:
            raise StopError(6, f"{kept.name} cannot be written ({error.strerror})") from None

    def log(self, step, outcome):
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "step": step["number"]}
        entry |= {"control": step["control"], "object": step["subject"]["name"], "outcome": outcome}
        self.append("remediation.log", json.dumps(entry))

    def note(self, entry):
        known = self.every()
        try:
            if self.torn is not None:
                os.truncate(self.path / STATE, self.torn)
                self.torn = None
        except OSError as error:
            raise StopError(6, f"{STATE} cannot be written ({error.strerror})") from None
        self.append(STATE, json.dumps(entry))
        remember(known, entry)

    def every(self):
        """Return the last note of each step, by plan and number, in the order of their beginning.

        Notes of other plans stay in the file. What follows the last end of a line was being written
        when the power failed: what it announces was not done yet, so it does not count.
        """
        if self.known is None:
            whole, end, rest = self.content(STATE).rpartition(b"\n")
            self.torn = len(whole + end) if rest else None
            known = {}
            try:
                for line in whole.splitlines():
                    remember(known, noted(line))
            except (ValueError, KeyError, TypeError, RecursionError):
                raise StopError(2, f"{STATE} is damaged") from None
            self.known = known
        return self.known

    def notes(self):
        """Return the last note of each step of this plan, by number."""
        return {step: note for (plan, step), note in self.every().items() if plan == self.hash}

    def note_of(self, step):
        """Return the last note of a step, None if it was never begun."""
        return self.every().get((self.hash, step["number"]))

    def others(self):
        """Return the hashes of other plans of which something is done."""
        done = [plan for (plan, _), note in self.every().items() if note["phase"] != "undone"]
        return [plan for plan in dict.fromkeys(done) if plan != self.hash]

    def later(self, step):
        """Return the notes of what came after a step, of other plans too."""
        known = self.every()
        order = list(known)
        return [known[key] for key in order[order.index((self.hash, step["number"])) + 1 :]]

    def content(self, name):
        """Return what is in a file, nothing if it is not there."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise StopError(6, f"{name} cannot be read ({error.strerror})") from None

    def lines(self, name):
        """Return the lines of a file, none if it is not there."""
        try:
            return self.content(name).decode().splitlines()
        except UnicodeError:
            raise StopError(2, f"{name} is damaged") from None


def kept_name(plan_hash):
    return f"plan-{plan_hash[:12]}.json"


def hold(handle):
    """Lock a file until this process ends, however it ends."""
    if fcntl is None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def noted(line):
    entry = json.loads(line)
    if not all(isinstance(entry[key], str) for key in NOTED):
        raise TypeError(line)
    return entry


def remember(notes, entry):
    key = entry["hash"], entry["step"]
    if entry["phase"] == "begun":
        notes.pop(key, None)
    notes[key] = entry


class Passwords:
    """New passwords: in a file beside the plan, or where a command keeps them."""

    FILE = "new-passwords.txt"

    def __init__(self, folder, plan, command):
        self.folder = folder
        self.prefix = f"pbx-{plan['box']}-{plan['hash'][:12]}-step-"
        self.command = command

    def get(self, step):
        """Return the password that was made for a step, None if there is none yet."""
        mark = f"{self.prefix}{step['number']}"
        for words in (line.split(" ", 2) for line in self.folder.lines(self.FILE)):
            if words[0] == mark and is_whole(words):
                kept = words[1] == "kept-by-command"
                return self.sound(step, self.run("get", mark, "") if kept else words[1])
        return None

    @staticmethod
    def sound(step, secret):
        """Refuse what is not as it was made: a file that was damaged, a command that misbehaves."""
        if len(secret) != step["change"]["machine"]["length"] or not set(secret) <= set(ALPHABET):
            raise StopError(2, f"step {step['number']}: what is kept is no password of this script")
        return secret

    def make(self, step, change):
        """Make a password for a step, and keep it."""
        mark = f"{self.prefix}{step['number']}"
        secret = "".join(secrets.choice(ALPHABET) for _ in range(change["length"]))
        if self.command:
            self.run("put", mark, secret)
        shown = "kept-by-command" if self.command else secret
        self.folder.append(self.FILE, f"{mark} {shown} {json.dumps(change['name'])}")
        self.script(change, secret)

    def script(self, change, secret):
        """Write what phones need, unless that was done: a run may break off before."""
        text = change["script"].replace("{password}", urllib.parse.quote(secret, safe=""))
        if text and text not in "\n".join(self.folder.lines("expert-script.txt")):
            self.folder.append("expert-script.txt", text)

    def run(self, verb, name, text):
        if not self.command:
            raise StopError(2, "a command keeps the passwords: give --password-command again")
        try:
            done = subprocess.run(
                [self.command, verb, name],
                input=text.encode(),
                env={k: v for k, v in os.environ.items() if not k.startswith("PBX_ADMIN_")},
                stdout=subprocess.PIPE,
                timeout=TIMEOUT,
                check=True,
            )
            answer = done.stdout.decode().rstrip("\r\n")
        except (OSError, subprocess.SubprocessError, UnicodeError) as error:
            kind = type(error).__name__
            raise StopError(6, f"--password-command failed at {verb} {name} ({kind})") from None
        if verb == "get" and not answer:
            raise StopError(6, f"--password-command prints nothing for get {name}")
        return answer


def is_whole(words):
    """Return whether a line of new passwords was written to its end: its last word is quoted."""
    return len(words) == 3 and len(words[2]) > 1 and words[2].endswith('"')


# --- one step -------------------------------------------------------------------------------------


class Run:
    """Does steps, or takes them back."""

    def __init__(self, pbx, folder, options, plan):
        self.pbx = pbx
        self.folder = folder
        self.options = options
        self.hash = plan["hash"]
        self.outcomes = {}
        self.foreseen = {}  # while only looking: what would be there, by place
        self.looked_at = set()
        self.passwords = Passwords(folder, plan, options.password_command)

    def do(self, step):
        """Do one step, unless it was done before."""
        change, note = step["change"]["machine"], self.folder.note_of(step)
        if note and note["phase"] == "done":
            return self.say(step, "was done before")
        if note and note["phase"] == "undone":
            note = None
        if change["kind"] == "option":
            return self.do_option(step, change, note)
        if change["kind"] == "password":
            return self.do_password(step, change, note)
        return self.do_object(step, change, note, "")

    def do_object(self, step, change, note, secret):
        user = self.pbx.show(change["cn"])
        self.same_object(user, change)
        if note and self.was_done(user, note):
            return self.finish(step, with_new(note, user), "was done before the break")
        if current(user, change) != change["before"]:
            raise StopError(1, f"step {step['number']}: the value is not the one that was seen")
        new = changed(user, change, secret)
        if not self.options.apply:
            return self.say(step, "would be done")
        note = self.noted(step, masked(user), masked(new))
        if secret:
            note["pwdx"] = user.get("pwdx") or ""
        self.folder.note(note)
        self.pbx.modify(new)
        now = self.verify(step, change, note, user)
        return self.finish(step, with_new(note, now), "done")

    @staticmethod
    def was_done(user, note):
        """Return whether a change that was begun arrived, although its answer did not."""
        arrived = canonical(user) == canonical(noted_object(note["after"]))
        return arrived and user.get("pwdx", "") != note.get("pwdx")

    def verify(self, step, change, note, old):
        now = self.pbx.show(change["cn"])
        if canonical(now) != canonical(noted_object(note["after"])):
            raise StopError(1, f"step {step['number']}: the PBX did not take the change as it is")
        is_same = now.get("pwdx", "") == old.get("pwdx", "")
        if change["kind"] == "password" and is_same:
            raise StopError(1, f"step {step['number']}: the password did not change")
        if change["kind"] != "password" and not is_same:
            raise StopError(1, f"step {step['number']}: the PBX did not keep the password")
        return now

    def do_password(self, step, change, note):
        """Make a password first, so that phones and people get it; set it when they have it."""
        secret = self.passwords.get(step)
        if secret is not None and self.options.passwords_ready:
            return self.do_object(step, change, note, secret)
        if secret is None:
            if not self.options.apply:
                return self.say(step, "would be made, to be set in a second run")
            self.same_object(self.pbx.show(change["cn"]), change)
            self.passwords.make(step, change)
        elif self.options.apply:
            self.passwords.script(change, secret)
        wait = "new password made: hand it out, then run again with --passwords-ready"
        return self.say(step, wait)

    def do_option(self, step, change, note):
        line = self.line(change)
        if note and line == note["after"]:
            self.pbx.configure(line)  # it may have broken off before the line was saved
            return self.finish(step, note, "was done before the break")
        new = with_option(line, change)
        if new is None:
            raise StopError(1, f"step {step['number']}: the value is not the one that was seen")
        if not self.options.apply:
            return self.say(step, "would be done")
        note = {"step": step["number"], "hash": self.hash, "phase": "begun"}
        note |= {"before": line, "after": new}
        self.folder.note(note)
        self.pbx.configure(new)
        if self.line(change) != new:
            raise StopError(1, f"step {step['number']}: the PBX did not take the line as it is")
        return self.finish(step, note, "done")

    def line(self, change):
        found = [line for line in self.pbx.lines() if head_of(line) == change["head"]]
        if len(found) != 1:
            raise StopError(
                1, f"the configuration has {len(found)} lines {change['head']!r}, not one"
            )
        return found[0]

    def undo(self, step):
        """Take one step back, if it was done and nobody changed it since."""
        change, note = step["change"]["machine"], self.folder.note_of(step)
        if note["phase"] == "undone":
            return self.say(step, "was taken back before")
        self.must_be_last(step)
        if change["kind"] == "option":
            return self.undo_option(step, change, note)
        user = self.foreseen.get(place_of(change))
        if user is None:
            user = self.pbx.show(change["cn"])
        self.same_object(user, change)
        before, after = noted_object(note["before"]), noted_object(note["after"])
        is_after = canonical(user) == canonical(after)
        is_after = is_after and note.get("new-pwdx", user.get("pwdx", "")) == user.get("pwdx", "")
        if not was_so(user, before, note) and not is_after:
            raise StopError(1, f"step {step['number']}: somebody changed the object since")
        if not self.options.apply:
            before.set("pwdx", note.get("pwdx", user.get("pwdx", "")))
            return self.look_back(step, before)
        if not was_so(user, before, note):
            if "pwdx" in note:
                before.attrib.pop("pwd", None)
                if note["pwdx"]:
                    before.set("pwd", MASK)
                    before.set("pwdx", note["pwdx"])
            self.pbx.modify(before)
            if not was_so(self.pbx.show(change["cn"]), before, note):
                refused = f"step {step['number']}: the PBX did not take the old value back"
                raise StopError(1, refused)
        return self.finish(step, note, "taken back", "undone")

    def must_be_last(self, step):
        """Refuse to take a step back from under another: what is noted is the whole object."""
        place = place_of(step["change"]["machine"])
        for note in self.folder.later(step):
            key = note["hash"], note["step"]
            is_there = note["phase"] != "undone" and key not in self.looked_at
            if is_there and noted_place(note) == place:
                wait = f"step {step['number']}: take back step {note['step']} "
                wait += "" if note["hash"] == self.hash else f"of {kept_name(note['hash'])} "
                raise StopError(1, f"{wait}first, which came after it")

    def look_back(self, step, before):
        self.looked_at.add((self.hash, step["number"]))
        self.foreseen[place_of(step["change"]["machine"])] = before
        self.say(step, "would be taken back")

    def undo_option(self, step, change, note):
        line = self.foreseen.get(place_of(change)) or self.line(change)
        if line not in {note["before"], note["after"]}:
            raise StopError(1, f"step {step['number']}: somebody changed the line since")
        if not self.options.apply:
            return self.look_back(step, note["before"])
        self.pbx.configure(note["before"])
        if self.line(change) != note["before"]:
            raise StopError(1, f"step {step['number']}: the PBX did not take the line back")
        return self.finish(step, note, "taken back", "undone")

    def noted(self, step, before, after):
        texts = {"before": ET.tostring(before, encoding="unicode")}
        texts["after"] = ET.tostring(after, encoding="unicode")
        return {"step": step["number"], "hash": self.hash, "phase": "begun", **texts}

    def finish(self, step, note, outcome, phase="done"):
        self.folder.note({**note, "phase": phase})
        self.folder.log(step, outcome)
        self.say(step, outcome)

    def say(self, step, outcome):
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        what = told(step["change"]["machine"])
        print(f"step {step['number']}: {step['control']} {step['subject']['name']!r}")
        print(f"  {what}: {outcome}")

    @staticmethod
    def same_object(user, change):
        if user.get("guid", "").lower() != change["guid"].lower():
            raise StopError(1, f"{change['cn']!r} is another object than the one that was audited")


def place_of(change):
    """Return what a change writes as a whole: an object or a line."""
    return change["head"] if change["kind"] == "option" else change["guid"].lower()


def noted_place(note):
    text = note["before"]
    is_line = text.startswith("config change ")
    return head_of(text) if is_line else noted_object(text).get("guid", "").lower()


def noted_object(text):
    try:
        return ET.fromstring(text)
    except ET.ParseError:
        raise StopError(2, f"{STATE} is damaged") from None


def with_new(note, user):
    """Return the note of a new password with what the PBX made of it, to see who changes it."""
    return {**note, "new-pwdx": user.get("pwdx", "")} if "pwdx" in note else note


def was_so(user, before, note):
    """Return whether an object is as it was before a step, its password included."""
    same = canonical(user) == canonical(before)
    return same and user.get("pwdx", "") == note.get("pwdx", user.get("pwdx", ""))


def with_option(line, change):
    """Return the line with the option changed; None if it is not the value that was seen."""
    words = line.split(" ")
    places = [i for i, word in enumerate(words) if word == change["option"]]
    if len(places) != 1:
        return None
    end = next((i for i in range(places[0] + 1, len(words)) if words[i][:1] == "/"), len(words))
    if " ".join(words[places[0] + 1 : end]) != change["before"]:
        return None
    return " ".join([*words[: places[0] + 1], change["after"], *words[end:]])


# --- the command line -----------------------------------------------------------------------------


def load(path):
    """Return the plan; its hash must be that of what is in it."""
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        stated = plan["hash"]
        covered = {name: plan[name] for name in ("box", "steps", "prospect")}
        text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        found = hashlib.sha256(text.encode()).hexdigest()
    except OSError as error:
        raise StopError(2, f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StopError(2, f"{path} is no plan") from None
    if found != stated:
        raise StopError(2, f"{path} was changed since it was made: its hash is another one")
    try:
        is_plan = is_sound(plan)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_plan = False
    if not is_plan:
        raise StopError(2, f"{path} is no plan that this script understands")
    return plan


def is_sound(plan):
    """Return whether a plan has all that a run reads of it, in the form that it needs."""
    steps, prospect = plan["steps"], plan["prospect"] or {"opens": [], "dangerous": False}
    numbers = [step["number"] for step in steps]
    texts = [step[key] for step in steps for key in ("control", "action_class")]
    texts += [step["subject"]["name"] for step in steps]
    for one in prospect["opens"]:
        texts += [one["control"], one["severity"], one["title"], *one["caused_by"]]
        texts += one["details"]
    changes = [step["change"]["machine"] for step in steps]
    return (
        isinstance(steps, list)
        and all(type(number) is int for number in numbers)
        and len(set(numbers)) == len(numbers)
        and type(prospect["dangerous"]) is bool
        and all(isinstance(text, str) for text in [plan["box"], *texts])
        and all(is_change(change) for change in changes if change is not None)
    )


def is_change(change):
    """Return whether a change is of a known kind, and its names can be nothing but names."""
    needs = NEEDS[change["kind"]]
    texts = [change[key] for key in needs]
    named = [change[key] for key in ("attribute", "element") if key in needs]
    named += change["before"].split() if change["kind"] == "marks" else []
    values = [change.get(key) for key in ("before", "after", "name")]
    return (
        all(isinstance(text, str) for text in texts)
        and all(value is None or isinstance(value, str) for value in values)
        and all(re.fullmatch(r"[A-Za-z][\w.-]*", name, re.ASCII) for name in named)
        and change.get("path") in {None, "allow", "pseudo/app"}
        and change.get("tag") in {None, "cd", "fork"}
        and all(change[key] for key in ("guid", "cn", "head") if key in needs)
        and (change["kind"] != "option" or re.fullmatch(r"[^\s/]\S*", change["after"]) is not None)
        and (change["kind"] != "password" or change["length"] in range(12, 65))
    )


def chosen(plan, options):
    """Return the steps that --only and --class leave."""
    steps = plan["steps"]
    if options.only:
        wanted = [part.strip() for part in options.only.split(",") if part.strip()]
        known = {step["control"] for step in steps} | {str(step["number"]) for step in steps}
        unknown = [part for part in wanted if part not in known]
        if unknown:
            raise StopError(2, f"--only: the plan has no step {unknown[0]:.40}")
        steps = [s for s in steps if s["control"] in wanted or str(s["number"]) in wanted]
    if options.classes:
        steps = [step for step in steps if step["action_class"] in options.classes]
    return steps


def foretell(plan, options):
    """Say what the plan opens, and refuse a dangerous one unless that is accepted."""
    prospect = plan["prospect"] or {"opens": [], "dangerous": False}
    for one in prospect["opens"]:
        causes = ", ".join(one["caused_by"])
        print(f"it opens {one['control']} ({one['severity']}, by {causes}): {one['title']}")
        for detail in one["details"]:
            print(f"  {detail!r:.200}")
    if prospect["dangerous"] and options.apply and not options.accept_dangerous:
        raise StopError(2, "the plan is dangerous, see what it opens: add --accept-dangerous")


def account():
    name = os.environ.get("PBX_ADMIN_USERNAME")
    password = os.environ.get("PBX_ADMIN_PASSWORD")
    if name and password:
        return name, password
    if not sys.stdin or not sys.stdin.isatty():
        raise StopError(2, "set PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD")
    return input("administrator: "), getpass.getpass()


def options_of(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--plan", type=Path, default=Path(__file__).with_name("plan.json"), help="the plan")
    add("--url", required=True, help="address of the PBX, the master: https://host")
    add("--fingerprint", default="", help="SHA-256 of the certificate, instead of a trusted one")
    add("--ca-file", default=None, help="authority of the certificate")
    add(
        "--apply",
        nargs="?",
        default="",
        const=ASK,
        metavar="HASH",
        help="do it: the first 12 characters of the hash of the plan; without them it asks",
    )
    add("--only", default="", metavar="HD-04,7,…", help="steps of these controls or numbers only")
    add("--class", dest="classes", action="append", choices=CLASSES, help="steps of this class")
    add("--accept-dangerous", action="store_true", help="although the plan opens something")
    add("--passwords-ready", action="store_true", help="phones and people have the new passwords")
    add("--password-command", default="", metavar="PROGRAM", help="keeps new passwords")
    return parser.parse_args(arguments)


def approve(plan, options):
    """Refuse to change anything unless whoever runs this knows the hash of the plan."""
    if options.apply == ASK:
        if not sys.stdin or not sys.stdin.isatty():
            raise StopError(2, "there is nobody to ask: give the hash of the plan, --apply HASH")
        options.apply = input("hash of the plan, at least 12 characters: ").strip() or "none"
    if options.apply and not (len(options.apply) >= 12 and plan["hash"].startswith(options.apply)):
        raise StopError(2, "this is not the hash of the plan: read it, then give its hash")


def run(arguments, *, back):
    options = options_of(arguments)
    plan = load(options.plan)
    steps = chosen(plan, options)
    if not back:
        foretell(plan, options)
    approve(plan, options)
    by_hand = sum(not step["change"]["machine"] for step in steps)
    if by_hand and not back:
        print(f"{by_hand} of {len(steps)} steps are left to people: see runbook.md")
    steps = [step for step in steps if step["change"]["machine"]]
    if not steps:
        print("nothing to do for this script")
        return
    pbx = Pbx(options.url, account(), (options.fingerprint, options.ca_file), plan)
    if pbx.box().get("serial") != plan["box"]:
        raise StopError(2, "the plan was made for another box: the serial number differs")
    with Folder(options.plan.parent, plan, changes=bool(options.apply)) as folder:
        one = Run(pbx, folder, options, plan)
        if options.apply and not back:
            folder.keep(options.plan)
        if back:
            order = list(folder.notes())
            hint_at_others(folder)
            steps = [step for step in steps if step["number"] in order]
            steps.sort(key=lambda step: order.index(step["number"]), reverse=True)
        for step in steps:
            (one.undo if back else one.do)(step)
    for outcome, count in one.outcomes.items():
        print(f"steps that ended with {outcome!r}: {count}")
    has_options = any(step["change"]["machine"]["kind"] == "option" for step in steps)
    if options.apply and has_options and pbx.box().get("reset-required") == "true":
        print("the box says that it needs a reset before all of this counts")
    if not options.apply:
        print(f"nothing was changed; to do it, add --apply {plan['hash'][:12]}")


def hint_at_others(folder):
    """Say that steps of other plans were done too; stop if there is nothing else to take back."""
    for plan in folder.others():
        hint = f"{STATE} holds steps of another plan: "
        hint += f"take them back with --plan {kept_name(plan)} --apply {plan[:12]}"
        if not folder.notes():
            raise StopError(2, hint)
        print(hint)


def main(arguments=None, *, back=False):
    """Return the exit code of a run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        run(arguments, back=back)
        sys.stdout.flush()
    except StopError as stop:
        print(f"stopped: {stop}", file=sys.stderr)
        return stop.code
    except (KeyboardInterrupt, EOFError):
        print("interrupted: run again to go on", file=sys.stderr)
        return 130
    except OSError as error:  # all others are a StopError: nobody reads what this prints
        sys.stdout = None
        print(f"stopped: the output cannot be written ({error.strerror})", file=sys.stderr)
        return 6
    except RecursionError:
        print("stopped: the PBX answers with elements that are nested too deep", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
