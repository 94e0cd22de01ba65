# A real Apache Kafka broker (KRaft, one node) on this machine's loopback, for
# tests, benchmarks and trying things out. Several run at once, each with a
# port and a folder of its own.
#
# The folder holds server.properties, kafka.log, kafka.pid, bootstrap and
# data/. Data outlives a stop and a crash; remove the folder to start empty.

KAFKA_LIB=$DEPS/kafka/lib
KAFKA_PORT=39092
KAFKA_START_SECONDS=60 # 3 s on an idle machine
KAFKA_STOP_SECONDS=20  # 2 s on an idle machine

# kafka start|stop|status [--port N] [--dir D] [--heap MB] [--partitions N]
kafka() {
  local verb=${1:-} port='' dir='' named='' heap=512 partitions=1
  [ $# = 0 ] || shift
  while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || die "kafka: $1 needs a value"
    case $1 in
    --port) port=$2 ;;
    --dir) dir=$2 ;;
    --heap) heap=$2 ;;
    --partitions) partitions=$2 ;; # of topics that are not made by hand
    *) die "kafka: unknown option '$1'; see tools/dev --help" ;;
    esac
    shift 2
  done
  [[ $port =~ ^[0-9]*$ && $heap$partitions =~ ^[0-9]+$ ]] ||
    die "kafka: --port, --heap and --partitions take a number"
  dir=$(realpath -m "${dir:-$ROOT/build/kafka/${port:-$KAFKA_PORT}}")
  # What a later stop needs to find this one.
  [ "$dir" = "$ROOT/build/kafka/$KAFKA_PORT" ] || named=" --dir $dir"
  case $verb in
  start) kafka_start ;;
  stop) kafka_stop ;;
  status) kafka_status ;;
  *) die "kafka: say start, stop or status" ;;
  esac
}

setup_kafka() {
  local pins=$ROOT/tools/dev.d/kafka.sha256
  if cmp -s "$pins" "$DEPS/kafka/.sha256"; then
    return
  fi
  say "setup: Apache Kafka ($(wc -l <"$pins") jars)"
  local new=$DEPS/kafka.new
  rm -rf "$new"
  mkdir -p "$new"
  quietly "$DEPS/log/kafka.log" mvn -B -f "$ROOT/tools/dev.d/kafka-pom.xml" \
    "$MAVEN_DEPENDENCY_PLUGIN:copy-dependencies" \
    -DoutputDirectory="$new/lib" -DincludeScope=runtime
  (cd "$new/lib" && sha256sum --check --quiet "$pins") ||
    die "Kafka's jars are not the ones that were pinned"
  cp "$pins" "$new/.sha256"
  replace "$new" "$DEPS/kafka"
}

# The broker's pid, if the one that was started in this folder still runs.
kafka_pid() {
  local pid
  pid=$(cat "$dir/kafka.pid" 2>/dev/null) || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null |
    grep -qxF "$dir/server.properties" || return 1
  echo "$pid"
}

# -- start -------------------------------------------------------------------

kafka_start() {
  local pid
  setup
  setup_kafka
  mkdir -p "$dir"
  exec 8>"$dir/.lock"
  flock 8
  if pid=$(kafka_pid); then
    say "Kafka already runs (pid $pid, folder $dir)"
    cat "$dir/bootstrap"
    return
  fi
  # A folder keeps its port: its metadata name it.
  port=${port:-$(sed 's/.*://' "$dir/bootstrap" 2>/dev/null || true)}
  port=${port:-$KAFKA_PORT}
  [ "$port" != 0 ] || port=$(kafka_free_port)
  kafka_properties >"$dir/server.properties"
  if [ ! -f "$dir/data/meta.properties" ]; then
    kafka_format
  fi
  KAFKA_MB=$heap kafka_java kafka.Kafka "$dir/server.properties" \
    >"$dir/kafka.log" 2>&1 </dev/null 8>&- &
  pid=$!
  echo "$pid" >"$dir/kafka.pid"
  kafka_wait "$pid"
  say "Kafka runs (pid $pid, folder $dir); stop it: tools/dev kafka stop$named"
  echo "127.0.0.1:$port" | tee "$dir/bootstrap"
}

# Ready is what this broker's own log says: a probe of the port could be
# answered by another server.
kafka_wait() {
  local pid=$1 tries=$((KAFKA_START_SECONDS * 10))
  until grep -q 'Kafka Server started' "$dir/kafka.log" 2>/dev/null; do
    if ! kill -0 "$pid" 2>/dev/null; then
      tail -n 20 "$dir/kafka.log" >&2
      die "Kafka did not start (whole log: $dir/kafka.log)"
    fi
    if [ $((tries -= 1)) = 0 ]; then
      kill -KILL "$pid"
      die "Kafka was not ready in $KAFKA_START_SECONDS s ($dir/kafka.log)"
    fi
    sleep 0.1
  done
}

# exec, so that the pid of the background job is java's; setsid, so that
# Ctrl-C in a terminal does not reach it.
kafka_java() {
  exec setsid java -Xms128m -Xmx"${KAFKA_MB:-256}"m -XX:+UseSerialGC \
    -cp "$KAFKA_LIB/*" \
    -Dlog4j2.configurationFile="$ROOT/tools/dev.d/kafka-log4j2.yaml" "$@"
}

kafka_format() {
  local id
  # 16 random bytes; a leading '-' would be taken for an option
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c1-22)
  rm -rf "$dir/data"
  (kafka_java -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format \
    --standalone -c "$dir/server.properties" -t "A${id:1}") \
    >"$dir/format.log" 2>&1 || {
    cat "$dir/format.log" >&2
    die "Kafka's data folder could not be made"
  }
}

# A port that is free together with the next one, the controller's.
kafka_free_port() {
  "$PYTHON" - <<'PYTHON'
import socket
for _ in range(100):
    with socket.socket() as broker, socket.socket() as controller:
        broker.bind(("127.0.0.1", 0))
        port = broker.getsockname()[1]
        try:
            controller.bind(("127.0.0.1", port + 1))
        except (OSError, OverflowError):
            continue
        print(port)
        break
PYTHON
}

# Records are kept whatever their timestamps say: tests and replays use old
# ones, which the default retention of a week would delete.
kafka_properties() {
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$((port + 1))
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
num.partitions=$partitions
log.retention.ms=-1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
PROPERTIES
}

# -- stop and status ---------------------------------------------------------

kafka_stop() {
  local pid tries=$((KAFKA_STOP_SECONDS * 10))
  if ! pid=$(kafka_pid); then
    say "no Kafka runs in $dir"
    return
  fi
  kill "$pid"
  while kafka_pid >/dev/null; do
    if [ $((tries -= 1)) = 0 ]; then
      kill -KILL "$pid"
    fi
    sleep 0.1
  done
  rm -f "$dir/kafka.pid"
  say "Kafka stopped (pid $pid)"
}

kafka_status() {
  local pid
  if ! pid=$(kafka_pid); then
    say "no Kafka runs in $dir"
    return 1
  fi
  say "Kafka runs (pid $pid, folder $dir)"
  cat "$dir/bootstrap"
}
