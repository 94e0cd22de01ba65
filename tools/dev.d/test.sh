# Builds and runs the tests, part by part; a part that fails does not keep the
# next from running. The last lines are a table and `N passed, N failed, …`.
#
#   fast, slow, system   the preset release, ctest's label of that name; system
#                        gets a Kafka of its own: HERALD_KAFKA=host:port
#   sanitize             both of: asan: the tests that link no CAF, the slow
#                        ones among them too; tsan: those with threads
#   actors               all fast tests in the preset asan, by name only: what
#                        CAF's headers cost there is too much for CI
#   fuzz                 a few seconds of each fuzzer, in the preset asan

TEST_PARTS=(fast slow system asan tsan fuzz actors)
# Without a name: what has to pass before a change lands. From a bare clone on
# two cores that is half an hour, half of it the sanitizers' builds.
TEST_DEFAULT=(fast slow system asan tsan fuzz)
TEST_KAFKA=$ROOT/build/kafka/test
RESULTS=$ROOT/build/results

# Short stacks and a small quarantine: tests allocate all the time.
export ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:malloc_context_size=6:quarantine_size_mb=64
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-16
export LSAN_OPTIONS=print_suppressions=0:suppressions=$ROOT/cmake/lsan.supp
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=second_deadlock_stack=1:suppressions=$ROOT/cmake/tsan.supp

run_tests() {
  local part parts=() failed=()
  [ $# -gt 0 ] || set -- "${TEST_DEFAULT[@]}"
  for part in "$@"; do
    if [ "$part" = sanitize ]; then
      parts+=(asan tsan)
    elif [[ " ${TEST_PARTS[*]} " == *" $part "* ]]; then
      parts+=("$part")
    else
      die "no part '$part' of the tests; there are: ${TEST_PARTS[*]} sanitize"
    fi
  done
  rm -rf "$RESULTS"
  mkdir -p "$RESULTS"
  for part in "${parts[@]}"; do
    # In a process of its own, so that set -e holds and a die ends only it.
    "$BASH" "$ROOT/tools/dev.d/test-part.sh" "$part" || failed+=("$part")
  done
  "$PYTHON" "$ROOT/tools/dev.d/summary.py" "$RESULTS" "${failed[@]}"
}

test_part() {
  case $1 in
  fast | slow)
    build_preset release herald "herald_tests_$1"
    run_ctest "$1" release "^$1\$" "$JOBS"
    ;;
  system)
    build_preset release herald herald_tests_system
    with_kafka run_ctest system release '^system$' 1
    ;;
  asan)
    build_preset asan herald_tests_pure
    run_ctest asan asan '^pure$' "$JOBS"
    ;;
  tsan)
    build_preset tsan herald_tests_threads
    without_aslr run_ctest tsan tsan '^threads$' "$JOBS"
    ;;
  fuzz)
    build_preset asan herald_fuzzers
    run_ctest fuzz asan '^fuzz$' "$JOBS"
    ;;
  actors)
    build_preset asan herald_tests_fast
    run_ctest actors asan '^fast$' "$JOBS"
    ;;
  esac
}

# run_ctest NAME PRESET LABEL JOBS: the results go to build/results/NAME, one
# file of ctest's and one of each GoogleTest program's.
run_ctest() {
  local results=$RESULTS/$1
  mkdir -p "$results"
  say "test: $1"
  GTEST_OUTPUT=xml:$results/ ctest --test-dir "$ROOT/build/$2" -L "$3" -j "$4" \
    --output-on-failure --output-junit "$results/ctest.junit"
}

with_kafka() {
  rm -rf "$TEST_KAFKA"
  trap 'kafka stop --dir "$TEST_KAFKA"' EXIT
  HERALD_KAFKA=$(kafka start --dir "$TEST_KAFKA" --port 0)
  export HERALD_KAFKA
  "$@"
}

# Thread sanitizers of this age cannot start under the widest randomisation of
# addresses that newer kernels use.
without_aslr() {
  if setarch -R true 2>/dev/null; then
    export -f run_ctest say
    export ROOT RESULTS
    setarch -R "$BASH" -c '"$@"' bash "$@"
  else
    "$@"
  fi
}
