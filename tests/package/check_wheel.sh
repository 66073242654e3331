#!/bin/sh
# Builds sdist and wheel, installs the wheel into a fresh environment outside the checkout, and
# audits a sample there. PYTHON is an interpreter that has the packages of constraints/dev.txt.
set -eu

checkout=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-$checkout/.venv/bin/python}
case $python in
    /*) ;;
    */*) python=$PWD/$python ;;
esac
unset PYTHONPATH PBX_AUDITOR_USERNAME PBX_AUDITOR_PASSWORD PBX_AUDITOR_PBX_PASSWORD || true

work=$(mktemp -d "${TMPDIR:-/tmp}/pbx-auditor-wheel.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "check_wheel: $*" >&2
    exit 1
}

echo "build sdist and wheel"
"$python" -m build --no-isolation --outdir "$work/dist" "$checkout" >"$work/build.log" 2>&1 || {
    cat "$work/build.log" >&2
    fail "the build failed"
}
wheel=$(find "$work/dist" -name '*.whl')
"$python" -m zipfile -l "$wheel" >"$work/names"
if grep -E '^(tests/|.*__pycache__)' "$work/names" >&2; then
    fail "the wheel holds what it must not hold"
fi
for wanted in auditor/_data/rules/ auditor/_data/templates/ auditor/_data/built/html/ \
    auditor/_data/built/documents.txt auditor/report/schema/schema-v1.json \
    auditor/simulator/configs/hardened.toml auditor/dialects/documented.toml \
    auditor/_data/guides/readme.md auditor/vulnerabilities/innovaphone.toml auditor/messages/locale/de/LC_MESSAGES/pbx-auditor.json; do
    grep -q "^$wanted" "$work/names" || fail "the wheel lacks $wanted"
done

echo "install the wheel into a fresh environment"
"$python" -m venv "$work/venv"
bin=$work/venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$bin/python" -m pip install --quiet --require-hashes -r "$checkout/constraints/runtime.txt"
"$bin/python" -m pip install --quiet --no-deps "$wheel"

mkdir "$work/elsewhere"
cd "$work/elsewhere"
"$bin/pbx-auditor" --version

echo "show every guide that a message of the installed package points at"
package=$("$bin/python" -c 'import auditor, pathlib; print(pathlib.Path(auditor.__file__).parent)')
topics=$(grep -rhoE 'pbx-auditor help [a-z][a-z-]+' --include='*.py' "$package" | sort -u | cut -d' ' -f3)
[ -n "$topics" ] || fail "no message points at a guide"
for topic in $topics; do
    "$bin/pbx-auditor" help "$topic" >guide.txt || fail "there is no guide $topic"
    [ "$(wc -l <guide.txt)" -gt 20 ] || fail "the guide $topic is not shown"
done

echo "audit a sample that the installed package makes itself"
PBX_AUDITOR_PBX_PASSWORD=sample-of-the-wheel-check
export PBX_AUDITOR_PBX_PASSWORD
"$bin/python" - <<'SAMPLE'
import os
from pathlib import Path

from jinja2 import ChoiceLoader, ModuleLoader

import auditor
from auditor.rules.catalogue import load_catalogue
from auditor.remediation import runbook
from auditor.report.html import html_page
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.responses import configuration

assert "site-packages" in auditor.__file__, auditor.__file__
loaders = [html_page.environment().loader, runbook.environment("de").loader]
assert all(isinstance(one, ChoiceLoader) for one in loaders), loaders
assert all(isinstance(one.loaders[0], ModuleLoader) for one in loaders), loaders
assert not any(rule.examples for rule in load_catalogue().rules.values())
pbx = SimulatedPbx.create("hardened", os.environ["PBX_AUDITOR_PBX_PASSWORD"])
Path("cfg.txt").write_bytes(configuration(pbx, 1))
Path("site.toml").write_bytes(pbx.site.read_bytes())
SAMPLE
"$bin/pbx-auditor" audit cfg.txt --site site.toml --out report >summary.txt || {
    code=$?
    cat summary.txt >&2
    fail "the audit of the hardened sample exits $code"
}
for name in report.html report.json remediation/plan.json remediation/runbook.md remediation/remediate.py remediation/rollback.py; do
    [ -s "report/$name" ] || fail "the audit did not write $name"
done
for name in remediate rollback; do
    "$bin/python" -I "report/remediation/$name.py" --help >/dev/null || fail "$name.py does not start"
done
"$bin/pbx-auditor" schema report >schema.json
"$bin/python" -c 'import json; json.load(open("schema.json", encoding="utf-8"))["$defs"]' ||
    fail "schema report prints no JSON Schema"
echo "the wheel works"
