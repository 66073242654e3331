"""Errors name the line that somebody has to mend, in arrays of tables too."""

from __future__ import annotations

import pytest

from auditor.files.toml_lines import Lines

TEXT = '''\
top = 1
[a]
x = [
  "b]",
  "[c]",
]
y = """
[not.a.table]
z = 1
"""
z = 1 # [
[[p]]
id = 1
[p.credentials]
file = "f"
[[p]] # the second
id = 2
[p."a.b"]
t = 'x'
[[p.inner]]
k = 1
[[p.inner]]
k = 2
inline = { k = 3 }
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("top", 1),
        ("a", 2),
        ("a x", 3),
        ("a x 1", 3),
        ("a y", 7),
        ("a z", 11),
        ("p", 12),
        ("p 0", 12),
        ("p 0 credentials file", 15),
        ("p 0 credentials", 14),
        ("p 0 missing", 12),
        ("p 1", 16),
        ("p 1 id", 17),
        ("p 1 a.b t", 19),
        ("p 1 inner 0 k", 21),
        ("p 1 inner 1 k", 23),
        ("p 1 inner 1 inline k", 24),
        ("not", 1),
        ("", 1),
    ],
)
def test_the_line_that_leads_furthest_is_named(keys, line):
    assert Lines(TEXT).of(tuple(keys.split())) == line
