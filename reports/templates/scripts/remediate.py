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
(what is needed to take it back; holds encrypted passwords: delete it when you are sure); for new
passwords `new-passwords.txt` and `expert-script.txt`. All are readable by you only.

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
import sys
import time
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

SOAP = "/PBX0/user.soap"
NAMESPACE = "http://innovaphone.com/pbx"
MASK = "********"
TIMEOUT = 30
MAX_ANSWER = 64 * 1024 * 1024
ALPHABET = string.ascii_letters + string.digits + "-_.+"
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
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise StopError(2, "give the address as https://host or https://host:port")
        self.parts = parts
        self.account = account
        self.trust = trust
        self.challenge = {}
        self.count = 0
        changes = [step["change"]["machine"] for step in plan["steps"] if step["change"]["machine"]]
        self.names = {change["cn"] for change in changes if change["kind"] != "option"}
        self.heads = {change["head"] for change in changes if change["kind"] == "option"}

    def show(self, cn):
        """Return an object as it is configured, without what its templates give."""
        self.check(cn in self.names)
        return self.admin(f'<show><user cn={quoteattr(cn)} config="true"/></show>', cn)

    def modify(self, user):
        """Replace an object as a whole."""
        self.check(user.get("cn") in self.names)
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
            raise StopError(1, f"the PBX refuses the change: {text:.200}")
        if cn is None:
            return None
        users = [user for user in found.iter("user") if user.get("cn") == cn]
        if len(users) != 1:
            raise StopError(1, f"the PBX shows no object {cn!r}, or several")
        return users[0]

    def lines(self):
        """Return the lines of the device's configuration that begin with `config change`."""
        text = self.ask("GET", "/cfg.txt").decode(errors="replace")
        return [line for line in text.splitlines() if line.startswith("config change ")]

    def configure(self, line):
        """Replace one whole line, save it, and make it work."""
        self.check(head_of(line) in self.heads)
        for command in (line, "config write", "config activate"):
            answer = self.ask("GET", "/!" + urllib.parse.quote(command, safe=""))
            if answer.strip() != b"ok":
                raise StopError(1, f"the PBX does not accept: {command:.60}")

    def serial(self):
        """Return the serial number of the box."""
        root = parse(self.ask("GET", "/CMD0/box_info.xml"))
        found = [e.get("serial") for e in root.iter() if e.get("serial")]
        return found[0] if found else ""

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
        except (OSError, http.client.HTTPException) as error:
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
            if not secrets.compare_digest(shown, fingerprint.replace(":", "").lower()):
                connection.close()
                raise StopError(3, "the certificate of the PBX is not the one of --fingerprint")
        return connection

    def digest(self, method, path):
        """Return the answer to a digest challenge (RFC 7616)."""
        asked, (name, password) = self.challenge, self.account
        algorithm = asked.get("algorithm", "MD5")
        make = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}.get(algorithm.upper())
        if make is None:
            raise StopError(3, f"the PBX asks for a digest of kind {algorithm:.20}")

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
        return f"Digest {quoted}{extra}"


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
    except ET.ParseError:
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
    copy.attrib.pop("pwdx", None)
    if "pwd" in copy.attrib:
        copy.set("pwd", MASK)
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


def current(user, change):
    """Return the value that a change is about, as the plan writes it; None if it is not set."""
    kind = change["kind"]
    if kind == "attribute":
        return user.get(change["attribute"]) or None
    if kind == "device":
        return device_of(user, change).get(change["attribute"]) or None
    if kind == "part":
        return change["before"] if len(parts_of(user, change)) == 1 else None
    if kind == "new-device":
        return next(
            (d.get("hw") for d in user.findall("device") if d.get("hw") == change["hw"]), None
        )
    raise StopError(2, f"the plan has a change of kind {kind!r}, which this script does not know")


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
        new.remove(parts_of(new, change)[0])
    elif kind == "new-device":
        ET.SubElement(new, "device", {"hw": change["hw"]})
    elif kind == "password":
        new.set("pwd", secret)
    return new


# --- files ----------------------------------------------------------------------------------------


class Folder:
    """The files beside the plan."""

    def __init__(self, path):
        self.path = path
        self.lock = path / "remediation.lock"

    def __enter__(self):
        try:
            os.close(os.open(self.lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise StopError(2, f"another run is going on, or broke off: see {self.lock}") from None
        except OSError as error:
            raise StopError(6, f"{self.lock} cannot be written ({error.strerror})") from None
        return self

    def __exit__(self, *_):
        self.lock.unlink(missing_ok=True)

    def append(self, name, text):
        """Add a line to a file that only its owner can read, and see it on the disk."""
        try:
            handle = os.open(self.path / name, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StopError(6, f"{name} cannot be written ({error.strerror})") from None

    def log(self, step, outcome):
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "step": step["number"]}
        entry |= {"control": step["control"], "object": step["subject"]["name"], "outcome": outcome}
        self.append("remediation.log", json.dumps(entry))
        print(f"step {step['number']}: {step['control']} {step['subject']['name']!r}: {outcome}")

    def note(self, entry):
        self.append("remediation.state", json.dumps(entry))

    def notes(self):
        """Return the last note of each step, by number, in the order in which they were begun."""
        try:
            lines = (self.path / "remediation.state").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        try:
            found = {}
            for entry in map(json.loads, lines):
                if entry["phase"] == "begun":
                    found.pop(entry["step"], None)
                found[entry["step"]] = entry
        except (ValueError, KeyError, TypeError):
            raise StopError(2, "remediation.state is damaged") from None
        return found


# --- one step -------------------------------------------------------------------------------------


class Run:
    """Does steps, or takes them back."""

    def __init__(self, pbx, folder, options, plan):
        self.pbx = pbx
        self.folder = folder
        self.options = options
        self.hash = plan["hash"]

    def do(self, step):
        """Do one step, unless it was done before."""
        change, note = step["change"]["machine"], self.folder.notes().get(step["number"])
        if note and note["hash"] != self.hash:
            raise StopError(2, "remediation.state belongs to another plan")
        if note and note["phase"] == "done":
            return self.folder.log(step, "was done before")
        if change["kind"] == "option":
            return self.do_option(step, change, note)
        if change["kind"] == "password":
            return self.do_password(step, change, note)
        return self.do_object(step, change, note, "")

    def do_object(self, step, change, note, secret):
        user = self.pbx.show(change["cn"])
        self.same_object(user, change)
        if note and self.was_done(user, note):
            return self.finish(step, note, "was done before the break")
        if change["kind"] != "password" and current(user, change) != change["before"]:
            raise StopError(1, f"step {step['number']}: the value is not the one that was seen")
        new = changed(user, change, secret)
        if not self.options.apply:
            return self.say(step, "would be done")
        note = self.noted(step, masked(user), masked(new))
        if secret:
            note["pwdx"] = user.get("pwdx") or ""
        self.folder.note(note)
        self.pbx.modify(new)
        self.verify(step, change, note, user)
        return self.finish(step, note, "done")

    @staticmethod
    def was_done(user, note):
        """Return whether a change that was begun arrived, although its answer did not."""
        arrived = canonical(user) == canonical(ET.fromstring(note["after"]))
        return arrived and user.get("pwdx", "") != note.get("pwdx")

    def verify(self, step, change, note, old):
        now = self.pbx.show(change["cn"])
        if canonical(now) != canonical(ET.fromstring(note["after"])):
            raise StopError(1, f"step {step['number']}: the PBX did not take the change as it is")
        if change["kind"] == "password" and now.get("pwdx", "") == old.get("pwdx", ""):
            raise StopError(1, f"step {step['number']}: the password did not change")

    def do_password(self, step, change, note):
        """Make a password first, so that phones can get it; set it when they have."""
        path = self.folder.path / "new-passwords.txt"
        mark = f"{step['number']} {change['h323']} "
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        known = [line[len(mark) :] for line in lines if line.startswith(mark)]
        if not known:
            if not self.options.apply:
                return self.say(step, "would get a new random password")
            secret = "".join(secrets.choice(ALPHABET) for _ in range(change["length"]))
            self.folder.append(path.name, mark + secret)
            if change["script"]:
                script = change["script"].replace("{password}", urllib.parse.quote(secret, safe=""))
                self.folder.append("expert-script.txt", script)
            known = [secret]
        if change["script"] and not self.options.phones_ready:
            wait = "give expert-script.txt to the phones, then run again with --phones-ready"
            return self.say(step, wait)
        return self.do_object(step, change, note, known[-1])

    def do_option(self, step, change, note):
        line = self.line(change)
        if note and line == note["after"]:
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
        change, note = step["change"]["machine"], self.folder.notes().get(step["number"])
        if note["phase"] == "undone":
            return self.say(step, "was taken back before")
        if note["hash"] != self.hash:
            raise StopError(2, "remediation.state belongs to another plan")
        if change["kind"] == "option":
            return self.undo_option(step, change, note)
        user = self.pbx.show(change["cn"])
        self.same_object(user, change)
        before, after = ET.fromstring(note["before"]), ET.fromstring(note["after"])
        is_before = canonical(user) == canonical(before)
        if "pwdx" in note:
            is_before = user.get("pwdx", "") == note["pwdx"]
        if not is_before and canonical(user) != canonical(after):
            raise StopError(1, f"step {step['number']}: somebody changed the object since")
        if not self.options.apply:
            return self.say(step, "would be taken back")
        if not is_before:
            if "pwdx" in note:
                before.attrib.pop("pwd", None)
                if note["pwdx"]:
                    before.set("pwd", MASK)
                    before.set("pwdx", note["pwdx"])
            self.pbx.modify(before)
            now = self.pbx.show(change["cn"])
            if canonical(now) != canonical(before) or now.get("pwdx", "") != note.get(
                "pwdx", now.get("pwdx", "")
            ):
                raise StopError(
                    1, f"step {step['number']}: the PBX did not take the old value back"
                )
        return self.finish(step, note, "taken back", "undone")

    def undo_option(self, step, change, note):
        line = self.line(change)
        if line not in {note["before"], note["after"]}:
            raise StopError(1, f"step {step['number']}: somebody changed the line since")
        if not self.options.apply:
            return self.say(step, "would be taken back")
        if line != note["before"]:
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

    @staticmethod
    def say(step, outcome):
        print(f"step {step['number']}: {step['control']} {step['subject']['name']!r}: {outcome}")

    @staticmethod
    def same_object(user, change):
        if user.get("guid", "").lower() != change["guid"].lower():
            raise StopError(1, f"{change['cn']!r} is another object than the one that was audited")


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
    """Return the plan; its hash must be that of its steps."""
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        steps, stated = plan["steps"], plan["hash"]
        text = json.dumps(steps, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except OSError as error:
        raise StopError(2, f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise StopError(2, f"{path} is no plan") from None
    if hashlib.sha256(text.encode()).hexdigest() != stated:
        raise StopError(2, f"{path} was changed since it was made: its hash is another one")
    return plan


def chosen(plan, options):
    only = set(filter(None, options.only.split(",")))
    steps = [step for step in plan["steps"] if not only or step["control"] in only]
    if options.safe:
        steps = [step for step in steps if step["action_class"] == "safe"]
    return steps


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
    add("--apply", default="", metavar="HASH", help="do it: the first 12 characters of the hash")
    add("--only", default="", metavar="HD-04,…", help="steps of these controls only")
    add("--safe", action="store_true", help="steps of class safe only")
    add("--phones-ready", action="store_true", help="the phones have the new password")
    return parser.parse_args(arguments)


def run(arguments, *, back):
    options = options_of(arguments)
    plan = load(options.plan)
    if options.apply and not (len(options.apply) >= 12 and plan["hash"].startswith(options.apply)):
        raise StopError(2, "this is not the hash of the plan: read it, then give its hash")
    steps = chosen(plan, options)
    for step in steps:
        if not step["change"]["machine"]:
            print(f"step {step['number']}: {step['control']}: by hand: {step['change']['by_hand']}")
    steps = [step for step in steps if step["change"]["machine"]]
    if not steps:
        print("nothing to do for this script")
        return
    pbx = Pbx(options.url, account(), (options.fingerprint, options.ca_file), plan)
    if pbx.serial() != plan["box"]:
        raise StopError(2, "the plan was made for another box: the serial number differs")
    with Folder(options.plan.parent) as folder:
        one = Run(pbx, folder, options, plan)
        if back:
            order = list(folder.notes())
            steps = [step for step in steps if step["number"] in order]
            steps.sort(key=lambda step: order.index(step["number"]), reverse=True)
        for step in steps:
            (one.undo if back else one.do)(step)
    if not options.apply:
        print(f"nothing was changed; to do it, add --apply {plan['hash'][:12]}")


def main(arguments=None, *, back=False):
    """Return the exit code of a run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        run(arguments, back=back)
    except StopError as stop:
        print(f"stopped: {stop}", file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        print("interrupted: run again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
