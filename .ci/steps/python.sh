#!/bin/sh
# Make .venv hold what a lock names: python.sh requirements.lock | requirements-dev.lock. Done again when a lock changes.
set -eu
lock=$1
stamps=.venv/gridmgmt-locks

python=$(sh .ci/steps/find_python.sh) || {
    echo "Python 3.11 or newer is needed and this system offers none; install it and set PYTHON to its path." >&2
    exit 1
}

# A changed run-time lock means a new environment; the developers' lock only adds to it.
runtime="requirements.lock $(cksum <requirements.lock)"
if ! grep -qsxF "$runtime" $stamps || ! .venv/bin/python -c pass 2>/dev/null; then
    echo "    making .venv with $("$python" -V)"
    "$python" -m venv --clear .venv
    touch $stamps
fi

wanted="$lock $(cksum <"$lock")"
if grep -qsxF "$wanted" $stamps; then
    echo "    up to date"
else
    echo "    installing from $lock (about a minute)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement "$lock"
    # pip compiles with one core; some packages hold files that are not for this Python, which it leaves out too
    .venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
    echo "$wanted" >>$stamps
    [ "$lock" = requirements.lock ] || echo "$runtime" >>$stamps
fi

# The project itself: importable from here and runnable as gridmgmt, with nothing to download or build.
.venv/bin/python - <<'CODE'
import pathlib, sys, sysconfig

root = pathlib.Path.cwd()
pathlib.Path(sysconfig.get_path("purelib"), "gridmgmt.pth").write_text(f"{root}\n", encoding="utf-8")
command = pathlib.Path(sysconfig.get_path("scripts"), "gridmgmt")
command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gridmgmt "$@"\n', encoding="utf-8")
command.chmod(0o755)
CODE
