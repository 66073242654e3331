"""What the system and the parsers say of a file has words of our own."""

from __future__ import annotations

import errno
import os
import tempfile
import tomllib
from pathlib import Path

import pytest

from auditor.files.inputs import read_bytes
from auditor.files.os_reasons import why
from auditor.files.toml_reasons import _OTHER, toml_reason
from auditor.messages.message import Message
from tests.fixtures.memory import MEMORY

WRONG_TOML = (
    *("a", "a=", "[a", "[[a", "=1", "a=[1", "a={b=1", 'a="x', 'a="""x', "a='''x", "a=foo"),
    *('a="\\q"', 'a="\\uD800"', "a=1 b", "[a]\n[a]", "a=1\na=2", "a=2027-02-31", "a=\x01"),
    *("a={b=1}\n[a.c]", 'a="x\n"', "a={b=1,b=2}", "a=[]\n[[a]]", "# \x00", 'a="\\u00"'),
)


@pytest.mark.parametrize("text", WRONG_TOML)
def test_each_mistake_in_toml_is_said_in_our_words(text):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    said = toml_reason(caught.value)
    assert isinstance(said, Message)
    assert said.template != _OTHER.template
    assert "{reason}" not in said.template or dict(said.parameters)["reason"] != _OTHER


def test_a_text_that_nobody_knows_is_not_passed_on():
    assert "secret" not in toml_reason(ValueError("a new text about a secret"))


def test_what_cannot_be_read_is_said_in_our_words(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    reasons = set()
    for path in (tmp_path, tmp_path / "none", tmp_path / "file" / "x", tmp_path / ("x" * 300)):
        with pytest.raises(OSError) as caught:  # noqa: PT011 -- any of them
            read_bytes(path, 10)
        reasons.add(why(caught.value).template)
    assert len(reasons) == 4
    assert not any("{" in one for one in reasons)


@pytest.mark.skipif(not MEMORY.is_dir(), reason="no folder for files is there")
def test_a_pipe_below_the_devices_is_no_file_either():
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        os.mkfifo(Path(folder, "pipe"))
        with pytest.raises(OSError) as caught:  # noqa: PT011
            read_bytes(Path(folder, "pipe"), 10)
    assert why(caught.value) is caught.value.strerror


def test_what_is_refused_keeps_its_own_words(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    with pytest.raises(OSError) as caught:  # noqa: PT011
        read_bytes(tmp_path / "file", 4)
    assert why(caught.value) is caught.value.strerror


def test_what_nobody_has_words_for_is_named_by_the_system():
    error = OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    assert dict(why(error).parameters)["reason"] == error.strerror
    assert why(OSError()) != ""
