"""Apply the steps of plan.json to an innovaphone PBX, or take them back.

    remediate.py --url https://pbx.example.com               look only: say what would be done
    remediate.py --url https://pbx.example.com --apply HASH  do it; HASH is that of the plan
    rollback.py  --url https://pbx.example.com --apply HASH  take back what was done
    rollback.py  --url https://pbx.example.com --restore     show what differs from what was noted
    rollback.py  … --restore --everything                    … and from what was kept of all else

The account comes from PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD, or is asked for. It must be an
administrator. Python 3.11 or later; nothing but its standard library is used.

It speaks the language of whoever it was made for; --language de or en chooses. The files that it
writes are the same in every language.

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

OLDEST = (3, 11)
TOO_OLD = "this script needs Python 3.11 or later / dieses Skript braucht Python 3.11 oder neuer"


def check_version() -> None:
    """End with words on a Python that is too old, before anything is imported that it lacks."""
    if sys.version_info < OLDEST:
        sys.stderr.write(f"{TOO_OLD}\n")
        sys.exit(2)


def isolate() -> None:
    """Leave no place to import from but Python's own library, before anything is imported.

    This is what `python -I` does and more: a module beside the script, in the current folder, in
    PYTHONPATH or of a user is never run.
    """
    version = "python{}.{}".format(*sys.version_info)
    usual = f"{sys.base_prefix}/{sys.platlibdir}/{version}"
    library = getattr(sys, "_stdlib_dir", None) or usual
    compiled: tuple[str, ...] = (f"{sys.base_exec_prefix}/{sys.platlibdir}/{version}/lib-dynload",)
    compiled += (f"{library}/lib-dynload", f"{sys.base_prefix}\\DLLs")
    own = {library, usual, *compiled, f"{sys.base_prefix}\\{version.replace('.', '')}.zip"}
    sys.path[:] = [library, *(place for place in sys.path if place in own and place != library)]
    sys.dont_write_bytecode = True


if __name__ == "__main__":
    check_version()
    isolate()
