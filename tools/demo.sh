#!/usr/bin/env bash
# Shows Herald at work in half a minute, on generated events and an embedded
# node of its own: a window aggregation, a rule, queries. Touches nothing
# outside a temporary folder. `tools/dev demo` builds and then calls it.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HERALD=${HERALD_BIN:-$ROOT/build/release/bin/herald}
START_SECONDS=20
MATCH_SECONDS=20
STOP_SECONDS=15

heading() { printf '\n\033[1m%s\033[0m\n' "$*"; }
note() { printf '   %s\n' "$@"; }
die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

# Prints the command as a newcomer would type it, then runs it.
show() {
  printf '\n$ herald'
  local word
  for word in "$@"; do
    [[ $word == *' '* ]] && word="\"$word\""
    printf ' %s' "$word"
  done
  printf '\n'
  "$HERALD" "$@"
}

HERALD=$(realpath -m "$HERALD")
[ -x "$HERALD" ] || die "no program at $HERALD; run tools/dev build"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/herald-demo.XXXXXX")
NODE=

stop_node() {
  [ -n "$NODE" ] || return 0
  kill -INT "$NODE" 2>/dev/null || true
  for _ in $(seq $((STOP_SECONDS * 10))); do
    kill -0 "$NODE" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$NODE" 2>/dev/null || true
  local status=0
  wait "$NODE" || status=$?
  NODE=
  return "$status"
}

clean_up() {
  stop_node || true
  cd /
  rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
cd "$WORK"

start_node() {
  cat >"herald.yaml" <<'YAML'
data: node
clients:
  rpc: 127.0.0.1:0
  http: 127.0.0.1:0
YAML
  "$HERALD" node --config "herald.yaml" >"node.out" \
    2>"node.err" &
  NODE=$!
  for _ in $(seq $((START_SECONDS * 10))); do
    if grep -q '^herald node: rpc' "node.out" 2>/dev/null; then
      HERALD_NODE=127.0.0.1:$(sed -n 's/.* rpc \([0-9]*\),.*/\1/p' \
        "node.out")
      export HERALD_NODE
      return
    fi
    kill -0 "$NODE" 2>/dev/null || break
    sleep 0.1
  done
  cat "node.err" >&2
  die "the node did not start"
}

# -- 1. a window aggregation -------------------------------------------------

window_aggregation() {
  heading "1. Streaming SQL: bids of an auction house, counted by windows"
  note "200,000 generated events (20 s of event time), three channels of the" \
    "bids, one row for each window of 5 s and channel:"
  cat >"windows.sql" <<'SQL'
CREATE TABLE nexmark (
  event_type INT,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING,
          url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  bid_time AS bid.`dateTime`,
  WATERMARK FOR bid_time AS bid_time - INTERVAL '4' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '200000',
        'event.rate' = '10000');

CREATE VIEW bids AS
SELECT bid.channel AS channel, bid.price AS price, bid_time
FROM nexmark WHERE event_type = 2;

SELECT window_start, channel, COUNT(*) AS bids, MAX(price) AS highest
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(bid_time), INTERVAL '5' SECOND))
WHERE channel IN ('Apple', 'Baidu', 'Google')
GROUP BY window_start, window_end, channel;
SQL
  printf '\n'
  sed 's/^/    /' "windows.sql"
  show sql -f "windows.sql" | tee "windows.out"
  grep -q Google "windows.out" || die "the windows are missing"
}

# -- 2. a rule ---------------------------------------------------------------

write_payments() {
  mkdir -p "payments"
  cat >"payments/day.json" <<'JSON'
{"card":1,"amount":3.50,"paid":"2026-01-01 10:00:00"}
{"card":2,"amount":40.00,"paid":"2026-01-01 10:00:05"}
{"card":1,"amount":812.00,"paid":"2026-01-01 10:00:20"}
{"card":3,"amount":2.00,"paid":"2026-01-01 10:00:30"}
{"card":2,"amount":900.00,"paid":"2026-01-01 10:00:40"}
{"card":3,"amount":650.00,"paid":"2026-01-01 10:02:30"}
JSON
  cat >"card_test.yaml" <<'YAML'
name: card_test
version: 1
tables: |
  CREATE TABLE payment (
    card BIGINT, amount DECIMAL(10, 2), paid TIMESTAMP(3),
    WATERMARK FOR paid AS paid - INTERVAL '5' SECOND
  ) WITH ('connector' = 'filesystem', 'format' = 'json',
          'path' = 'payments');
  CREATE TABLE alarm (card BIGINT, tried DECIMAL(10, 2), taken DECIMAL(10, 2))
  WITH ('connector' = 'filesystem', 'format' = 'json',
        'path' = 'alarms');
source: payment
key: card
within: 60 s
pattern: |
  probe: amount < 10
  then theft: amount > 500 and amount > probe.amount * 10
emit:
  into: alarm
  columns:
    card: card
    tried: probe.amount
    taken: amount
YAML
}

rule_file() {
  heading "2. A rule: a small payment, then a large one within 60 s"
  write_payments
  note "Six payments with three cards:"
  printf '\n'
  sed 's/^/    /' "payments/day.json"
  note "" "The rule, a file that a running node loads:"
  printf '\n'
  sed 's/^/    /' "card_test.yaml"
  note "" "A node starts on this machine, with its log in a file:"
  start_node
  sed 's/^/    /' "node.out"
  show rule load "card_test.yaml"
  for _ in $(seq $((MATCH_SECONDS * 10))); do
    cat alarms/part-* >"found" 2>/dev/null && break
    sleep 0.1
  done
  [ "$(wc -l <"found")" = 1 ] ||
    die "the rule should find card 1 and nothing else"
  note "" "Card 1 matches. Card 2 never paid little; card 3 waited 120 s:"
  printf '\n'
  sed 's/^/    /' "found"
  show rule unload card_test
}

write_live_rule() {
  cat >"jump.yaml" <<'YAML'
name: jump
version: 1
tables: |
  CREATE TABLE nexmark (
    event_type INT,
    bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING,
            url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
    item AS bid.auction,
    price AS bid.price,
    bid_time AS bid.`dateTime`,
    WATERMARK FOR bid_time AS bid_time - INTERVAL '1' SECOND
  ) WITH ('connector' = 'nexmark', 'rate' = '5000', 'event.rate' = '5000');
  CREATE TABLE found (item BIGINT, was BIGINT, became BIGINT)
  WITH ('connector' = 'print');
source: nexmark
key: item
within: 2 s
pattern: |
  cheap: event_type = 2 and price < 1000
  then immediately dear: price > cheap.price * 10000
emit:
  into: found
  columns: {item: item, was: cheap.price, became: price}
YAML
}

live_rule() {
  heading "3. A rule on a stream that does not end"
  note "5,000 events a second; an auction whose price jumps 10,000-fold from" \
    "one bid to the next. The node prints each match:"
  write_live_rule
  show rule load jump.yaml
  for _ in $(seq $((MATCH_SECONDS * 10))); do
    [ "$(wc -l <node.out)" -gt 5 ] && break
    sleep 0.1
  done
  printf '\n'
  sed -n '2,5s/^/    /p' node.out
  show rule list | tee rules.out
  grep -q 'jump .* RUNNING' rules.out || die "the rule should run"
  show rule unload jump
}

# -- 3. queries --------------------------------------------------------------

queries() {
  heading "4. Queries: jobs that wait in a queue and run on DuckDB"
  show query "SELECT card, count(*) AS payments, sum(amount) AS total \
FROM 'payments/*.json' GROUP BY card ORDER BY card"
  show job list
  show cluster status
}

window_aggregation
rule_file
live_rule
queries
stop_node || die "the node did not stop in order"
heading "That was all: the node has stopped. Next: the tour in README.md"
