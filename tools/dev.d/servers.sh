# Real MariaDB and Redis servers on this machine's loopback, for tests and for
# trying things out; as the user who calls, beside any server of the system.
#
# A server's folder holds its log, server.pid, port and data, which outlive a
# stop and a crash; remove the folder to start empty. MariaDB's user is root
# without a password.

SERVER_START_SECONDS=30 # less than 1 s on an idle machine
SERVER_STOP_SECONDS=20
MARIADB_PORT=33306
REDIS_PORT=36379

# mariadb|redis start|stop|status [--port N] [--dir D]
server() {
  local kind=$1 verb=${2:-} port='' dir='' named=''
  shift
  [ $# = 0 ] || shift
  while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || die "$kind: $1 needs a value"
    case $1 in
    --port) port=$2 ;;
    --dir) dir=$2 ;;
    *) die "$kind: unknown option '$1'; see tools/dev --help" ;;
    esac
    shift 2
  done
  [[ $port =~ ^[0-9]*$ ]] || die "$kind: --port takes a number"
  local usual=$MARIADB_PORT
  [ "$kind" = mariadb ] || usual=$REDIS_PORT
  dir=$(realpath -m "${dir:-$ROOT/build/$kind/${port:-$usual}}")
  [ "$dir" = "$ROOT/build/$kind/$usual" ] || named=" --dir $dir"
  case $verb in
  start) server_start ;;
  stop) server_stop ;;
  status) server_status ;;
  *) die "$kind: say start, stop or status" ;;
  esac
}

# The pid of the server that was started in this folder, if it still runs.
server_pid() {
  local pid
  pid=$(cat "$dir/server.pid" 2>/dev/null) || return 1
  case $(readlink "/proc/$pid/cwd") in
  "$dir" | "$dir"/*) echo "$pid" ;;
  *) return 1 ;;
  esac
}

server_start() {
  local pid tries=$((SERVER_START_SECONDS * 10))
  setup
  mkdir -p "$dir"
  if pid=$(server_pid); then
    say "$kind already runs (pid $pid, folder $dir)"
    echo "127.0.0.1:$(cat "$dir/port")"
    return
  fi
  port=${port:-$(cat "$dir/port" 2>/dev/null || echo "$usual")}
  [ "$port" != 0 ] || port=$(server_free_port)
  "${kind}_run"
  pid=$!
  echo "$pid" >"$dir/server.pid"
  # Its own log: a probe of the port could be answered by another server.
  until grep -q -i 'ready \(for connections\|to accept\)' "$dir/server.log"; do
    if ! kill -0 "$pid" 2>/dev/null || [ $((tries -= 1)) = 0 ]; then
      tail -n 20 "$dir/server.log" >&2
      die "$kind did not start (whole log: $dir/server.log)"
    fi
    sleep 0.1
  done
  echo "$port" >"$dir/port"
  say "$kind runs (pid $pid, folder $dir); stop it: tools/dev $kind stop$named"
  echo "127.0.0.1:$port"
}

# The socket lies in /tmp: its path must be short.
mariadb_run() {
  local user socket
  user=$(id -un)
  socket=$(mktemp -u /tmp/herald-mariadb-XXXXXX.sock)
  if [ ! -d "$dir/data/mysql" ]; then
    mariadb-install-db --no-defaults --user="$user" --datadir="$dir/data" \
      --auth-root-authentication-method=normal --skip-test-db \
      >"$dir/install.log" 2>&1 || die "see $dir/install.log"
  fi
  (cd "$dir" && exec setsid mariadbd --no-defaults --user="$user" \
    --datadir="$dir/data" --socket="$socket" --bind-address=127.0.0.1 \
    --port="$port" --skip-name-resolve --innodb-buffer-pool-size=64M \
    --innodb-log-file-size=16M) >"$dir/server.log" 2>&1 </dev/null &
}

redis_run() {
  (cd "$dir" && exec setsid redis-server --bind 127.0.0.1 --port "$port" \
    --dir "$dir" --save '' --appendonly yes --daemonize no) \
    >"$dir/server.log" 2>&1 </dev/null &
}

server_free_port() {
  "$PYTHON" -c 'import socket
with socket.socket() as x:
    x.bind(("127.0.0.1", 0))
    print(x.getsockname()[1])'
}

server_stop() {
  local pid tries=$((SERVER_STOP_SECONDS * 10))
  if ! pid=$(server_pid); then
    say "no $kind runs in $dir"
    return
  fi
  kill "$pid"
  while server_pid >/dev/null; do
    [ $((tries -= 1)) != 0 ] || kill -KILL "$pid"
    sleep 0.1
  done
  rm -f "$dir/server.pid"
  say "$kind stopped (pid $pid)"
}

server_status() {
  local pid
  if ! pid=$(server_pid); then
    say "no $kind runs in $dir"
    return 1
  fi
  say "$kind runs (pid $pid, folder $dir)"
  echo "127.0.0.1:$(cat "$dir/port")"
}
