"""How long something takes or counts, as people write it."""

from __future__ import annotations

import pytest

from auditor.values.durations import seconds


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((300, 300), ("300", 300), ("90s", 90), ("15m", 900), ("24h", 86_400)),
        *(("3d", 259_200), ("2w", 1_209_600), (" 3 d ", 259_200), (1, 1)),
    ],
)
def test_a_duration_is_seconds(written, meant):
    assert seconds(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *("", "d", "3x", "3D", "-3d", "3.5d", "1d 2h", "0", "0d", "9999999999", "99999w", "٣d"),
        *(0, -1, True, 1.5, None, [], 10**18),
    ],
)
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError, match=r"."):
        seconds(written)
