#!/bin/sh
# Runs the quick tests on every promised CPython that is on the PATH, each in an environment of its
# own; the one of .venv has run them already. Nothing to do is no failure.
set -eu
cd "$(dirname "$0")/../.."
own=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for version in 3.11 3.12 3.13 3.14; do
    # A name on the PATH may stand for nothing, as with version managers.
    if [ "$version" = "$own" ] || ! "python$version" -c 'import venv, ensurepip' 2>/dev/null; then
        continue
    fi
    echo "CPython $version"
    "python$version" -m venv "$work/$version"
    "$work/$version/bin/python" -m pip install --quiet --require-hashes -r constraints/dev.txt
    "$work/$version/bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable .
    "$work/$version/bin/python" -m pytest -q -n auto --dist loadfile tests/unit tests/rules \
        tests/sources tests/simulator tests/report
done
