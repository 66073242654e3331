"""Audits a simulated PBX through the proxy: what each control says, and what it said before."""

from __future__ import annotations

import re
from functools import cache

from auditor.errors import AuditorError
from auditor.model.decision import Thresholds
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit, select
from auditor.run.engine import AssessmentTerms
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.conservation.live.cases import WAYS
from tests.conservation.live.edits import EDITS, OF_OBJECTS, pieces
from tests.conservation.live.framing import FRAMINGS
from tests.conservation.live.proxy import Proxy, Tamper
from tests.fixtures.pbx import PBX_PASSWORD, TODAY, site_of, statuses
from tests.fixtures.pbx import counted as state_count

# Some more than fit into one page of names.
_USERS = 12
_SEVERAL = 4
_PROFILES = ("baseline", "strict")  # every control each
_OPTIONS = LiveOptions(back_off=0.0, timeout=5.0)
_DOCUMENTS = (
    ("box", re.compile(r"/CMD0/box_info\.xml")),
    ("cfg", re.compile(r"/cfg\.txt")),
    ("list", re.compile(r".*cmd=show&user=\*")),
    ("page", re.compile(r".*user-guid=.*")),
)
_OPERATIONS = {b"<ns1:FindUser>": "names", b"<ns1:Admin>": "show", b"<ns1:Version>": "version"}


def document_of(key):
    """Return the kind of document that a request asks for."""
    target, body = key
    if body:
        return next(name for mark, name in _OPERATIONS.items() if mark in body)
    return next(name for name, pattern in _DOCUMENTS if pattern.fullmatch(target))


@cache
def crowded(config):
    return SimulatedPbx.create(config, PBX_PASSWORD, seed=7, users=_USERS)


class Audited:
    """One PBX that refuses what its way says, behind a proxy; a context manager."""

    def __init__(self, config, way):
        self.config = config
        self._site = _site_of(config, counted=WAYS[way].counted)
        self._server = SimulatorServer(crowded(config), refuse=frozenset(WAYS[way].refused))
        self._proxy = Proxy(self._server.port)

    def __enter__(self):
        self._server.__enter__()
        self._proxy.__enter__()
        self.before = self._statuses()
        self._answers = dict(self._proxy.recorded)
        return self

    def __exit__(self, *ended):
        self._proxy.__exit__(*ended)
        self._server.__exit__(*ended)

    def after(self, case):
        """Return what each control says when a document arrives otherwise, by profile."""
        self._proxy.tamper = self._tamper(case)
        self._proxy.tampered = 0
        try:
            found = self._statuses()
        except AuditorError:  # a verdict about nothing
            found = {profile: {} for profile in _PROFILES}
        assert self._proxy.tampered, "the document was not asked for"
        assert self._server.writes == 0
        return found

    def _tamper(self, case):
        chance = case.chance
        key = chance.choice(self._keys(case.document, holding_objects=case.edit in OF_OBJECTS))
        answer = self._answers[key]
        return Tamper(key, FRAMINGS[case.framing](answer, self._body(case, key, chance)))

    def _body(self, case, key, chance):
        body = self._answers[key].body
        if case.edit in EDITS:
            return EDITS[case.edit](case.document, body, chance)
        kind = case.document if case.edit == "another of its kind" else case.edit
        others = [other for other in self._keys(kind) if other != key]
        return self._answers[chance.choice(others)].body if others else body[::-1]

    def _keys(self, document, *, holding_objects=False):
        """Return what was asked for of one kind; only what names several objects if need be."""
        keys = sorted(key for key in self._answers if document_of(key) == document)
        if not holding_objects:
            return keys
        return [key for key in keys if len(pieces(document, self._answers[key].body)) > _SEVERAL]

    def _statuses(self):
        admin = next(one for one in crowded(self.config).accounts if one.role == "admin")
        given = Credentials(admin.username, admin.password, PBX_PASSWORD)
        snapshot = read_live(self._proxy.url, self._site, given, _OPTIONS)
        return {
            profile: statuses(audit(snapshot, self._site, _selection(self.config, profile), TODAY))
            for profile in _PROFILES
        }


@cache
def _site_of(config, *, counted):
    site = site_of(config)
    return state_count(site, len(crowded(config).objects)) if counted else site


@cache
def _selection(config, profile):
    chosen = load_catalogue().profiles[profile]
    terms = AssessmentTerms({}, chosen.refused_grades, chosen.refused_proofs)
    rules = select(load_catalogue(), site_of(config), profile, ())
    return Selection(rules, Thresholds(), terms=terms)
