"""Aggregations in two phases and in parts, by what their operators count: a key
that most rows have costs its subtask no more than the batches that have it."""

import re

from support import herald

EVENTS = 50_000
BATCHES = 40  # more than the two subtasks read
BIDS = f"""
CREATE TABLE nexmark (event_type INT,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, `dateTime` TIMESTAMP(3)>,
  ts AS bid.`dateTime`, WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '{EVENTS}');
CREATE VIEW bids AS SELECT bid.price AS price, bid.bidder AS bidder, ts,
  CASE WHEN MOD(bid.auction, 10) < 9 THEN 'hot' ELSE 'cold' END AS k
FROM nexmark WHERE event_type = 2;
"""
WINDOWS = "TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
PHASES = "table.optimizer.agg-phase-strategy"
SPLIT = "table.optimizer.distinct-agg.split.enabled"
FIGURES = re.compile(r"  \d+ (.*) ->.*\n    = (\d+) rows in, (\d+) out")


def operators(query, **settings):
    """Of each operator: what it is, its rows in and out."""
    more = [x for k, v in settings.items() for x in ("--set", f"{k}={v}")]
    plan = herald("sql", "-e", f"{BIDS}EXPLAIN ANALYZE {query};", "--set",
                  "parallelism=2", "--set", "batch.size=4096", *more).stdout
    return [(what, int(taken), int(given))
            for what, taken, given in FIGURES.findall(plan)], plan


def rows_into(query, name, **settings):
    found, plan = operators(query, **settings)
    rows = [taken for what, taken, _ in found if what.startswith(name)]
    assert len(rows) == 1, plan
    return rows[0]


def check_groups():
    query = "SELECT k, COUNT(*), MAX(price) FROM bids GROUP BY k"
    whole = rows_into(query, "group aggregate by k")
    assert whole == EVENTS * 46 // 50, whole
    few = rows_into(query, "global aggregate", **{PHASES: "TWO_PHASE"})
    assert 2 <= few <= 2 * BATCHES, few


def check_windows():
    query = f"SELECT k, window_end, COUNT(*) FROM {WINDOWS} " \
        "GROUP BY k, window_start, window_end"
    few = rows_into(query, "global window aggregate", **{PHASES: "TWO_PHASE"})
    assert 2 <= few <= 2 * BATCHES, few
    query = f"SELECT window_end, COUNT(*) FROM {WINDOWS} " \
        "GROUP BY window_start, window_end"
    few = rows_into(query, "global window aggregate")
    assert 1 <= few <= BATCHES, few


def check_changes():
    """Rows that are taken back and given again within a batch cost nothing."""
    query = "SELECT n > 0, COUNT(*), SUM(n) FROM (SELECT bidder, COUNT(*) AS " \
        "n FROM bids GROUP BY bidder) GROUP BY n > 0"
    whole = rows_into(query, "group aggregate by (n > 0)",
                      **{PHASES: "ONE_PHASE"})
    found, plan = operators(query, **{PHASES: "TWO_PHASE"})
    few = [taken for what, taken, _ in found if what.startswith("global")][-1]
    assert few <= 2 * BATCHES < whole, plan


def check_parts():
    query = "SELECT k, COUNT(DISTINCT bidder) FROM bids GROUP BY k"
    found, plan = operators(query, **{
        SPLIT: "true", PHASES: "TWO_PHASE",
        "table.optimizer.distinct-agg.split.bucket-num": 8})
    first, last = [taken for what, taken, _ in found
                   if what.startswith("global aggregate")]
    assert first <= 2 * 8 * BATCHES, plan
    assert last <= 2 * BATCHES, plan


def main():
    check_groups()
    check_windows()
    check_changes()
    check_parts()
    print("few rows for many")


main()
