"""Kinds of case are recognised by what the cases of a table are read to."""

from __future__ import annotations

import pytest

from auditor.rules.catalogue import load_catalogue
from tests.authoring.case_kinds import KINDS, missing_kinds
from tests.rules.cases import Table, load_tables

RULES = load_catalogue().rules
BASE = "(cn=Base)(guid=b1)(h323=hot-desk-base)(e164=#10)(pbx=<user {}/>)"
TEMPLATE = '(cn=T)(guid=c1)(h323=t)(pbx=<user {}><pseudo type="config"/></user>)'
SET = 'rej-ext="true"'
OF_T = 'config="T"'
# Each kind that an attribute of objects can have, by a configuration of it.
OBJECTS = {
    "absent": f"{BASE.format(SET)}\n(cn=A)(h323=a)(pbx=<user/>)",
    "empty": f'{BASE.format(SET)}\n(cn=A)(h323=a)(pbx=<user rej-ext=""/>)',
    "unreadable": f"{BASE.format(SET)}\n@damaged",
    "hostile name": f"{BASE.format(SET)}\n(cn=<script>)(h323=x)(pbx=<user/>)",
    "duplicate": f"{BASE.format(SET)}\n(cn=A)(h323=a)(pbx=<user/>)\n(cn=a)(h323=b)(pbx=<user/>)",
    "inherited": f"{TEMPLATE.format(SET)}\n{BASE.format(OF_T)}",
    "overridden": f"{TEMPLATE.format(SET)}\n{BASE.format(f'{SET} {OF_T}')}",
    "missing template": BASE.format(f"{SET} {OF_T}"),
    "cyclic template": f"{TEMPLATE.format(OF_T)}\n{BASE.format(f'{SET} {OF_T}')}",
}


def missing(name, configuration, **changes):
    table = load_tables()[name]
    case = table.cases[0].model_copy(update={"configuration": configuration, **changes})
    known = Table(defaults=table.defaults, cases=[case])
    return [kind.name for kind in missing_kinds(RULES[name], known)]


@pytest.mark.parametrize("kind", OBJECTS)
def test_a_kind_of_case_about_objects_is_recognised(kind):
    assert kind in missing("TRK-08", BASE.format(SET))
    assert kind not in missing("TRK-08", OBJECTS[kind])


def test_that_there_is_nothing_to_look_at_is_recognised():
    nobody: dict[str, object] = {"hot_desk": {"base_users": [], "temporary_users": []}}
    assert "nothing to look at" in missing("TRK-08", BASE.format(SET))
    assert "nothing to look at" not in missing("TRK-08", "(cn=A)(h323=a)(pbx=<user/>)", site=nobody)


def test_a_name_of_the_site_file_that_the_pbx_does_not_have_is_recognised():
    listed = {"lists": {"internal_objects": ["Base"]}}
    gone = {"lists": {"internal_objects": ["Gone"]}}
    assert "only in the site file" not in missing("TRK-08", BASE.format(SET))
    assert "only in the site file" in missing("TRK-08", BASE.format(SET), site=listed)
    assert "only in the site file" not in missing("TRK-08", BASE.format(SET), site=gone)


def test_a_limit_and_one_beside_it_are_recognised():
    assert "boundary" in missing("TLS-02", None, tls=[{"certificate": {"bits": 2047}}])
    cases = load_tables()["TLS-02"].cases
    beside = cases[0].model_copy(
        update={"tls": [{"certificate": {"bits": bits}} for bits in (257, 256, 2047)]}
    )
    table = load_tables()["TLS-02"].model_copy(update={"cases": [*cases, beside]})
    assert "boundary" not in [kind.name for kind in missing_kinds(RULES["TLS-02"], table)]


def test_a_setting_knows_no_kinds_of_templates():
    kinds = {"inherited", "overridden", "missing template", "cyclic template"}
    assert kinds.isdisjoint(missing("LOG-04", "config change NTP0 /addr 10.0.0.1"))
    assert "hostile name" in missing("LOG-04", "config change NTP0 /addr 10.0.0.1")
    assert "hostile name" not in missing("LOG-04", "config change NTP0 /addr <script>")


def test_every_kind_has_a_name_of_its_own():
    assert len({kind.name for kind in KINDS}) == len(KINDS)
