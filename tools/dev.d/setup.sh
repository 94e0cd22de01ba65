# Installs all that a build and the tests need; nothing when it is all there.
#
# Results: Debian packages, .deps/{arrow,duckdb}, .venv. Downloads are kept in
# $HERALD_CACHE, so that a second clone installs without the network.

HERALD_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/herald
DEPS=$ROOT/.deps
PYTHON=/usr/bin/python3

setup() {
  local want
  want=$(setup_key)
  if setup_is_done; then
    return
  fi
  [ "$(uname -m)" = x86_64 ] || die "only x86-64 is supported, not $(uname -m)"
  mkdir -p "$DEPS" "$HERALD_CACHE"
  exec 9>"$DEPS/.lock"
  flock 9
  if setup_is_done; then # by another process, while this one waited
    exec 9>&-
    return
  fi
  say "setup 1/4: Debian packages"
  setup_debian
  say "setup 2/4: Python environment of the tests (.venv)"
  setup_python
  say "setup 3/4: Apache Arrow C++ (${ARROW_WHEEL#*==})"
  setup_arrow
  say "setup 4/4: DuckDB (${DUCKDB_LIBRARY_PACKAGE##*@})"
  setup_duckdb
  echo "$want" >"$DEPS/.setup"
  exec 9>&-
  say "setup done: next time it takes no time"
}

setup_is_done() {
  [ "$(cat "$DEPS/.setup" 2>/dev/null)" = "$want" ] &&
    [ -x "$ROOT/.venv/bin/python" ]
}

# Everything that setup's result depends on.
setup_key() {
  cat "$ROOT/tools/dev.d/pins.sh" "$ROOT/tools/dev.d/setup.sh" \
    "$ROOT/tests/requirements.txt" | sha256sum | cut -d' ' -f1
}

# -- Debian ------------------------------------------------------------------

setup_debian() {
  local missing=() package
  for package in "${DEBIAN_PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
      grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} = 0 ]; then
    echo "    all ${#DEBIAN_PACKAGES[@]} are installed" >&2
    return
  fi
  echo "    to install: ${missing[*]}" >&2
  quietly "$DEPS/log/apt-update.log" as_root apt-get update
  quietly "$DEPS/log/apt-install.log" as_root env \
    DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# -- downloads ---------------------------------------------------------------

# verified FILE SHA256: is FILE whole and the one that was pinned?
verified() {
  [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status
}

# download FILE SHA256 COMMAND…: COMMAND puts FILE into the folder it runs in.
download() {
  local file=$1 sha256=$2 folder
  shift 2
  if verified "$HERALD_CACHE/$file" "$sha256"; then
    return
  fi
  folder=$(mktemp -d "$HERALD_CACHE/download.XXXXXX")
  echo "    downloading $file" >&2
  (cd "$folder" && quietly "$DEPS/log/$file.log" "$@") ||
    { rm -rf "$folder"; die "could not download $file"; }
  verified "$folder/$file" "$sha256" ||
    { rm -rf "$folder"; die "$file is not the file that was pinned"; }
  mv "$folder/$file" "$HERALD_CACHE/$file"
  rm -rf "$folder"
}

# replace NEW OLD: swaps a finished folder in, so that OLD is never half done.
replace() {
  rm -rf "$2.old"
  if [ -e "$2" ]; then
    mv "$2" "$2.old"
  fi
  mv "$1" "$2"
  rm -rf "$2.old"
}

# -- the parts ---------------------------------------------------------------

setup_python() {
  local requirements=$ROOT/tests/requirements.txt
  local stamp=$ROOT/.venv/.requirements
  if cmp -s "$requirements" "$stamp"; then
    return
  fi
  rm -rf "$ROOT/.venv"
  quietly "$DEPS/log/venv.log" "$PYTHON" -m venv "$ROOT/.venv"
  local pip=("$ROOT/.venv/bin/pip" --disable-pip-version-check)
  local chosen=(--require-hashes --only-binary=:all: -r "$requirements")
  # Offline when the cache has them all; otherwise the cache is filled first.
  if ! "${pip[@]}" install -q --no-index --find-links "$HERALD_CACHE" \
    "${chosen[@]}" >"$DEPS/log/pip.log" 2>&1; then
    echo "    downloading $(grep -c '==' "$requirements") wheels" >&2
    quietly "$DEPS/log/pip.log" \
      "${pip[@]}" download -d "$HERALD_CACHE" "${chosen[@]}"
    quietly "$DEPS/log/pip.log" \
      "${pip[@]}" install --no-index --find-links "$HERALD_CACHE" \
      "${chosen[@]}"
  fi
  cp "$requirements" "$stamp"
}

# Headers, and the libraries that Herald links with; the wheel's others need
# a Python, or are not used.
setup_arrow() {
  download "$ARROW_WHEEL_FILE" "$ARROW_WHEEL_SHA256" \
    "$ROOT/.venv/bin/pip" download --no-deps --only-binary=:all: \
    --platform manylinux_2_28_x86_64 --python-version 311 \
    --implementation cp --abi cp311 "$ARROW_WHEEL"
  if [ "$(cat "$DEPS/arrow/.sha256" 2>/dev/null)" = "$ARROW_WHEEL_SHA256" ]
  then
    return
  fi
  local new=$DEPS/arrow.new name
  rm -rf "$new"
  mkdir -p "$new/lib"
  "$PYTHON" - "$HERALD_CACHE/$ARROW_WHEEL_FILE" "$new" <<'PYTHON'
import sys, zipfile
wheel, out = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
for name in wheel.namelist():
    if name.startswith(("pyarrow/include/arrow/", "pyarrow/include/parquet/",
                        "pyarrow/libarrow", "pyarrow/libparquet")):
        wheel.extract(name, out)
PYTHON
  mv "$new/pyarrow/include" "$new/include"
  for name in libarrow libarrow_compute libparquet; do
    mv "$new/pyarrow/$name.so.$ARROW_SO" "$new/lib/"
    ln -s "$name.so.$ARROW_SO" "$new/lib/$name.so"
  done
  rm -rf "$new/pyarrow"
  if ldd "$new"/lib/*.so | grep 'not found' >&2; then
    die "Arrow's libraries need something that is not there (see above)"
  fi
  echo "$ARROW_WHEEL_SHA256" >"$new/.sha256"
  replace "$new" "$DEPS/arrow"
}

setup_duckdb() {
  download "$DUCKDB_LIBRARY_FILE" "$DUCKDB_LIBRARY_SHA256" \
    npm pack --silent "$DUCKDB_LIBRARY_PACKAGE"
  download "$DUCKDB_HEADER_FILE" "$DUCKDB_HEADER_SHA256" \
    npm pack --silent "$DUCKDB_HEADER_PACKAGE"
  local want="$DUCKDB_LIBRARY_SHA256 $DUCKDB_HEADER_SHA256"
  if [ "$(cat "$DEPS/duckdb/.sha256" 2>/dev/null)" = "$want" ]; then
    return
  fi
  local new=$DEPS/duckdb.new
  rm -rf "$new"
  mkdir -p "$new"
  tar -xzf "$HERALD_CACHE/$DUCKDB_LIBRARY_FILE" -C "$new" \
    --strip-components=1 package/libduckdb.so
  tar -xzf "$HERALD_CACHE/$DUCKDB_HEADER_FILE" -C "$new" \
    --strip-components=5 package/src/duckdb/src/include/duckdb.h
  echo "$want" >"$new/.sha256"
  replace "$new" "$DEPS/duckdb"
}
