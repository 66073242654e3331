"""A share is met by exactly so many, whatever a computer makes of its decimals."""

from __future__ import annotations

import pytest

from auditor.values.shares import is_less


@pytest.mark.parametrize(
    ("count", "percent", "total", "less"),
    [
        (160, 64.4, 250, True),
        (161, 64.4, 250, False),
        (949, 95.0, 1000, True),
        (950, 95.0, 1000, False),
        (0, 0.0, 5, False),
        (4, 100.0, 5, True),
        (5, 100.0, 5, False),
    ],
)
def test_a_share_at_its_boundary(count, percent, total, less):
    assert is_less(count, percent, total) is less
