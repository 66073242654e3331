"""Tests write to memory only where there is such a folder, and it can take what they write."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.fixtures import memory

MORE_THAN_THERE_IS = 1 << 60


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that stands for memory; it is on a file system that programs can be started from."""
    monkeypatch.setattr(memory, "MEMORY", tmp_path)
    return tmp_path


def test_a_folder_with_room_is_written_to(folder):
    assert memory.memory_for(1) == folder


def test_a_folder_without_room_is_not(folder):
    assert shutil.disk_usage(folder).free < MORE_THAN_THERE_IS
    assert memory.memory_for(MORE_THAN_THERE_IS) is None


def test_no_folder_is_written_to_where_there_is_none(folder):
    folder.rmdir()
    assert memory.memory_for(1) is None


def test_a_folder_that_cannot_be_written_to_is_not(folder, monkeypatch):
    """Whoever is root may write everywhere but to what is mounted for reading."""
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder or not mode & os.W_OK)
    assert memory.memory_for(1) is None


def test_a_folder_that_no_program_can_be_started_from_is_not(folder, monkeypatch):
    values = list(os.statvfs(folder))
    values[8] |= os.ST_NOEXEC
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(values))
    assert memory.memory_for(1) is None
