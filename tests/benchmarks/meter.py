"""Runs a command in a process of its own, and prints as JSON what that took.

The kernel lets a process begin with the peak memory of the one that started it. This program holds
next to nothing, so that what it starts is measured alone; it imports nothing of ours.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    """Run the command that the arguments are, without its output."""
    command = sys.argv[1:]
    silence = [
        (os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0)
        for stream in (sys.stdout.fileno(), sys.stderr.fileno())
    ]
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=silence)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - begin
    code = os.waitstatus_to_exitcode(status)
    took = [code, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main()
