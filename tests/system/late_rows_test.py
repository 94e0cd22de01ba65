"""Rows that come too late, kept in the table that 'late-rows' names."""

import collections
import glob
import json
import os

from support import folder, herald

TIMES = [(1, "01"), (2, "03"), (3, "09"), (4, "13"), (5, "04"), (6, "16"),
         (7, "05"), (8, "14")]

SCRIPT = """SET 'batch.size' = '1';
SET 'parallelism' = '{parallelism}';
{settings}
CREATE TABLE late (id INT, ts TIMESTAMP(3), `watermark` TIMESTAMP(3)) WITH (
  'connector' = 'filesystem', 'path' = '{home}/late', 'format' = 'json');
CREATE TABLE t (id INT, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH (
  'connector' = 'filesystem', 'path' = '{home}/rows', 'format' = 'json',
  'late-rows' = 'late');
{query};"""
WINDOWS = "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))"
COUNTED = (f"SELECT COUNT(*) AS n FROM {WINDOWS} "
           "GROUP BY {keys}window_start, window_end")
TUMBLED = COUNTED.format(keys="")
# What drops a row whose own time has passed.
BY_TIME = ["SELECT 1 AS n, COUNT(*) OVER (ORDER BY ts) AS c FROM t",
           "SELECT 1 AS n, ts FROM t ORDER BY ts",
           "SELECT 1 AS n, id, ts FROM (SELECT *, ROW_NUMBER() OVER "
           "(PARTITION BY id ORDER BY ts) AS r FROM t) WHERE r = 1"]
RANKED = ("SELECT 1 AS n, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY "
          f"window_start, window_end ORDER BY id) AS r FROM {WINDOWS}) "
          "WHERE r <= 100")
SESSIONS = ["SELECT COUNT(*) AS n FROM TABLE(SESSION(TABLE t, DESCRIPTOR(ts), "
            "INTERVAL '1' SECOND)) GROUP BY window_start, window_end",
            "SELECT 1 AS n, window_start FROM TABLE(SESSION(TABLE t, "
            "DESCRIPTOR(ts), INTERVAL '1' SECOND))"]


def run(query=TUMBLED, parallelism=1, settings=""):
    """The ids of late rows, each with the seconds of its watermark, and the
    sum of the result's column n: how many rows are in it."""
    with folder() as home:
        os.mkdir(os.path.join(home, "rows"))
        for part in range(parallelism):
            with open(os.path.join(home, "rows", f"{part}.json"), "w") as file:
                for i, second in TIMES:
                    file.write(json.dumps(
                        {"id": i, "ts": f"2026-01-01 00:00:{second}"}) + "\n")
        done = herald("sql", "--json", "-e",
                      SCRIPT.format(home=home, parallelism=parallelism,
                                    settings=settings, query=query))
        rows = []
        for path in glob.glob(f"{home}/late/**", recursive=True):
            if os.path.isfile(path):
                with open(path) as file:
                    rows += [json.loads(line) for line in file]
    counted = collections.Counter()
    for line in done.stdout.splitlines():
        change = json.loads(line)
        sign = 1 if change["op"] in ("+I", "+U") else -1
        counted["rows"] += sign * change["row"]["n"]
    return (sorted((x["id"], x["watermark"][17:19]) for x in rows),
            counted["rows"])


def check(actual, expected):
    assert actual == expected, actual


def check_in_parallel():
    """With a file for each source: how late a row is depends on how far the
    other is. What is late varies, but each row is counted or kept, once."""
    late, counted = run(COUNTED.format(keys="id, "), parallelism=2)
    assert {i for i, _ in late} <= {5, 7}, late
    assert counted + len(late) == 2 * len(TIMES), (late, counted)


if __name__ == "__main__":
    check(run(), ([(5, "11"), (7, "14")], 6))
    for query in SESSIONS + [RANKED]:
        check(run(query), ([(5, "11"), (7, "14")], 6))
    for query in BY_TIME:
        check(run(query), ([(5, "11"), (7, "14"), (8, "14")], 5))
    check(run(settings="SET 'table.exec.emit.allow-lateness' = '4 s';"),
          ([(7, "14")], 7))
    check_in_parallel()
