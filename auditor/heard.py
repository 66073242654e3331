"""What was said while evidence was read or attested, made into statements again.

Sources give reasons as text, and a snapshot holds them as text, perhaps of another day. So those
that we write ourselves are recognised by their templates; what else stands there stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from auditor.heardadvice import ADVICE, FAILURES
from auditor.model.message import Statement, joined, recognised
from auditor.model.snapshot import PasswordEvidence

# Of `auditor.attestations` and of `dialectfit`, `merge` and `parse` in `auditor.sources`.
NOTES: Final = (
    "attested was {values}, which differs: {statement}",
    "attested was nothing, which differs: {statement}",
    "attested was {values}, but what was read is not understood: {statement}",
    "attested was nothing, but what was read is not understood: {statement}",
    "rows were attested, and not used: {statement}",
    "it is attested in two spellings, with different rows",
    "what was read of the filters is not understood, and may be this one",
    "it is not among the filters that were read",
    "other rows were attested: {statement}",
    "it occurs more than once",
    "the entry for its rows was learned on {firmware}, this is {shown}",
    "the entry for its rows was learned on {firmware}, this is an unknown train",
    "that the login is the key is inferred",
    "the option is not there, which means {value}",
    "the option is not there, which means empty",
    "the option is not there, which means nothing",
    "the option is not there, which means {value}, as {page} says",
    "where its rows are stored is not documented; no dialect entry names the place",
    "it has a part that dialect {name} does not explain",
)
# Who attested what: these stand inside of notes.
STATEMENTS: Final = (
    "{place} attested by {person} on {day}, valid until {until}",
    "{place} attested by {person} on {day}, valid until {until}: {words}",
    "{place} attested by {person} on {day}, valid until {until}, seen on {page}",
    "{place} attested by {person} on {day}, valid until {until}, seen on {page}: {words}",
    "site file, attested by {person} on {day}, valid until {until}",
    "site file, attested by {person} on {day}, valid until {until}: {words}",
    "site file, attested by {person} on {day}, valid until {until}, seen on {page}",
    "site file, attested by {person} on {day}, valid until {until}, seen on {page}: {words}",
)
# Of `auditor.passwords.book`.
UNREADABLE: Final = (
    "the stored value is not a password field",
    "the decrypted value is not text",
    "the script shows asterisks instead of it",
    "the line that registers a phone with it is not understood",
)
# What was not read, of `auditor.sources`, of its parsers, and of attestations that ended.
GAPS: Final = (
    "no source says which device this is",
    "no source holds the PBX objects",
    "no object of any source shows a hardware id",
    "no object of any source shows whether a password is set",
    "no source holds the _ADMIN_ object with the call filters",
    "no source holds the settings of the device (cfg.txt)",
    "the attestation of {place} by {person} expired on {until}",
    "the attestation of {place} by {person} is of {on}, in the future",
    "attested was {values}, but what was read is not understood: {statement}",
    "attested was nothing, but what was read is not understood: {statement}",
    "rows are attested for filter {name}, which the PBX does not have",
    "parents are attested for template {name}, which the PBX does not have",
    "template {name} has the parents none, and others were attested",
    "template {name} has the parents {parents}, and others were attested",
    "box_info.xml: {reason}",
    "cfg.txt: {reason}",
    "cfg.txt ended early: {reason}",
    "it has a part that dialect {name} does not explain",
    "the option is not there: {reason}",
    "an element does not have it, and what that means is not documented",
    "SOAP: {reason}",
    "a page of names: {reason}",
    "the object list: {reason}",
    "a pseudo column: {reason}",
    "object {name}: {reason}",
    "{place}: {reason}",
    "the dialect entry was learned on {firmware}, the boxes run {shown}",
    "the dialect entry was learned on {firmware}, the boxes run an unknown train",
    "the dialect entry counts from {train} on, the boxes run {shown}",
    "the dialect entry counts from {train} on, the boxes run an unknown train",
    "two entries of the dialect disagree: {one} and {other}",
    "object {name}: the PBX applies another value than its templates come to: {attributes}",
    (
        "it is not used: a configuration with standard passwords (cfg-standard.txt): anyone can "
        "decrypt every password in it, so it is as good as clear text"
    ),
    "the system has {count} PBXs ({names}); settings were read of {number}",
    "the reading was interrupted before everything was read",
    "the reading was terminated before everything was read",
    "the certificate that it shows cannot be read as X.509",
    "{count} objects are shown differently elsewhere, the first is {name}",
    "this box does not show it, but another one does",
    "{count} more objects were not read",
    "{reason}; {count} objects were not asked for",
    "objects that cannot be read: {count}; the first, at line {line}: {reason}",
    "the _ADMIN_ object that every PBX has is not there, so others may be missing",
    "the first line of a whole configuration (vars check) is not there",
    "the header that names the box is not there",
    "the object of the PBX itself is not there, so others may be missing",
    "nothing follows the settings of the device, so some may be missing",
    "its end is only that the connection was closed, so it may have been longer",
    "template {name}, to which objects refer, is not there",
    "node {name}, to which objects refer, is not there",
    "PBX {name}, to which objects refer, is not there",
    "filter {name}, to which objects refer, is not there",
    "the site file states {stated} objects, the evidence has {count}",
    "{one} and {other} name different objects: {count}, for example {names}",
    "{count} objects are named {name}, so their number proves nothing",
    "nothing shows that the pages of its objects were all",
    "two documents of one box say different things about it",
    "the snapshot is of a version that did not prove what it read to be whole",
    "lines that are not understood: {count}; the first, at line {line}: {reason}",
    "settings that are not understood: {count}; the first, at line {line}: {reason}",
    "messages that are not understood: {count}; the first, at line {line}: {reason}",
    "objects that contradict themselves: {count}; the first, at line {line}: {reason}",
    "statements against the list of objects: {count}; the first, at line {line}: {reason}",
    "line {line} is not UTF-8, so names may be misread",
    "the replication has no end, so rows may be missing",
    "evidence that could not be read: {reason}",
    "there are more than {count} pages of names",
    "a page of names repeats for ever, so there may be more objects",
    "the last object of a page has no name to go on from",
    "a page of names shows another number of objects than it states",
)
# Why a document was refused, could not be understood, or leaves something open.
REFUSALS: Final = (
    "what a line without it means is not documented",
    (
        "the firmware has an update URL of its own (wiki i=10594), and DHCP may hand one out "
        "unless /no-dhcp is set (wiki i=10594, i=6531)"
    ),
    (
        "a URL that DHCP hands out is ignored only with /no-dhcp, so it may replace the one of the "
        "box (wiki i=10594, i=6531)"
    ),
    "the answer is packed in a way that was not asked for",
    "the packed answer is damaged",
    "the link leads nowhere",
    "it is no regular file",
    "the file cannot be read ({error})",
    "the folder cannot be read ({error})",
    "the document is larger than {size} MiB",
    "this JSON is neither a snapshot nor a PbxTableUsers message",
    "the packed answer is incomplete",
    "the answer is not as long as it says",
    "it names no device",
    "it is larger than {size} MiB",
    "the reading was interrupted",
    "the reading was terminated",
    "the PBX stopped answering",
    "the time for reading ran out",
    "the page is larger than {size} MiB",
    "the PBX has no such module",
    "the answer is packed in a way that cannot be undone",
    "the answer breaks the rules of HTTP",
    "the answer ends in the middle",
    "the connection broke before the answer was whole",
    "the PBX refuses it to this account (401)",
    "the PBX refuses the login",
    "the PBX redirects elsewhere, which is not followed",
    "the PBX answers {status}",
    "the PBX was silent for {seconds} seconds",
    "{name} has no name that could be asked for",
    "the PBX answers with another object",
    "another object has the same guid",
    "its name holds an asterisk, which could select all objects at once",
    "the answer is not SOAP",
    "the PBX answers with a SOAP fault",
    "the answer belongs to another request",
    "the answer to Version has fewer parts than its description",
    "the list shows no guid that could be asked for",
    "the list shows an object without a name",
    "the list has a part that is no object",
    "the list shows another object with the same guid",
    "it has no attributes",
    "it is in a view that nobody knows",
    "the file ends in it, so it may have been longer",
    "it is no command that is known, so it could set anything",
    "the file names two boxes",
    "it looks like a name that is asked for, written in another way",
    "it is not UTF-8, so its values may be misread",
    "its kind is not understood",
    "it shows its names only",
    "its element is not one that is known",
    "a part of _ADMIN_ is not understood",
    "another _ADMIN_ object says it differently",
    "two values for one name of it",
    "two passwords of it",
    "its root states another number of objects",
    "its root says itself that this is not all",
    "it is neither a row nor the end of the replication",
    "it is a row after the end of the replication",
    "one of its values holds nothing that can be read",
    "an option of the line is not understood",
    "it names the setting, and is not understood",
    "it takes the whole module away",
    "it takes an option away",
    "{place} is not there, and another entry of the dialect has only a default",
    "it has two <user> elements",
    "it is not a sequence of (name=value)",
    "it is cut off",
    "attribute {name} occurs twice",
    "line {line} is continued beyond {count} characters",
    "line {line} is longer than {count} bytes",
    "line {line}: this is not a PBX configuration",
    "line 1: the file is UTF-16, but a PBX writes UTF-8",
    "line {line}: the file is binary, not a PBX configuration",
    "the file holds nothing but comments",
    "the file is empty",
    "this XML holds no PBX object (no <user> below its root)",
    "this JSON holds no {name} row",
    "this is not valid JSON",
    "the XML is broken: {problem} (line {line})",
    "the XML declares an encoding that is not supported",
    "it declares a document type (DTD), which is refused",
    "it cannot be reached ({problem})",
    "it neither answers nor refuses, so something on the way may drop the packets",
    "what answers here does not show itself as an innovaphone PBX",
    (
        "what answers here does not show itself as an innovaphone PBX: it answers with {status}, "
        "and not as one does"
    ),
    "it does not answer by HTTP",
)
# What is noted about a document that was read.
RECORDS: Final = (
    "its secrets open with the factory login",
    "effective values not compared with SOAP: {reason}",
    "effective values of {count} objects compared with SOAP: all agree",
    "effective values of {count} objects compared with SOAP: {number} differ",
    "its {count} objects are not used: the master's are",
    "read because of {reason}",
    "not counted a second time: {reason}",
    "{count} objects were read before an interruption",
    "everything was read anew: {reason}",
    "the part that was read before is of another {name}",
    "the part that was read before is damaged",
    "the part that was read before is older than a day",
    "the part that was read before was read with another account or password",
    "{count} settings are not used: the file does not say which box it is from",
    "a list page: it names objects without their configuration",
    "not read: evidence ends in {names}",
    "not used: a standard configuration, recognised by its name",
    "not used: an older generation of {name}",
    "not used: it is the same as {name}",
    "not used: {reason}",
    "not used, for it is no evidence of a PBX: {reason}",
    "not read again: it is the same as {name}",
    "not read: {reason}",
    "the newest by its number, though {name} was changed later",
)
_REASONS: Final = (*GAPS, *REFUSALS, *FAILURES)
# Parameters that are sentences themselves; all others are values, whatever they look like.
_INSIDE: Final = {"reason": _REASONS, "statement": STATEMENTS}


def noted(note: str) -> str:
    """Return what was noted about a setting or filter as a statement, if it is one of ours.

    A statement of a person may come behind another note.
    """
    before, separator, behind = note.partition("; ")
    parts = [_heard(part, NOTES) for part in (before, behind) if separator]
    if parts and all(isinstance(part, Statement) for part in parts):
        return joined("{one}; {other}", parts)
    return _heard(note, NOTES)


def why_unreadable(password: PasswordEvidence) -> str:
    """Return why a password cannot be read, empty if nothing says so."""
    return _heard(password.reason, UNREADABLE)


def why_unread(reason: str) -> str:
    """Return the reason of a gap as a statement, if it is one of ours."""
    return _heard(reason, _REASONS)


def advised(advice: str) -> str:
    """Return the advice of a gap as a statement, if it is one of ours."""
    return _heard(advice, ADVICE)


def recorded(note: str) -> str:
    """Return what was noted about a document as a statement, if all of it is ours."""
    parts = [_heard(part, (*RECORDS, *_REASONS)) for part in note.split("; ")]
    whole = all(isinstance(part, Statement) for part in parts)
    return joined("{one}; {other}", parts) if whole else note


def _heard(text: str, templates: Sequence[str]) -> str:
    """Return the statement that a text is, with the sentences in it; else the text."""
    if isinstance(text, Statement) or not text:
        return text
    for found in recognised(text, templates):
        parts = dict(found.parameters)
        inside = {
            name: _heard(str(parts[name]), known)
            for name, known in _INSIDE.items()
            if name in parts
        }
        if all(isinstance(part, Statement) for part in inside.values()):
            return Statement(found.template, {**parts, **inside})
    return text
