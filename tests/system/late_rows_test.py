"""Rows that windows drop as late, kept in the table that 'late-rows' names."""

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
  'connector' = 'filesystem', 'path' = '{home}/rows.json', 'format' = 'json',
  'late-rows' = 'late');
SELECT COUNT(*) AS n FROM TABLE(
  TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY {keys}window_start, window_end;"""




def run(parallelism=1, settings="", keys=""):
    """The ids of late rows, each with the seconds of its watermark, and how
    many rows the windows counted."""
    with folder() as home:
        with open(os.path.join(home, "rows.json"), "w") as file:
            for i, second in TIMES:
                file.write(json.dumps(
                    {"id": i, "ts": f"2026-01-01 00:00:{second}"}) + "\n")
        done = herald("sql", "--json", "-e",
                      SCRIPT.format(home=home, parallelism=parallelism,
                                    settings=settings, keys=keys))
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
    """How late a row is depends on how far the other source is: what is late
    varies, but each row is counted or kept, once."""
    late, counted = run(parallelism=2, keys="id, ")
    assert {i for i, _ in late} <= {5, 7}, late
    assert counted + len(late) == len(TIMES), (late, counted)


if __name__ == "__main__":
    check(run(), ([(5, "11"), (7, "14")], 6))
    check(run(settings="SET 'table.exec.emit.allow-lateness' = '4 s';"),
          ([(7, "14")], 7))
    check_in_parallel()
