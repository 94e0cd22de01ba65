# Words for people, and a runner for long quiet commands.

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'tools/dev: %s\n' "$*" >&2
  exit 1
}

# as_root COMMAND…: sudo only where it is needed.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root to install Debian packages: run as root or install sudo"
  fi
}

# quietly LOG COMMAND…: the output goes to LOG; a sign of life every 15 s; the
# end of LOG is shown when the command fails.
quietly() {
  local log=$1 started=$SECONDS next_sign=15 pid code=0
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - started >= next_sign)); then
      printf '    … %d s: %s\n' $((SECONDS - started)) \
        "$(tail -n 1 "$log" | tr -d '\r' | cut -c1-68)" >&2
      next_sign=$((next_sign + 15))
    fi
  done
  wait "$pid" || code=$?
  if [ "$code" != 0 ]; then
    tail -n 30 "$log" >&2
    die "failed ($code): $* (whole log: $log)"
  fi
}
