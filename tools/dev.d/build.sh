# Builds one preset of CMakePresets.json, and what is done with a build.

JOBS=$(nproc)

# Clones in different folders share what ccache keeps.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

# build_preset PRESET [TARGET…]: configures only when it has to.
build_preset() {
  local preset=$1 folder=$ROOT/build/$1
  shift
  [ $# -gt 0 ] || set -- all
  if [ ! -f "$folder/build.ninja" ] ||
    [ "$ROOT/CMakePresets.json" -nt "$folder/build.ninja" ]; then
    say "configure: $preset"
    (cd "$ROOT" && cmake --preset "$preset" >"$DEPS/log/cmake-$preset.log" 2>&1) ||
      { tail -n 30 "$DEPS/log/cmake-$preset.log" >&2
        die "cmake --preset $preset failed"; }
  fi
  say "build: $preset ($*)"
  cmake --build "$folder" -j "$JOBS" --target "$@"
}

build_program() {
  build_preset "${1:-release}" herald example_functions
}
