#!/bin/sh
# Makes the virtual environment $1 and installs zkmark into it, with the extra $2 if that is not empty.
# Says in one sentence what is missing instead of failing in the middle of a build.
set -eu
venv=$1
extra=${2:-}

fail() {
    echo "zkmark: $1" >&2
    exit 2
}

find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    [ -n "$python" ] || fail "Python 3.11, 3.12 or 3.13 is needed and none was found; install one (Debian: apt-get install python3 python3-venv python3-dev) or name it: make PYTHON=/path/to/python3.12"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments; run: apt-get install python3-venv"
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi

"$venv/bin/python" - <<'EOF' || fail "Python's C headers are needed to build the native kernels; run: apt-get install python3-dev"
import pathlib, sys, sysconfig
sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())
EOF
if [ -z "${CXX:-}" ] && ! command -v c++ >/dev/null && ! command -v g++ >/dev/null && ! command -v clang++ >/dev/null; then
    fail "a C++ compiler is needed and none was found; run: apt-get install g++"
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1
# Byte-compiling every library takes longer than the few that a run imports.
pip="$venv/bin/python -m pip install --quiet --no-compile --prefer-binary"
if [ -z "$extra" ]; then
    echo "Building and installing zkmark and its libraries (one to two minutes)"
    $pip --editable .
else
    echo "Installing what '$extra' needs"
    # The extra's requirements alone: zkmark itself is installed and need not be built again.
    "$venv/bin/python" - "$extra" <<'EOF' >"$venv/requirements-$extra.txt"
import sys, tomllib
with open("pyproject.toml", "rb") as file:
    print("\n".join(tomllib.load(file)["project"]["optional-dependencies"][sys.argv[1]]))
EOF
    $pip --requirement "$venv/requirements-$extra.txt"
    # Its algorithm needs NumPy and SciPy only; its package would exchange both for older ones.
    [ "$extra" != test ] || $pip --no-deps 'apache-otava>=0.8'
fi
