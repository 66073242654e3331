#!/usr/bin/env python3
"""Apply the steps of plan.json to an innovaphone PBX, or take them back.

    remediate.py --url https://pbx.example.com               look only: say what would be done
    remediate.py --url https://pbx.example.com --apply HASH  do it; HASH is that of the plan
    rollback.py  --url https://pbx.example.com --apply HASH  take back what was done
    rollback.py  --url https://pbx.example.com --restore     show what differs from what was noted
    rollback.py  … --restore --everything                    … and from what was kept of all else

The account comes from PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD, or is asked for. It must be an
administrator. Python 3.11 or later; nothing but its standard library is used.

What it sends: SOAP `Admin` with <show> and <modify> for the objects of the plan, `!config change`
for the lines of the plan, then `!config write` and `!config activate`. Each step is done only if
the value is still the one that the audit saw, and is read again afterwards. It stops at the first
step that is not as it should be.

An object or a line is written whole. It is looked at again directly before, and if it is not what
was looked at first, nothing is sent. What somebody else changes between this last look and the
write is overwritten: the PBX has no write that asks first. That is the time of two requests, some
hundredths of a second in a local network; every run that wrote says how long it was at most.

Where the account may read the configuration, that is read before and after each write: a step
counts only if it holds what the PBX shows, and what else changed is named, and stops the run.

What it writes, beside the plan: `remediation.log` (what was done, no secrets); `remediation.state`
(each object and line as it was before the first byte was sent, encrypted password included, which
is what it takes to take a step back); `remediation.key`, without which the state is not believed,
nor one that lost its end: delete both when you are sure; `configuration-HASH.txt` (the lines of
all objects and modules before the first step, without the logins of the box); `plan-HASH.json`, the
plan that this belongs to, in case another audit replaces plan.json; `new-passwords.txt`, and
`expert-script.txt` for phones. All are readable by you only. A folder or a file that others can
write to, a link, and what is no file are refused.

What could not be put back is not begun: an object whose encrypted password the PBX does not show,
or of which the configuration, where it can be read, holds more than is shown, or something else.

A PBX that does not keep what it is sent is seen: the run stops, and says what differs. A change
that was taken by halves can be gone on with, by both scripts. Where more is missing than the step
takes away, only the way back is left: rollback.py, and `rollback.py --restore`, which shows what
differs from the noted object, and with --apply HASH puts it back whole, whatever is there now. From
a PBX that goes on losing or changing parts of what it is sent whole, it gets them back one by one,
with <del-attrib> and <add-attrib>. `--everything` does the same for what no step is about.

New passwords are made first and set in a second run, with --passwords-ready, when phones and people
have them. --password-command PROGRAM keeps them elsewhere: it is run with `put NAME` and the
password on its standard input, and with `get NAME`, which prints it; it ends with 0 if that worked.
What phones need stays in `expert-script.txt`.

Exit codes: 0 done, 1 a step is not as expected and nothing after it was done, 2 wrong input,
3 the PBX cannot be reached or refuses the login, 6 a file cannot be written or is not safe to use,
130 interrupted.
"""

import sys


def isolate():
    """Leave no place to import from but Python's own library, before anything is imported.

    This is what `python -I` does and more: a module beside the script, in the current folder, in
    PYTHONPATH or of a user is never run.
    """
    version = "python{}.{}".format(*sys.version_info)
    usual = f"{sys.base_prefix}/{sys.platlibdir}/{version}"
    library = getattr(sys, "_stdlib_dir", None) or usual
    compiled = (f"{sys.base_exec_prefix}/{sys.platlibdir}/{version}/lib-dynload",)
    compiled += (f"{library}/lib-dynload", f"{sys.base_prefix}\\DLLs")
    own = {library, usual, *compiled, f"{sys.base_prefix}\\{version.replace('.', '')}.zip"}
    sys.path[:] = [library, *(place for place in sys.path if place in own and place != library)]
    sys.dont_write_bytecode = True


if __name__ == "__main__":
    isolate()

import argparse
import collections
import contextlib
import copy
import getpass
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import ssl
import stat
import string
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

# --- What all parts share -------------------------------------------------------------------------


SOAP = "/PBX0/user.soap"
NAMESPACE = "http://innovaphone.com/pbx"
MASK = "********"
TIMEOUT = 30
MAX_ANSWER = 64 * 1024 * 1024
MAX_DEPTH = 100
ALPHABET = string.ascii_letters + string.digits + "-_.+"
CLASSES = ("safe", "needs-review", "dangerous")
STATE = "remediation.state"
KEY = "remediation.key"
LOG = "remediation.log"
LOCK = "remediation.lock"
PASSWORDS = "new-passwords.txt"
SCRIPT = "expert-script.txt"
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
MARK = re.compile(r"##(?=[A-Za-z-]*\[)")  # what logs of CI systems act upon anywhere in a line
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns:ns1="{NAMESPACE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
    '<ns1:Admin><xml xsi:type="xsd:string">{}</xml></ns1:Admin>'
    "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)


def write_out(text, file=None):
    """Print lines, none of which a terminal or the log of a CI system takes for a command.

    Names come from a PBX. Each line begins with words of this script.
    """
    print("\n".join(map(inert, text.split("\n"))), file=file or sys.stdout)


def inert(line):
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return MARK.sub(r"#\\x23", shown)


class StopError(Exception):
    """The end of a run, with its exit code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# --- Files: none is reached through a link, none is one that others can write to, none is no file -


try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    fcntl = None

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
# Windows has none of these; there the folder's own rights have to do.
WITHIN = os.open in os.supports_dir_fd
FLAGS = sum(getattr(os, f"O_{name}", 0) for name in ("NOFOLLOW", "NONBLOCK", "CLOEXEC", "BINARY"))


def guarded(function):
    """Turn what a file system says into the end of a run."""

    def inner(self, name, *more):
        try:
            return function(self, name, *more)
        except OSError as error:
            raise StopError(6, f"{name} cannot be used ({error.strerror})") from None

    return inner


class Files:
    """The files of one folder, which is opened once: whoever exchanges it later changes nothing."""

    def __init__(self, path):
        self.path = path
        self.folder = None

    def open(self):
        """Open the folder, unless it is open."""
        if self.folder is not None or not WITHIN:
            return
        try:
            self.folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise StopError(2, f"{self.path} cannot be opened ({error.strerror})") from None
        seen = os.fstat(self.folder)
        if seen.st_uid not in {0, os.geteuid()} or seen.st_mode & OTHERS_WRITE:
            self.close()
            raise StopError(
                6,
                f"{self.path} is not safe: others can write to it, or own it. What lies there "
                "decides what is sent to the PBX: move the plan, or chmod go-w the folder",
            )
        for folder in above(self.path):
            if is_open_to_all(folder):
                self.close()
                raise StopError(
                    6,
                    f"{self.path} is not safe: everybody can write to {folder} above it, and so "
                    "put another folder in its place: move the plan, or chmod o-w that folder",
                )

    def close(self):
        if self.folder is not None:
            os.close(self.folder)
            self.folder = None

    def check(self):
        """Refuse, before a request is sent, a folder with a file that could not be used later."""
        for name in (STATE, KEY, LOG, LOCK, PASSWORDS, SCRIPT):
            self.check_one(name)

    @guarded
    def check_one(self, name):
        with contextlib.suppress(FileNotFoundError):
            os.close(self.handle(name, os.O_RDONLY))

    def at(self, name):
        """Return how a function of `os` is told which file is meant."""
        self.open()
        return (name, {"dir_fd": self.folder}) if WITHIN else (self.path / name, {})

    def handle(self, name, flags):
        """Return a handle of a regular file of our own, and of nothing else."""
        path, within = self.at(name)
        with contextlib.suppress(FileNotFoundError):
            # Before it is opened: to open a device can set something off.
            check_file(name, os.stat(path, follow_symlinks=False, **within))
        handle = os.open(path, flags | FLAGS, 0o600, **within)
        try:
            check_file(name, os.fstat(handle))
            if flags & os.O_CREAT and hasattr(os, "fchmod"):  # whatever the umask, and its past
                os.fchmod(handle, 0o600)
        except BaseException:
            os.close(handle)
            raise
        return handle

    @guarded
    def content(self, name):
        """Return what is in a file, nothing if it is not there."""
        try:
            handle = self.handle(name, os.O_RDONLY)
        except FileNotFoundError:
            return b""
        with os.fdopen(handle, "rb") as file:
            return file.read()

    @guarded
    def append(self, name, text):
        """Add a line to a file that only its owner can read, and see it on the disk."""
        with os.fdopen(self.handle(name, os.O_CREAT | os.O_APPEND | os.O_RDWR), "a+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(end - 1, 0))
            is_whole = file.read(1) in {b"", b"\n"}
            file.write(("" if is_whole else "\n").encode() + text.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if not end:
            self.settle()

    @guarded
    def shorten(self, name, length):
        """Cut off what the power cut short."""
        with os.fdopen(self.handle(name, os.O_RDWR), "r+b") as file:
            file.truncate(length)

    @guarded
    def replace(self, name, content):
        """Write a file that is there as a whole, or not at all."""
        new, within = self.at(f"{name}.new")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new, **within)
        with os.fdopen(
            self.handle(f"{name}.new", os.O_CREAT | os.O_EXCL | os.O_RDWR), "wb"
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        both = {"src_dir_fd": self.folder, "dst_dir_fd": self.folder} if WITHIN else {}
        os.replace(new, self.at(name)[0], **both)
        self.settle()

    def settle(self):
        """See the names of new files on the disk, where a file system can be asked for that."""
        if self.folder is not None:
            with contextlib.suppress(OSError):
                os.fsync(self.folder)

    @guarded
    def lock(self, name):
        """Hold a file until this process ends, however it ends; return its handle."""
        handle = self.handle(name, os.O_CREAT | os.O_RDWR)
        try:
            if fcntl is None:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise StopError(2, f"another run is going on: it holds {name}") from None
        return handle


def above(path):
    """Return the folders above a path, as it is written and where it leads to."""
    return sorted({*path.absolute().parents, *path.resolve().parents})


def is_open_to_all(folder):
    """Return whether everybody can put something else in the place of what lies in a folder."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def check_file(name, seen):
    """Refuse a link, a folder, a pipe, a device, and a file that is not ours alone."""
    problem = ""
    if not stat.S_ISREG(seen.st_mode):
        problem = "it is no file, or a link"
    elif hasattr(os, "geteuid") and seen.st_uid != os.geteuid():
        problem = "it belongs to somebody else"
    elif seen.st_nlink > 1:
        problem = "it has a second name elsewhere"
    elif fcntl is not None and seen.st_mode & OTHERS_WRITE:
        problem = "others can write to it"
    if problem:
        raise StopError(6, f"{name} is not used: {problem}")


def read_file(path):
    """Return what is in a file that may lie anywhere, but never wait for a pipe or a device."""
    handle = os.open(path, os.O_RDONLY | (FLAGS & ~getattr(os, "O_NOFOLLOW", 0)))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is no file")
        return file.read()


# --- Kinds of changes: what reads the value from an object or a line, and what sets it ------------


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


def changed(user, change):
    """Return the object as it is to be; a new password is not in it."""
    new = copy.deepcopy(user)
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
        new.attrib.pop("pwdx", None)  # what the PBX makes of the new one is known when it shows it
    return new


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


# --- The login at the PBX -------------------------------------------------------------------------


ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
SCHEME = ""  # beside the parameters of a challenge, none of which has this name
OFFERED = re.compile(r'([^\s,="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([^\s,="]+)')


class Login:
    """Answers the digest challenges of a PBX for one account."""

    def __init__(self, name, password):
        self.account = (name, password)
        self.challenge = {}
        self.count = 0

    def meet(self, challenge):
        """Take a challenge, which is answered from now on."""
        self.challenge, self.count = challenge, 0

    def headers(self, method, path):
        return {"Authorization": self.digest(method, path)} if self.challenge else {}

    def digest(self, method, path):
        """Return the answer to a digest challenge (RFC 7616)."""
        asked, (name, password) = self.challenge, self.account
        algorithm = asked.get("algorithm", "MD5")
        make = ALGORITHMS.get(algorithm.upper())
        if make is None:
            raise StopError(3, f"the PBX asks for a digest of kind {algorithm[:20]!r}")

        def digest(text):
            return make(text.encode(errors="surrogateescape")).hexdigest()

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
        return f"Digest {quoted}{extra}".encode(errors="surrogateescape")


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
    """Return the digest challenge to answer, of a list of any challenges (RFC 9110, 11)."""
    offers = []
    shown = ", ".join(headers.get_all("WWW-Authenticate") or ())
    # Octets, whatever they mean: a realm goes back, and into the digest, as it came.
    text = shown.encode("latin-1", "replace").decode(errors="surrogateescape")
    for name, quoted, plain, scheme in OFFERED.findall(text):
        if scheme:
            offers.append({SCHEME: scheme.lower()})
        elif offers:
            offers[-1].setdefault(name.lower(), plain or re.sub(r"\\(.)", r"\1", quoted))
    digests = [one for one in offers if one[SCHEME] == "digest"]
    known = [one for one in digests if one.get("algorithm", "MD5").upper() in ALGORITHMS]
    return next(iter([*known, *digests]), {})


def quote(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


# --- New passwords --------------------------------------------------------------------------------


class Passwords:
    """Keeps new passwords in a file beside the plan, or where a command keeps them."""

    def __init__(self, folder, plan, command):
        self.folder = folder
        self.prefix = f"pbx-{plan['box']}-{plan['hash'][:12]}-step-"
        self.command = command

    def get(self, step):
        """Return the password that was made for a step, None if there is none yet."""
        mark = f"{self.prefix}{step['number']}"
        for words in (line.split(" ", 2) for line in self.folder.lines(PASSWORDS)):
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
        self.folder.append(PASSWORDS, f"{mark} {shown} {json.dumps(change['name'])}")
        self.script(change, secret)

    def script(self, change, secret):
        """Write what phones need, unless that was done: a run may break off before."""
        text = change["script"].replace("{password}", urllib.parse.quote(secret, safe=""))
        if text and text not in "\n".join(self.folder.lines(SCRIPT)):
            self.folder.append(SCRIPT, text)

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


# --- XML from the PBX: no document type, no entities, no depths -----------------------------------


class Reading:
    """Takes the events of a parser, which knows all encodings, and refuses those it must not meet.

    A document type is refused when it begins, so nothing that it declares is ever used.
    """

    def __init__(self):
        self.tree = ET.TreeBuilder()
        self.depth = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.tree.data
        for event in ("StartDoctypeDecl", "EntityDecl", "UnparsedEntityDecl", "ExternalEntityRef"):
            setattr(self.parser, f"{event}Handler", self.refuse)

    def start(self, tag, attributes):
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise StopError(1, "the PBX answers with elements that are nested too deep")
        self.tree.start(full(tag), {full(name): text for name, text in attributes.items()})

    def end(self, tag):
        self.depth -= 1
        self.tree.end(full(tag))

    @staticmethod
    def refuse(*_):
        raise StopError(1, "the PBX answers with XML that declares a document type")


def full(name):
    return f"{{{name}" if "}" in name else name


def parse(content):
    """Return the root of what the PBX sent: bytes in an encoding of their own, or text."""
    reading = Reading()
    try:
        reading.parser.Parse(content, True)
        return reading.tree.close()
    except (expat.ExpatError, ValueError, LookupError):  # the latter two: an unknown encoding
        raise StopError(1, "the PBX answers with something that is no XML") from None


# --- The plan -------------------------------------------------------------------------------------


def load(path):
    """Return the plan; its hash must be that of what is in it."""
    try:
        plan = json.loads(read_file(path).decode())
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
        write_out(f"it opens {one['control']} ({one['severity']}, by {causes}): {one['title']}")
        for detail in one["details"]:
            write_out(f"  {detail!r:.200}")
    if prospect["dangerous"] and options.apply and not options.accept_dangerous:
        raise StopError(2, "the plan is dangerous, see what it opens: add --accept-dangerous")


# --- What was done, and what it takes to take it back ---------------------------------------------


KEY_BYTES = 32


class Folder(Files):
    """The files beside a plan. Only one run at a time `changes` the PBX.

    Each note ends with an authentication of itself and of the one before it. Its key is made of the
    hash of the plan that the note belongs to and of a file that nobody else can read: a note that
    was edited, moved, left out or brought from elsewhere is refused. Which note is the last one is
    kept beside the key, so the end of the state is not missed either.
    """

    def __init__(self, path, plan, changes):
        super().__init__(path)
        self.hash = plan["hash"]
        self.changes = changes
        self.held = None
        self.known = None
        self.torn = None
        self.last = ""  # the authentication of the last note

    def __enter__(self):
        if self.changes:
            self.held = self.lock(LOCK)
        return self

    def __exit__(self, *_):
        self.close()
        if self.held is not None:
            os.close(self.held)

    def keep(self, content):
        """Keep the plan, without which nothing can be taken back: an audit may replace it."""
        if self.content(kept_name(self.hash)) != content:
            self.replace(kept_name(self.hash), content)

    def log(self, step, outcome):
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "step": step["number"]}
        entry |= {"control": step["control"], "object": step["subject"]["name"], "outcome": outcome}
        self.append(LOG, json.dumps(entry))

    def own_secret(self):
        """Return the key of this folder, which is kept before it is used."""
        secret = self.secret(self.content(KEY), may_make=not self.every())
        self.keep_last(secret)
        return secret

    def note(self, entry):
        known = self.every()
        if self.torn is not None:
            self.shorten(STATE, self.torn)
            self.torn = None
        secret = self.own_secret()
        last = self.proof(entry, self.last, secret)
        self.append(STATE, json.dumps({**entry, "proof": last}))
        self.last = last
        self.keep_last(secret)
        remember(known, entry)

    def keep_last(self, secret):
        """Keep which note is the last one: more may be in the state, none less."""
        content = secret + b"\n" + self.last.encode()
        if self.content(KEY) != content:
            self.replace(KEY, content)

    @staticmethod
    def proof(entry, last, secret):
        """Return the authentication of a note that comes after another one."""
        key = hmac.digest(secret, entry["hash"].encode(), hashlib.sha256)
        text = last + json.dumps(entry, sort_keys=True)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def secret(key, *, may_make=False):
        """Return what only the owner of this folder has; make it for the first note."""
        secret, _, _ = key.partition(b"\n")
        if not secret and may_make:
            secret = secrets.token_hex(KEY_BYTES).encode()
        if len(secret) != 2 * KEY_BYTES:
            raise StopError(2, f"{STATE} is damaged: {KEY}, which belongs to it, is not there")
        return secret

    def every(self):
        """Return the last note of each step, by plan and number, in the order of their beginning.

        Notes of other plans stay in the file. What follows the last end of a line was being written
        when the power failed: what it announces was not done yet, so it does not count.
        """
        if self.known is None:
            key = self.content(KEY)  # before the state: a run that is going on makes that longer
            whole, end, rest = self.content(STATE).rpartition(b"\n")
            self.torn = len(whole + end) if rest else None
            self.known = self.proven(whole.splitlines(), key)
        return self.known

    def proven(self, lines, key):
        known, secret = {}, self.secret(key) if lines else b""
        proofs = [""]
        for line in lines:
            try:
                entry = noted(line)
                stated = entry.pop("proof")
                self.last = self.proof(entry, self.last, secret)
                is_ours = hmac.compare_digest(stated.encode(), self.last.encode())
                remember(known, entry)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise StopError(2, f"{STATE} is damaged") from None
            if not is_ours:
                raise StopError(2, f"{STATE} is damaged, or somebody edited it: it is not believed")
            proofs.append(self.last)
        # What is not noted would not be taken back: a state that lacks its end is refused, or all.
        if key.partition(b"\n")[2].decode(errors="replace") not in proofs:
            raise StopError(
                2,
                f"{STATE} is damaged: {KEY} knows of notes that are not in it; put the whole one "
                "back, or delete both if there is nothing to take back",
            )
        return known

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

    def lines(self, name):
        """Return the lines of a file, none if it is not there."""
        try:
            return self.content(name).decode().splitlines()
        except UnicodeError:
            raise StopError(2, f"{name} is damaged") from None


def kept_name(plan_hash):
    return f"plan-{plan_hash[:12]}.json"


def kept_configuration(plan_hash):
    return f"configuration-{plan_hash[:12]}.txt"


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


# --- The PBX --------------------------------------------------------------------------------------


class Pbx:
    """Speaks to one PBX, and sends nothing but what the plan needs."""

    def __init__(self, url, account, trust, plan):
        self.parts = address(url)
        self.login = Login(*account)
        self.trust = trust
        if self.parts.scheme == "http" and any(trust):
            raise StopError(2, "--fingerprint and --ca-file need an https address")
        self.looked = time.monotonic()
        self.window = None  # the longest time between the last look and the answer of a write
        changes = [step["change"]["machine"] for step in plan["steps"] if step["change"]["machine"]]
        objects = [change for change in changes if change["kind"] != "option"]
        self.guids = {change["guid"].lower(): change["cn"] for change in objects}
        self.heads = {change["head"] for change in changes if change["kind"] == "option"}

    def allow(self, place):
        """Let one more module or object be written: by what is kept, and not by the plan."""
        self.guids.setdefault(place, "")
        self.heads.add(place)

    def show(self, change, renamed=False):
        """Return an object as it is configured, without what its templates give.

        One that lost its name by a write is found too if it may be `renamed`.
        """
        guid, cn = change["guid"], change["cn"]
        self.check(self.guids.get(guid.lower()) == cn)
        self.looked = time.monotonic()
        user = self.named("cn", cn)
        if user is None and renamed:
            user = self.named("guid", guid)
        if user is None:
            raise StopError(1, f"the PBX shows no object {cn!r}, or several")
        if user.get("guid", "").lower() != guid.lower():
            raise StopError(1, f"{cn!r} is another object than the one that was audited")
        return user

    def named(self, key, text):
        """Return the one object that has a name, None if there is none; `key` says which name."""
        found = self.admin(f'<show><user {key}={quoteattr(text)} config="true"/></show>')
        users = [user for user in found.iter("user") if user.get(key, "").lower() == text.lower()]
        users = [user for user in users if key == "guid" or user.get(key) == text]
        return users[0] if len(users) == 1 else None

    def modify(self, user):
        """Replace an object as a whole."""
        self.check(user.get("guid", "").lower() in self.guids)
        self.admin(f"<modify>{ET.tostring(user, encoding='unicode')}</modify>")
        self.written()

    def change_part(self, command, user, part):
        """Add one element to an object (`add-attrib`), or take one away (`del-attrib`)."""
        self.check(user.get("guid", "").lower() in self.guids)
        one = ET.Element("user", {name: user.get(name) for name in ("cn", "guid")})
        one.append(part)
        self.admin(f"<{command}>{ET.tostring(one, encoding='unicode')}</{command}>")
        self.written()

    def admin(self, command):
        """Send a SOAP command; return what is in its answer."""
        body = ENVELOPE.format(escape(command)).encode()
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}#Admin"'}
        answer = parse(self.ask("POST", SOAP, body, headers))
        inner = next((e for e in answer.iter() if e.tag.rpartition("}")[2] == "return"), None)
        if inner is None:
            raise StopError(1, "the PBX answers with a SOAP fault")
        found = parse(inner.text or "")
        if found.tag == "error" or found.find("error") is not None:
            text = found.text or found.findtext("error") or ""
            raise StopError(1, f"the PBX refuses the change: {text[:200]!r}")
        return found

    def lines(self):
        """Return the lines of the device's configuration that begin with `config change`."""
        self.looked = time.monotonic()
        return [line for line in self.configuration() if line.startswith("config change ")]

    def configuration(self):
        # A line goes back byte by byte, so nothing is lost here, and nothing but "\n" ends a line:
        # what follows the last one may have been cut off.
        text = self.ask("GET", "/cfg.txt").decode(errors="surrogateescape")
        return [line.removesuffix("\r") for line in text.split("\n")[:-1]]

    def configure(self, line):
        """Replace one whole line, save it, and make it work."""
        self.check(head_of(line) in self.heads)
        for command in (line, "config write", "config activate"):
            quoted = urllib.parse.quote(command, safe="", errors="surrogateescape")
            answer = self.ask("GET", f"/!{quoted}")
            if command == line:
                self.written()
            if answer.strip() != b"ok":
                raise StopError(1, f"the PBX does not accept: {command:.60}")

    def written(self):
        self.window = max(self.window or 0.0, time.monotonic() - self.looked)

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
                self.login.meet(asked)
                status, answer, _ = self.send(method, path, body, headers or {})
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise StopError(3, f"the PBX cannot be reached: {why(error)}") from None
        if status == 401:
            raise StopError(3, "the PBX refuses the login")
        if status != 200:
            raise StopError(1, f"the PBX answers with {status} to {path.partition('?')[0]:.60}")
        return answer

    def send(self, method, path, body, headers):
        connection = self.connect()
        try:
            connection.request(method, path, body, {**headers, **self.login.headers(method, path)})
            answer = connection.getresponse()
            content = answer.read(MAX_ANSWER + 1)
            if len(content) > MAX_ANSWER:
                raise StopError(1, "the answer of the PBX is too long")
            if answer.length:  # a read with a limit does not say that less came than was announced
                raise http.client.IncompleteRead(content, answer.length)
            return answer.status, content, digest_challenge(answer.headers)
        finally:
            connection.close()

    def connect(self):
        host, port = self.parts.hostname, self.parts.port
        if self.parts.scheme == "http":
            return http.client.HTTPConnection(host, port or 80, timeout=TIMEOUT)
        fingerprint, ca_file = self.trust
        os.environ.pop("SSLKEYLOGFILE", None)  # it would write the keys of the session to a file
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


def why(error):
    """Return why no answer came, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, http.client.RemoteDisconnected | http.client.IncompleteRead):
        return "the connection was closed before the answer was whole"
    if isinstance(error, http.client.HTTPException):
        return "what answers does not speak HTTP"
    if isinstance(error, OSError):
        return error.strerror or "the connection broke"
    return "no request can hold the name of this host, or this account"


def head_of(line):
    """Return the module of a line `config change MODULE /option value …`."""
    words = line.split()[2:]
    return " ".join(words[: next((i for i, w in enumerate(words) if w[0] == "/"), len(words))])


# --- What is compared, noted, sent and put back: an object or a line as a whole -------------------


UNSEEN = ""  # what stands for an object or a line that the PBX does not show, or shows damaged
HIDDEN = re.compile(r"pw|pass|key|pin|secret|token|auth", re.IGNORECASE)


def place_of(change):
    """Return what a change writes as a whole: an object or a line."""
    return change["head"] if change["kind"] == "option" else change["guid"].lower()


def noted_place(note):
    text = note["before"]
    return head_of(text) if is_line(text) else noted_object(text).get("guid", "").lower()


def is_line(text):
    return text.startswith("config change ")


def noted_object(text):
    try:
        return parse(text)
    except StopError:
        raise StopError(2, f"{STATE} is damaged") from None


def text_of(user):
    return ET.tostring(user, encoding="unicode")


def whole(user):
    """Return all that an object is, in a form that can be compared: its password included."""
    one = copy.deepcopy(user)
    if one.get("pwdx"):
        one.attrib.pop("pwd", None)  # the mask says nothing more
    else:
        one.attrib.pop("pwdx", None)
    return ET.canonicalize(text_of(one))


def without_password(user):
    one = copy.deepcopy(user)
    for name in ("pwd", "pwdx"):
        one.attrib.pop(name, None)
    return one


def same(one, other):
    """Return whether two objects or lines are the same, passwords included."""
    if is_line(one) or is_line(other) or UNSEEN in {one, other}:
        return one == other
    return whole(noted_object(one)) == whole(noted_object(other))


def is_like(now, before):
    """Return whether an object is as it was noted but for its password."""
    return now != UNSEEN and same_but_password(noted_object(now), noted_object(before))


def same_but_password(one, other):
    return whole(without_password(one)) == whole(without_password(other))


def sendable(user, secret=""):
    """Return an object as it is sent: its password stays, or becomes a new one."""
    one = without_password(user)
    if user.get("pwdx") or "pwd" in user.attrib:
        one.set("pwd", MASK)  # an object that is sent without loses its password
    if secret:
        one.set("pwd", secret)
    return one


def ways_back(user):
    """Return the forms in which an object is put back, its password stated and not just kept.

    The first is the documented one. The other is for a PBX that takes the mask for a password.
    """
    if not user.get("pwdx"):
        return [sendable(user)]
    ways = [sendable(user), without_password(user)]
    for one in ways:
        one.set("pwdx", user.get("pwdx"))
    return ways


def odd_parts(now, before):
    """Return how an object of which only the parts are not as they were gets them back one by one.

    That is which parts to take away, and which to add then, so that their order comes out as it
    was: a part that is added becomes the last one. Nothing is returned if more is wrong.
    """
    if whole(without_parts(now)) != whole(without_parts(before)):
        return [], []
    kept, former = ([ET.canonicalize(text_of(part)) for part in one] for one in (now, before))
    most = range(max(len(kept), len(former)))
    same = next((i for i in most if kept[i : i + 1] != former[i : i + 1]), len(most))
    # Equal parts are taken away together, by one command or by several: those before come back too.
    same = min([same, *(former.index(one) for one in kept[same:] if one in former[:same])])
    return list(now)[same:], list(before)[same:]


def without_parts(user):
    one = copy.deepcopy(user)
    for part in list(one):
        one.remove(part)
    return one


def check_whole(hidden, number):
    """Refuse an object that is shown otherwise than the configuration says, however deep.

    What is not shown would be lost by a write, what is shown otherwise would be written that way,
    and nothing would be noted of it.
    """
    if hidden:
        raise StopError(
            1,
            f"step {number}: the PBX does not show all of the object, or shows it otherwise than "
            f"its configuration has it: {', '.join(sorted(hidden))!r:.200}; nothing was sent, do "
            "this step by hand",
        )


def hidden_of(user, stored, apart):
    """Return the names of what an object has in its configuration, and not where it is shown."""
    found = {name for name, text in stored.attrib.items() if user.get(name) != text} - {*apart}
    parts = collections.Counter(map(form_of, user))
    for part in stored:
        if not parts[form_of(part)]:
            found.add(part.tag)
        parts[form_of(part)] -= 1
    return found


def form_of(part):
    return ET.canonicalize(text_of(part), strip_text=True)


def check_line(line, number):
    """Refuse a line with a mask: sent back, it could be taken for the value."""
    if MASK in re.split(r"[\s=]+", line):
        raise StopError(
            1,
            f"step {number}: the PBX shows a mask in the line, which could not be put back if it "
            "took the mask for the value: nothing was sent, do this step by hand",
        )


def is_masked(element, name):
    """Return whether a mask stands where a value is, without an encrypted one beside it."""
    return element.get(name) == MASK and not (name == "pwd" and element.get("pwdx"))


def check_way_back(user, number):
    """Refuse, before a byte is sent, to change an object that could not be put back as it is."""
    if "pwd" in user.attrib and not user.get("pwdx"):
        raise StopError(
            1,
            f"step {number}: the PBX shows no encrypted password (pwdx), so a password that gets "
            "lost could not be put back: nothing was sent, do this step by hand",
        )
    masked = sorted({name for one in user.iter() for name in one.attrib if is_masked(one, name)})
    if masked:
        raise StopError(
            1,
            f"step {number}: the PBX shows a mask instead of {', '.join(masked)!r:.200}, which "
            "could not be put back if it took the mask for the value: nothing was sent, do this "
            "step by hand",
        )
    if whole(noted_object(text_of(user))) != whole(user):
        raise StopError(1, f"step {number}: the object has text that cannot be sent back as it is")


def arrived(user, note, change):
    """Return whether an object is as a step leaves it.

    What the PBX makes of a new password is not known until it was seen: any other one will do.
    """
    after = noted_object(note["after"])
    if change["kind"] != "password" or after.get("pwdx"):
        return whole(user) == whole(after)
    former = noted_object(note["before"]).get("pwdx", "")
    return same_but_password(user, after) and user.get("pwdx", "") not in {"", former}


def is_edited(note, change):
    """Return whether a note is not what this script writes: the change makes its end of its start.

    Who wrote a note has its authentication; this is what makes sure that it says what a plan does.
    """
    before, after = note["before"], note["after"]
    if change["kind"] == "option":
        return not is_line(before) or with_option(before, change) != after
    if is_line(before) or is_line(after):
        return True
    before, after = noted_object(before), noted_object(after)
    if before.tag != "user" or before.get("guid", "").lower() != change["guid"].lower():
        return True
    wanted = changed(before, change)
    if change["kind"] == "password":
        return not same_but_password(wanted, after)
    return whole(wanted) != whole(after)


# --- what differs


def pieces(text):
    """Return what an object or a line is made of, each piece with its place, counted."""
    if text == UNSEEN:
        return collections.Counter()
    return collections.Counter(line_pieces(text) if is_line(text) else part_pieces(text))


def line_pieces(line):
    """Return the options of a line, each with its value."""
    options, name = {}, ""
    for word in line.split():
        name = word if word[0] == "/" else name
        options[name] = [*options.get(name, []), word]
    return [(name, "", " ".join(words)) for name, words in options.items()]


def part_pieces(text):
    user = noted_object(text)
    if user.get("pwdx"):
        user.attrib.pop("pwd", None)
    todo, found = [(user, "")], []
    while todo:
        one, place = todo.pop()
        found.append((place, "", (one.text or "").strip()))
        found += [(place, name, value) for name, value in one.attrib.items()]
        todo += [(child, f"{place}<{child.tag}>") for child in one]
    return found


def is_between(now, before, after):
    """Return whether a change was taken by halves: nothing is lost, and nothing is foreign."""
    now, before, after = pieces(now), pieces(before), pieces(after)
    return not (before & after) - now and not now - (before | after)


def differences(now, wanted):
    """Return what has to go and what has to come back, in words that give no secret away."""
    now, wanted = pieces(now), pieces(wanted)
    lines = [f"  goes: {shown(*piece)}" for piece in sorted((now - wanted).elements())]
    lines += [f"  comes back: {shown(*piece)}" for piece in sorted((wanted - now).elements())]
    return lines or ["  the order or the form of its parts"]


def shown(place, name, value):
    if place.startswith("/") or not (place or name):
        return f"option {place!r}" if place else "the text"
    if name in {"pwd", "pwdx"} and not place:
        return "its password"
    if HIDDEN.search(place + name):
        value = MASK
    return f"{place}{' ' if place else ''}{name}{'=' if name else ''}{value!r:.120}"


# --- The configuration as a second witness, beside what is shown ----------------------------------


GUID = re.compile(r"\(guid=(?:bin:)?([0-9a-f]+)\)", re.IGNORECASE)
VALUE = re.compile(r"\(pbx=(<user\b.*?(?:/>|</user>))\)(?=\(|$)")
NAMES = re.compile(r"\((\w+)=([^()]+)\)")
APART = ("pwd", "pwdx", "key")


class Witness:
    """Reads the configuration before and after a write.

    What changed between two looks although nothing was written is not looked at any more: a count
    of downloads, or what others work on.
    """

    def __init__(self, pbx, codes=(1,)):
        self.pbx = pbx
        self.codes = codes  # with which a run goes on without the configuration
        self.lines = None
        self.former = None
        self.restless = set()
        self.moved = set()

    def look(self, *, wrote=False):
        """Read the configuration, if the account may; return whether it could be read."""
        self.former = self.lines
        try:
            self.lines = lines_by_place(self.pbx.configuration())
        except StopError as error:
            if error.code not in self.codes:
                raise
            self.lines = None  # the account may not read it, it is not there, or it breaks off
        found = self.moved if wrote else self.restless
        found |= self.changed()
        return self.lines is not None

    def changed(self):
        """Return the places whose lines are others than at the look before."""
        if self.former is None or self.lines is None:
            return set()
        every = self.former.keys() | self.lines.keys()
        return {place for place in every if self.former.get(place) != self.lines.get(place)}

    def elsewhere(self, place):
        """Return what changed with the last writes, beside the place that was written."""
        found, self.moved = self.moved - self.restless - {place}, set()
        return sorted(found)

    def line(self, place):
        """Return the lines of a place as one text, empty if there are none."""
        return "\n".join((self.lines or {}).get(place, ()))

    def stored(self, guid):
        """Return the object as the configuration holds it, None if it cannot be found there."""
        return stored_object(self.line(guid.lower()))

    def contradiction(self, user, note):
        """Return the names of what is shown of an object and not held, or held and not shown.

        What was shown and not held before the step already is no contradiction: the PBX may show
        what it makes of an object.
        """
        former = stored_object(note.get("stored", ""))
        if former is None or self.lines is None:
            return set()
        held = self.stored(note_guid(note))
        if held is None:
            return {"the object"}
        return hidden(user, held) | more_shown(user, held, noted_object(note["before"]), former)

    def is_known(self, note):
        """Return whether it is known what the configuration held before a step, and holds now."""
        return bool(note.get("stored")) and self.lines is not None

    def holds(self, note):
        """Return whether the configuration holds what it held before a step, byte by byte."""
        return not self.is_known(note) or self.line(note_guid(note)) == note["stored"]


def note_guid(note):
    return noted_object(note["before"]).get("guid", "").lower()


def lines_by_place(lines):
    """Return the lines of modules and objects by what they are about."""
    found = {}
    for line in lines:
        guid = GUID.search(line)
        if line.startswith("config change "):
            found.setdefault(head_of(line), []).append(line)
        elif guid and "(pbx=" in line:
            found.setdefault(guid[1].lower(), []).append(line)
    return found


def stored_object(line):
    """Return the object in a line of the configuration, None if it is not there.

    A box may hold its objects elsewhere, and how a line quotes is not documented.
    """
    values = VALUE.findall(line)
    if len(values) != 1 or "\n" in line:
        return None
    try:
        user = parse(values[0])
    except (StopError, UnicodeError):
        return None
    names = NAMES.findall(line.partition("(pbx=")[0])
    user.attrib.update((name, text) for name, text in names if name in {"h323", "e164"})
    return user


def hidden(user, held):
    """Return the names of what an object holds and does not show, its password included."""
    found = hidden_of(user, held, APART)
    secret = held.get("pwd", "")
    if secret and secret.lower() != user.get("pwdx", "").lower():
        found.add("pwdx")
    return found


def more_shown(user, held, former_user, former_held):
    """Return the names of what an object shows and does not hold, unless that was so before."""
    now = only_shown(user, held) - only_shown(former_user, former_held)
    return {name or place for place, name in now}


def only_shown(user, held):
    """Return what an object shows and does not hold, by place and name, counted."""
    held, shown = with_encrypted(held, "pwd"), with_encrypted(user, "pwdx")
    more = pieces(text_of(shown)) - pieces(text_of(held))
    return collections.Counter((place, name) for place, name, _ in more.elements())


def with_encrypted(user, name):
    """Return an object whose encrypted password stands where all objects have it."""
    one = without_password(user)
    if user.get(name):
        one.set("pwdx", user.get(name).lower())
    return one


# --- The whole configuration as it was before the first byte, and the way back to it --------------


class Kept:
    """The lines of all modules and objects as they were before the first step of a plan.

    The variables of the box, which hold its logins, are not among them.
    """

    def __init__(self, folder):
        self.folder = folder
        self.name = kept_configuration(folder.hash)

    def keep(self, lines):
        """Keep the lines, unless a step was ever begun: then it is too late for it.

        What a step did elsewhere is there still when the step itself was taken back.
        """
        if self.folder.notes():
            return
        text = "\n".join(line for place in lines.values() for line in place)
        content = text.encode(errors="surrogateescape")
        self.folder.replace(self.name, self.proof(content) + b"\n" + content)

    def lines(self):
        """Return the lines by what they are about. Refuses what this script did not write."""
        proof, _, content = self.folder.content(self.name).partition(b"\n")
        if not proof:
            raise StopError(2, f"{self.name} is not there: no configuration was kept")
        if not hmac.compare_digest(proof, self.proof(content)):
            raise StopError(2, f"{self.name} is damaged, or somebody edited it: it is not believed")
        return lines_by_place(content.decode(errors="surrogateescape").split("\n"))

    def proof(self, content):
        key = hmac.digest(self.folder.own_secret(), self.folder.hash.encode(), hashlib.sha256)
        return hmac.new(key, content, hashlib.sha256).hexdigest().encode()


class Everything:
    """Puts back what differs from the kept configuration, beside what steps are about."""

    def __init__(self, one):
        self.one = one
        self.wanted = Kept(one.folder).lines()
        self.left = []

    def restore(self):
        """Show what differs from what was kept; put it back if that was approved."""
        witness = self.one.witness
        if not (witness.look() and witness.look()):  # twice: what changes by itself is left alone
            raise StopError(1, "the configuration cannot be read: what differs cannot be told")
        notes = self.one.folder.every().values()
        apart = {noted_place(note) for note in notes if note["phase"] != "undone"}
        apart |= witness.restless
        every = self.wanted.keys() | witness.lines.keys()
        for place in sorted(every - apart):
            if self.wanted.get(place) != witness.lines.get(place):
                self.put_back(place)
        if self.left:
            raise StopError(1, f"this has to be put back by hand: {', '.join(self.left)!r:.500}")

    def put_back(self, place):
        lines = self.wanted.get(place, [])
        write_out(f"beside the steps of the plan this differs: {named(place, lines)!r:.200}")
        if self.one.options.apply and not self.is_put_back(place, lines):
            self.left.append(named(place, lines))

    def is_put_back(self, place, lines):
        """Write a module or an object as it was kept; return whether it is there then."""
        pbx, witness = self.one.pbx, self.one.witness
        pbx.allow(place)
        for way in ways(lines):
            try:
                pbx.configure(way) if isinstance(way, str) else pbx.modify(way)
            except StopError as error:
                write_out(f"  {error}")
            witness.look(wrote=True)
            if witness.line(place) == "\n".join(lines):
                return True
        return False


def ways(lines):
    """Return what to send for the lines of one place, if that is known."""
    if len(lines) != 1:
        return []
    if is_line(lines[0]):
        return lines
    user = stored_object(lines[0])
    if user is None:
        return []
    names = dict(NAMES.findall(lines[0].partition("(pbx=")[0]))
    user.attrib.update({name: text.removeprefix("bin:") for name, text in names.items()})
    if not user.get("pwd"):
        return [user]
    one = without_password(user)
    one.attrib.update({"pwd": MASK, "pwdx": user.get("pwd")})
    return ways_back(one)


def named(place, lines):
    """Return what people know a module or an object by."""
    names = dict(NAMES.findall(lines[0].partition("(pbx=")[0])) if lines else {}
    return names.get("cn", place) if lines else f"{place}, which was not there"


# --- One place, an object or a line: looked at, written, looked at by both witnesses --------------


PAUSES = (0.5, 1.0, 2.0)  # seconds before it is looked again whether the configuration follows


class Places:
    """Looks at places and writes them, and knows what a write did beside them."""

    def __init__(self, pbx, codes=(1,)):
        self.pbx = pbx
        self.witness = Witness(pbx, codes)

    def look(self, change, like):
        """Return the object or line of a change as it is now."""
        return self.line(change) if is_line(like) else text_of(self.pbx.show(change, renamed=True))

    def line(self, change):
        found = [line for line in self.pbx.lines() if head_of(line) == change["head"]]
        if len(found) != 1:
            raise StopError(
                1, f"the configuration has {len(found)} lines {change['head']!r}, not one"
            )
        return found[0]

    def attempt(self, step, note, wanted):
        """Send an object or a line; return what is there then, and what the PBX said against it.

        It may have been done, or by halves, although the PBX refused it or did not answer.
        """
        refusal = None
        try:
            self.send(wanted)
        except StopError as error:
            refusal = error
        try:
            return self.look_after(step, note), refusal
        except StopError as error:
            raise refusal or error from None

    def look_after(self, step, note):
        """Return what is there after a write; give a PBX the time to store what it shows."""
        for pause in (0, *PAUSES):
            time.sleep(pause)
            now = self.look(step["change"]["machine"], note["before"])
            self.witness.look(wrote=True)
            if not self.contradiction(now, note):
                break
        return now

    def send(self, wanted):
        if isinstance(wanted, str):
            self.pbx.configure(wanted)
        else:
            self.pbx.modify(wanted)

    def contradiction(self, now, note):
        """Return the names of what an object shows otherwise than its configuration has it."""
        has_none = is_line(now) or now == UNSEEN
        return () if has_none else self.witness.contradiction(noted_object(now), note)

    def check_elsewhere(self, step):
        """Stop where something else changed with a write."""
        if self.tell_elsewhere(step):
            raise StopError(
                1,
                f"step {step['number']}: its write changed something else too; rollback.py "
                "--restore --everything puts that back as it was before the first step",
            )

    def tell_elsewhere(self, step):
        found = self.witness.elsewhere(place_of(step["change"]["machine"]))
        if found:
            names = ", ".join(found)
            write_out(
                f"with step {step['number']} this changed, by the PBX or by somebody: {names!r}"
            )
        return found

    @staticmethod
    def tell(lines, step):
        """Say what differs from what was noted."""
        write_out(f"step {step['number']}: to be as it was noted before the step,")
        write_out("\n".join(lines))


# --- One step: looked at, noted, looked at again, written, looked at ------------------------------


ON_THE_WAY = ("begun", "half-done")
UNFINISHED = (*ON_THE_WAY, "undoing")
UNCOMPARED = (
    "cfg.txt cannot be read, or does not list every object: what the PBX holds of one and does not "
    "show would be lost by a write, and could not be put back; nor could what it changes elsewhere"
)


class Steps(Places):
    """Looks at what steps are about, and does them."""

    def __init__(self, pbx, folder, options, plan, codes=(1,)):
        super().__init__(pbx, codes)
        self.folder = folder
        self.options = options
        self.hash = plan["hash"]
        self.outcomes = {}
        self.uncompared = False
        self.passwords = Passwords(folder, plan, options.password_command)

    def do(self, step):
        """Do one step, unless it was done before."""
        change, note = step["change"]["machine"], self.note_of(step)
        if note and note["phase"] == "done":
            return self.say(step, "was done before")
        if note and note["phase"] == "undone":
            note = None
        if change["kind"] == "option":
            return self.do_option(step, change, note)
        if change["kind"] == "password":
            return self.do_password(step, change, note)
        return self.do_object(step, change, note, "")

    def note_of(self, step):
        """Return the last note of a step, if it says what this script writes."""
        note = self.folder.note_of(step)
        if note and is_edited(note, step["change"]["machine"]):
            raise StopError(2, f"step {step['number']}: its note is not what the step makes of it")
        return note

    def do_object(self, step, change, note, secret):
        user = self.pbx.show(change, renamed=bool(note))
        is_known = self.witness.look()
        if note and arrived(user, note, change):
            self.check_held(step, note, text_of(user))
            return self.done(step, note, text_of(user), "was done before the break")
        if note and whole(user) != whole(noted_object(note["before"])):
            after = self.go_on(step, note, text_of(user))
            wanted = noted_object(after)
        else:
            if current(user, change) != change["before"]:
                raise StopError(1, f"step {step['number']}: the value is not the one that was seen")
            check_way_back(user, step["number"])
            self.check_shown(step, user, is_known)
            if note:
                self.check_held(step, note, text_of(user))
            wanted, note = changed(user, change), None
        if not self.options.apply:
            return self.say(step, "would be done")
        former, note = self.begun(step, note, text_of(user), text_of(wanted))
        self.look_again(step, former, text_of(user))
        return self.write(step, note, sendable(wanted, secret))

    def keep_configuration(self):
        """Keep what is there before the first byte is sent, beside what the plan is about too."""
        if self.witness.look():
            Kept(self.folder).keep(self.witness.lines)
        else:
            self.say_uncompared()

    def say_uncompared(self):
        if not self.uncompared:
            self.uncompared = True
            write_out(UNCOMPARED)

    def check_shown(self, step, user, is_known):
        """Refuse an object that the PBX shows in part only, as far as its configuration tells."""
        stored = self.witness.stored(user.get("guid")) if is_known else None
        if stored is not None:
            check_whole(hidden(user, stored), step["number"])
        else:
            self.say_uncompared()

    def check_held(self, step, note, now):
        """Refuse to believe what is shown of an object where the configuration holds another."""
        names = self.contradiction(now, note)
        if names:
            raise StopError(
                1,
                f"step {step['number']}: the PBX shows the object otherwise than its configuration "
                f"has it: {', '.join(sorted(names))!r:.200}; take the step back with rollback.py",
            )

    def do_password(self, step, change, note):
        """Make a password first, so that phones and people get it; set it when they have it."""
        secret = self.passwords.get(step)
        if secret is not None and self.options.passwords_ready:
            return self.do_object(step, change, note, secret)
        if secret is None:
            if not self.options.apply:
                return self.say(step, "would be made, to be set in a second run")
            check_way_back(self.pbx.show(change), step["number"])
            self.passwords.make(step, change)
        elif self.options.apply:
            self.passwords.script(change, secret)
        wait = "new password made: hand it out, then run again with --passwords-ready"
        return self.say(step, wait)

    def do_option(self, step, change, note):
        line = self.line(change)
        self.witness.look()
        if note and line == note["after"]:
            if self.options.apply:
                self.pbx.configure(line)  # it may have broken off before the line was saved
            return self.done(step, note, line, "was done before the break")
        if note and line != note["before"]:
            new = self.go_on(step, note, line)
        else:
            check_line(line, step["number"])
            new, note = with_option(line, change), None
        if new is None:
            raise StopError(1, f"step {step['number']}: the value is not the one that was seen")
        if not self.options.apply:
            return self.say(step, "would be done")
        former, note = self.begun(step, note, line, new)
        self.look_again(step, former, line)
        return self.write(step, note, new)

    def go_on(self, step, note, now):
        """Return what to write where a change was taken by halves; refuse where more is gone."""
        if note["phase"] in ON_THE_WAY and is_between(now, note["before"], note["after"]):
            return note["after"]
        self.tell(differences(now, note["before"]), step)
        raise StopError(
            1,
            f"step {step['number']} was begun, and what is there now is neither what was there "
            f"before nor what the step makes of it: take it back with rollback.py, or with "
            "--restore, which puts back what was noted",
        )

    def begun(self, step, note, before, after):
        """Return the note to go back to if nothing is sent, and the one of a step that begins.

        What is needed to take it back is noted before a byte of it is sent. A note of a change that
        was sent, and was not seen to arrive, is kept as long as nothing else is sent.
        """
        if note:
            return note, note
        self.check_free(step)
        former = self.folder.note_of(step)
        note = {"step": step["number"], "hash": self.hash, "phase": "begun"}
        note |= {"before": before, "after": after}
        is_open = former and (former["phase"] != "undone" or former.get("unseen"))
        if is_open and "stored" in former:
            note["stored"] = former["stored"]
        elif not is_line(before):
            note["stored"] = self.witness.line(place_of(step["change"]["machine"]))
        self.folder.note(note)
        return former or {**note, "phase": "undone"}, note

    def check_free(self, step):
        """Refuse to go on over what another step began and did not end."""
        place = place_of(step["change"]["machine"])
        for key, note in self.folder.every().items():
            is_other = key != (self.hash, step["number"]) and note["phase"] in UNFINISHED
            if is_other and noted_place(note) == place:
                other = f"step {note['step']}"
                other += "" if note["hash"] == self.hash else f" of {kept_name(note['hash'])}"
                raise StopError(
                    1, f"step {step['number']}: {other} was begun there: end it or take it back"
                )

    def look_again(self, step, former, seen):
        """Refuse to write over what somebody changed since it was looked at.

        Nothing was sent then, so the note of the step becomes the `former` one again.
        """
        if not same(self.look(step["change"]["machine"], seen), seen):
            self.folder.note(former)
            raise StopError(
                1,
                f"step {step['number']}: somebody changed this while the script looked at it; "
                "nothing was sent",
            )

    def write(self, step, note, wanted):
        """Write an object or a line, and see what became of it. Note it if it is not as wanted."""
        now, refusal = self.attempt(step, note, wanted)
        number, is_held = step["number"], not self.contradiction(now, note)
        if refusal is None and is_held and is_after(now, note, step["change"]["machine"]):
            self.done(step, note, now, "done")
            return self.check_elsewhere(step)
        self.tell_elsewhere(step)
        if is_held and same(now, note["before"]):
            raise refusal or StopError(
                1,
                f"step {number}: the PBX did not take the change; if it takes it later, "
                "rollback.py takes it back",
            )
        self.folder.note({**note, "phase": "half-done", "seen": now})
        if refusal is None:
            self.tell(differences(now, note["before"]), step)
            failed = what_failed(now, note) if is_held else "show what its configuration holds"
            refusal = StopError(1, f"step {number}: the PBX did not {failed}")
        raise StopError(
            refusal.code, f"{refusal}; what it has now is noted, so rollback.py can take it back"
        )

    def done(self, step, note, now, outcome):
        """Note a step as done, with what the PBX made of it: a new password, for one."""
        if not self.options.apply:
            return self.say(step, outcome)
        return self.finish(step, {**note, "after": now}, "done", outcome)

    def finish(self, step, note, phase, outcome):
        kept = {key: text for key, text in note.items() if key != "seen"}
        self.folder.note({**kept, "phase": phase})
        self.folder.log(step, outcome)
        self.say(step, outcome)

    def say(self, step, outcome):
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        what = told(step["change"]["machine"])
        write_out(f"step {step['number']}: {step['control']} {step['subject']['name']!r}")
        write_out(f"  {what}: {outcome}")


def is_after(now, note, change):
    """Return whether an object or a line is as a step leaves it."""
    return now == note["after"] if is_line(now) else arrived(noted_object(now), note, change)


def what_failed(now, note):
    if is_line(now) or not same_but_password(noted_object(now), noted_object(note["after"])):
        return "take the change as it is"
    return "take the new password" if is_kept(now, note) else "keep the password"


def is_kept(now, note):
    return noted_object(now).get("pwdx") == noted_object(note["before"]).get("pwdx")


# --- The way back ---------------------------------------------------------------------------------


class Back(Steps):
    """Takes steps back, the last one first."""

    def __init__(self, pbx, folder, options, plan):
        # The way back must not end for want of the configuration.
        super().__init__(pbx, folder, options, plan, codes=(1, 3))
        self.foreseen = {}  # while only looking: what would be there, by place
        self.looked_at = set()

    def undo(self, step):
        """Take one step back, if it was done and nobody changed it since."""
        change, note = step["change"]["machine"], self.note_of(step)
        if note["phase"] == "undone" and not self.came_late(note, change):
            return self.say(step, "was taken back before")
        self.must_be_last(step)
        now = self.foreseen.get(place_of(change)) or self.look(change, note["before"])
        if not self.is_ours(now, note, change):
            self.tell(differences(now, note["before"]), step)
            raise StopError(
                1,
                f"step {step['number']}: somebody changed this since, or the PBX did; --restore "
                "puts back what was noted all the same",
            )
        if not self.options.apply:
            self.looked_at.add((self.hash, step["number"]))
            self.foreseen[place_of(change)] = note["before"]
            return self.say(step, "would be taken back")
        return self.put_back(step, note, now, "taken back")

    def came_late(self, note, change):
        """Return whether a change is there that was sent, not seen then, and never written over.

        A password is not asked about: a new one may be that of somebody else.
        """
        if not note.get("unseen") or change["kind"] == "password":
            return False
        return is_after(self.look(change, note["before"]), note, change)

    @staticmethod
    def is_ours(now, note, change):
        """Return whether what is there comes of the step, whole or by halves, and of nothing else.

        By halves counts only while a step is on its way: later it is the work of somebody else.
        """
        is_known = same(now, note["before"]) or same(now, note.get("seen", note["before"]))
        if is_known or is_after(now, note, change):
            return True
        is_moving = note["phase"] in UNFINISHED
        return is_moving and is_between(now, note["before"], note["after"])

    def look(self, change, like):
        """Return the object or line of a change as it is now; `UNSEEN` may be put back too."""
        try:
            return super().look(change, like)
        except StopError as error:
            if error.code != 1 or not self.options.restore:
                raise
            write_out(f"what is there cannot be seen: {error}")
            return UNSEEN

    def is_to_restore(self, step):
        """Return whether a step is to be restored: one that was taken back if it is asked for."""
        note = self.note_of(step)
        is_open = note["phase"] != "undone" or bool(self.options.only)
        return is_open or self.came_late(note, step["change"]["machine"])

    def restore(self, steps):
        """Put back what one place was before the first of its steps, whatever is there now."""
        notes = [self.note_of(step) for step in steps]  # the last step first
        first, note = steps[-1], notes[-1]
        self.looked_at |= {(self.hash, step["number"]) for step in steps}
        self.must_be_last(first)
        now = self.look(first["change"]["machine"], note["before"])
        self.witness.look()
        is_back = self.is_back(now, note)
        self.tell(["  nothing differs"] if is_back else differences(now, note["before"]), first)
        if self.options.apply:
            self.put_back(first, note, now, "restored")
        for step, one in zip(steps, notes, strict=True):
            if not self.options.apply:
                self.say(step, "would be restored")
            elif step is not first:
                self.finish(step, one, "undone", "restored")

    def put_back(self, step, note, now, outcome):
        """Write what was noted, and see that it is there; do not write what is there already."""
        before = note["before"]
        self.witness.look()
        if not is_line(before) and same(now, before) and self.is_known_to_hold(note):
            sent = {"unseen": True} if note["phase"] in UNFINISHED else {}
            return self.finish(step, {**note, **sent}, "undone", outcome)
        former, note = note, {**note, "phase": "undoing"}
        self.folder.note(note)
        put = self.put_line_back if is_line(before) else self.put_object_back
        now, refusal = put(step, former, note, now)
        if self.is_settled(now, note, refusal):
            self.finish(step, note, "undone", outcome)
            return self.check_elsewhere(step)
        self.tell_elsewhere(step)
        self.tell(differences(now, before), step)
        problem = "did not take the old value back"
        if not is_line(before) and self.is_held(note):
            problem = "does not show the old value, although its configuration holds it"
        raise refusal or StopError(1, f"step {step['number']}: the PBX {problem}")

    def put_line_back(self, step, former, note, now):
        """Write a line, even one that is there: it may not have been saved yet."""
        self.look_again(step, former, now)
        now, refusal = self.attempt(step, note, note["before"])
        self.folder.note({**note, "seen": now})
        return now, refusal

    def put_object_back(self, step, former, note, now):
        """Write an object, its password stated and not only kept, until it is as it was."""
        ways = ways_back(noted_object(note["before"]))
        way = ways[0]
        for _ in range(2):
            self.look_again(step, former, now)
            now, refusal = self.attempt(step, note, way)
            former = {**note, "seen": now}
            self.folder.note(former)
            is_there = self.is_back(now, note) or self.is_held(note)
            if is_there or not is_like(now, note["before"]):
                break
            # The other way is for a password alone: it costs others theirs.
            way = ways[0] if same(now, note["before"]) else ways[-1]
        if self.options.restore and now != UNSEEN and not self.is_held(note):
            now = self.put_parts_back(step, former, now)
        return now, refusal

    def is_settled(self, now, note, refusal):
        """Return whether a place is back, whatever the PBX said; of an object, but for an order.

        An "error" for a line may say that it was not saved.
        """
        if is_line(note["before"]):
            return now == note["before"] and refusal is None
        is_same = same(now, note["before"]) and not self.contradiction(now, note)
        return is_same or self.is_back(now, note)

    def is_back(self, now, note):
        """Return whether a place is as it was noted, also as far as the configuration holds it."""
        if is_line(note["before"]):
            return now == note["before"]
        if now == UNSEEN:
            return self.is_held(note)
        return same(now, note["before"]) and self.witness.holds(note)

    def is_known_to_hold(self, note):
        """Return whether nothing has to be written: the second witness agrees, or never was one."""
        return self.is_held(note) or not note.get("stored")

    def is_held(self, note):
        """Return whether the configuration is known to hold what it held before a step."""
        return self.witness.is_known(note) and self.witness.holds(note)

    def put_parts_back(self, step, former, now):
        """Give an object the parts that it does not keep when it is written as a whole."""
        user, before = noted_object(now), noted_object(former["before"])
        gone, missing = odd_parts(user, before)
        if not gone and not missing:
            return now
        self.look_again(step, former, now)
        for command, parts in (("del-attrib", gone), ("add-attrib", missing)):
            for part in parts:
                self.pbx.change_part(command, before, part)
        now = self.look(step["change"]["machine"], now)
        self.witness.look(wrote=True)
        self.folder.note({**former, "seen": now})
        return now

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


# --- The command line -----------------------------------------------------------------------------


try:
    import resource
except ImportError:  # Windows
    resource = None
try:
    import ctypes
except ImportError:  # a Python that was built without
    ctypes = None

PR_SET_DUMPABLE = 4


def leave_no_core():
    """See that no image of this process, which holds passwords, is ever written to a disk."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes is not None and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def account():
    name = os.environ.get("PBX_ADMIN_USERNAME")
    password = os.environ.get("PBX_ADMIN_PASSWORD")
    if name and password:
        return name, password
    if not sys.stdin or not sys.stdin.isatty():
        raise StopError(2, "set PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD")
    return input("administrator: "), getpass.getpass()


def options_of(arguments, back):
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
    if back:
        add("--restore", action="store_true", help="what was noted, whatever is there now")
        add("--everything", action="store_true", help="with --restore: all else that was kept too")
    options = parser.parse_args(arguments)
    if back and options.everything and not options.restore:
        parser.error("--everything goes with --restore")
    return options


def approve(plan, options):
    """Refuse to change anything unless whoever runs this knows the hash of the plan."""
    if options.apply == ASK:
        if not sys.stdin or not sys.stdin.isatty():
            raise StopError(2, "there is nobody to ask: give the hash of the plan, --apply HASH")
        options.apply = input("hash of the plan, at least 12 characters: ").strip() or "none"
    if options.apply and not (len(options.apply) >= 12 and plan["hash"].startswith(options.apply)):
        raise StopError(2, "this is not the hash of the plan: read it, then give its hash")


def run(arguments, *, back):
    options = options_of(arguments, back)
    plan = load(options.plan)
    steps = chosen(plan, options)
    if not back:
        foretell(plan, options)
    approve(plan, options)
    by_hand = sum(not step["change"]["machine"] for step in steps)
    if by_hand and not back:
        write_out(f"{by_hand} of {len(steps)} steps are left to people: see runbook.md")
    steps = [step for step in steps if step["change"]["machine"]]
    if not steps:
        write_out("nothing to do for this script")
        return
    with Folder(options.plan.parent, plan, changes=bool(options.apply)) as folder:
        folder.check()
        folder.every()
        pbx = Pbx(options.url, account(), (options.fingerprint, options.ca_file), plan)
        if pbx.box().get("serial") != plan["box"]:
            raise StopError(2, "the plan was made for another box: the serial number differs")
        one = (Back if back else Steps)(pbx, folder, options, plan)
        try:
            (undo_all if back else do_all)(one, steps)
        finally:
            say_window(pbx)
    say_end(pbx, one, steps)


def do_all(one, steps):
    if one.options.apply:
        one.folder.keep(read_file(one.options.plan))
        one.keep_configuration()
    for step in steps:
        one.do(step)


def undo_all(one, steps):
    """Take the steps back that were begun, the last one first."""
    order = list(one.folder.notes())
    if one.options.apply and order:
        one.witness.look()  # what changes by itself until the first write is nothing of ours
    hint_at_others(one.folder)
    if not order:
        write_out(f"{STATE} has no note of a step of this plan: there is nothing to take back")
    steps = [step for step in steps if step["number"] in order]
    steps.sort(key=lambda step: order.index(step["number"]), reverse=True)
    if not one.options.restore:
        for step in steps:
            one.undo(step)
        return
    places = {}
    for step in steps:
        if one.is_to_restore(step):
            places.setdefault(place_of(step["change"]["machine"]), []).append(step)
    problems = []
    for together in places.values():
        try:
            one.restore(together)
        except StopError as error:
            if error.code != 1 or not one.options.everything:
                raise
            write_out(f"stopped: {error}")
            problems.append(error)
    if one.options.everything:
        Everything(one).restore()
    if problems:
        raise problems[0]


def say_window(pbx):
    """Say for how long a change of somebody else could have been written over."""
    if pbx.window is not None:
        write_out(f"from the last look to the end of a write it took {pbx.window:.3f} s at most")


def say_end(pbx, one, steps):
    for outcome, count in one.outcomes.items():
        write_out(f"steps that ended with {outcome!r}: {count}")
    has_options = any(step["change"]["machine"]["kind"] == "option" for step in steps)
    if one.options.apply and has_options and pbx.box().get("reset-required") == "true":
        write_out("the box says that it needs a reset before all of this counts")
    if not one.options.apply:
        write_out(f"nothing was changed; to do it, add --apply {one.hash[:12]}")


def hint_at_others(folder):
    """Say that steps of other plans were done too; stop if there is nothing else to take back."""
    for plan in folder.others():
        hint = f"{STATE} holds steps of another plan: "
        hint += f"take them back with --plan {kept_name(plan)} --apply {plan[:12]}"
        if not folder.notes():
            raise StopError(2, hint)
        write_out(hint)


def main(arguments=None, *, back=False):
    """Return the exit code of a run."""
    leave_no_core()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        run(arguments, back=back)
        sys.stdout.flush()
    except StopError as stop:
        write_out(f"stopped: {stop}", file=sys.stderr)
        return stop.code
    except (KeyboardInterrupt, EOFError):
        write_out("interrupted: run again to go on", file=sys.stderr)
        return 130
    except OSError as error:  # all others are a StopError: nobody reads what this prints
        sys.stdout = None
        write_out(f"stopped: the output cannot be written ({error.strerror})", file=sys.stderr)
        return 6
    except RecursionError:
        write_out(
            "stopped: the PBX answers with elements that are nested too deep", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
