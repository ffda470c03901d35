#!/bin/sh
# Builds the native kernels with AddressSanitizer and UndefinedBehaviorSanitizer, beside the environment $1 whose
# libraries it shares, and runs on them the tests of kernels, of the prover's and verifier's native parts, of the stack
# machine's executor, and of the front door. The first finding ends the process.
# What comes after $1 goes to pytest instead of the usual choice of tests.
set -eu
venv=$1
shift
# But for sizes that take half a minute there, and no path of their own.
large="tests/kernels/stark/test_cpu_transforms.py::test_large_ones_at_points_and_back"
[ $# -gt 0 ] || set -- --deselect "$large[16-" --deselect "$large[20-" \
    tests/kernels/*/test_*_isa.py tests/kernels/stark/test_cpu_*.py \
    tests/provers/stark/test_stark_rejections.py tests/provers/stackvm/test_instructions.py \
    tests/provers/stackvm/test_machine.py tests/backends/test_thread_pool.py tests/api/test_front_door_fuzz.py
compiler=${CXX:-c++}
place=build/sanitize
python=$place/venv/bin/python

libraries=""
# The C++ runtime too: the sanitizer looks for __cxa_throw when it starts.
for name in libasan.so libubsan.so libstdc++.so.6; do
    found=$($compiler -print-file-name=$name)
    case $found in
    /*) libraries="$libraries $found" ;;
    *) echo "zkmark: $compiler has no $name, so the sanitizers cannot run; use g++" >&2 && exit 2 ;;
    esac
done

if [ ! -x "$python" ]; then
    "$venv/bin/python" -m venv --without-pip "$place/venv"
    # A path file within another's folder is not read, so zkmark's own installation there does not count.
    # Without cffi, by which pycryptodome would load its libraries in a way that no sanitizer bears.
    "$venv/bin/python" -c 'import numpy, pathlib
print("import sys; sys.modules[\"cffi\"] = None", pathlib.Path(numpy.__file__).parents[1], sep="\n")' \
        >"$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/libraries.pth"
fi
echo "Building the native kernels with sanitizers"
"${PIP_PYTHON:-$venv/bin/python}" -m pip --python "$python" install --quiet --disable-pip-version-check --no-deps \
    ${ZKMARK_PIP_OPTIONS:-} --config-settings=build-dir=$place/cmake --config-settings=cmake.define.ZKMARK_SANITIZE=ON \
    --editable .

# Small arrays by malloc too, so that each has its guards; what the interpreter leaves behind is no leak of ours.
checked() {
    LD_PRELOAD=$libraries PYTHONMALLOC=malloc UBSAN_OPTIONS=print_stacktrace=1 \
        ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
        PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$PWD/$place/pycache" "$python" -X faulthandler "$@"
}

# First the instrument: an array that lies about its length must not pass.
if checked -c '
import numpy as np
from numpy.lib.stride_tricks import as_strided
from zkmark import _native
_native.hash_message("sha-256", as_strided(np.zeros(64, np.uint8), (640,)))
' 2>"$place/instrument.txt" || ! grep -q heap-buffer-overflow "$place/instrument.txt"; then
    echo "zkmark: the sanitizers did not see a read past an array's end; see $place/instrument.txt" >&2
    exit 1
fi
# Compiled Python (numba) is not ours to check, nor are drivers for devices. Output is not captured below Python: findings go there.
checked -m pytest -q --capture=sys -p no:cacheprovider --numprocesses auto --dist loadfile --max-worker-restart 0 \
    -m "not slow and not driver" -k "not numba" "$@"
