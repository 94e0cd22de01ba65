"""`herald run --debug`: pasted rows, samples, and sinks that write nothing;
EXPLAIN for programs; and Nexmark's q14, whose function is in C++."""

import json
import os
import subprocess

from support import HERALD, folder, herald, json_lines

CLICKS = """CREATE TABLE clicks (page STRING, seconds INT, at_offset BIGINT
  METADATA FROM 'offset' VIRTUAL, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH (
  'connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json',
  'properties.bootstrap.servers' = '127.0.0.1:1',
  'scan.startup.mode' = 'earliest-offset');
CREATE TABLE counts (page STRING, n BIGINT, PRIMARY KEY (page) NOT ENFORCED)
  WITH ('connector' = 'upsert-kafka', 'topic' = 'counts',
  'key.format' = 'json', 'value.format' = 'json',
  'properties.bootstrap.servers' = '127.0.0.1:1');
CREATE TABLE windows (page STRING, ends TIMESTAMP(3), seconds INT) WITH
  ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'json');
INSERT INTO counts SELECT page, COUNT(*) FROM clicks GROUP BY page;
INSERT INTO windows SELECT page, window_end, SUM(seconds)
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY page, window_start, window_end;
"""

ROWS = """{"page":"a","seconds":5,"at_offset":7,"ts":"2026-01-01 00:00:01"}
{"page":"b","seconds":1,"at_offset":8,"ts":"2026-01-01 00:00:02"}
this is no JSON
{"page":"a","seconds":2,"at_offset":9,"ts":"2026-01-01 00:01:03"}
"""

CHANGES = [("counts", "+I", {"page": "a", "n": 1}),
           ("counts", "+I", {"page": "b", "n": 1}),
           ("counts", "+U", {"page": "a", "n": 2})]
WINDOWS = [("a", "2026-01-01 00:01:00.000", 5),
           ("b", "2026-01-01 00:01:00.000", 1),
           ("a", "2026-01-01 00:02:00.000", 2)]

ENDLESS = """CREATE TABLE ticks (id BIGINT) WITH
  ('connector' = 'datagen', 'rows-per-second' = '1000',
   'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
   'fields.id.end' = '1000000');
CREATE TABLE sink (id BIGINT) WITH
  ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'json');
INSERT INTO sink SELECT id * 2 FROM ticks;"""

Q14 = """CREATE FUNCTION count_char AS 'count_char'
  LANGUAGE CPP USING LIBRARY '{library}';
CREATE TABLE nexmark (event_type INT, bid ROW<auction BIGINT, bidder BIGINT,
  price BIGINT, `dateTime` TIMESTAMP(3), extra STRING>) WITH
  ('connector' = 'nexmark', 'events.num' = '5000');
CREATE VIEW bid AS SELECT bid.auction AS auction, bid.bidder AS bidder,
  bid.price AS price, bid.`dateTime` AS `dateTime`, bid.extra AS extra
  FROM nexmark WHERE event_type = 2;
SELECT auction, bidder, 0.908 * price AS price,
  CASE WHEN HOUR(`dateTime`) >= 8 AND HOUR(`dateTime`) <= 18 THEN 'dayTime'
       WHEN HOUR(`dateTime`) <= 6 OR HOUR(`dateTime`) >= 20 THEN 'nightTime'
       ELSE 'otherTime' END AS bidTimeType,
  `dateTime`, extra, count_char(extra, 'c') AS c_counts
FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000;"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def check_lines(text):
    lines = [(x["sink"], x["op"], x["row"]) for x in json_lines(text)]
    counts = [x for x in lines if x[0] == "counts"]
    assert counts[-1] == CHANGES[-1], counts
    assert {str(x) for x in counts} <= {str(x) for x in CHANGES}, counts
    windows = [(x["page"], x["ends"], x["seconds"])
               for sink, _, x in lines if sink == "windows"]
    assert sorted(windows) == sorted(WINDOWS), windows


def check_pasted(home):
    """Rows of a file and of standard input; nobody asks the broker."""
    out = f"{home}/out"
    script = write(f"{home}/task.sql", CLICKS.format(out=out))
    rows = write(f"{home}/rows.json", ROWS)
    settings = ["--set", "batch.size=1"]
    done = herald("run", script, "--debug", "--json", "--rows",
                  f"clicks={rows}", *settings)
    check_lines(done.stdout)
    # Each INSERT reads for itself.
    assert "8 records read, 2 malformed" in done.stderr, done.stderr
    piped = subprocess.run(
        [HERALD, "run", script, "--debug", "--json", "--rows", "clicks=-",
         *settings], input=ROWS, capture_output=True, text=True, timeout=60)
    check_lines(piped.stdout)
    assert "the last malformed record: standard input at " in piped.stderr, \
        piped.stderr
    table = herald("run", script, "--debug", "--rows", f"clicks={rows}").stdout
    assert "windows: 3 changes" in table, table
    assert "op    page" in table or "op  page" in table, table
    assert not os.path.exists(out), os.listdir(out)


def check_sample(home):
    """The first rows of what never ends."""
    out = f"{home}/ticks"
    script = write(f"{home}/endless.sql", ENDLESS.format(out=out))
    done = herald("run", script, "--debug", "--json", "--limit", "7")
    rows = [x["row"]["id"] for x in json_lines(done.stdout)]
    assert rows == [2, 4, 6, 8, 10, 12, 14], rows
    assert not os.path.exists(out)


def check_errors(home):
    script = write(f"{home}/wrong.sql", CLICKS.format(out=home))
    for arguments, wanted in [
            (["--rows", "clicsk=/dev/null"], "did you mean 'clicks'?"),
            (["--rows", "clicks=/none.json"], "cannot read '/none.json'"),
            (["--rows", "clicks"], "--rows wants TABLE=FILE")]:
        done = herald("run", script, "--debug", *arguments, check=False)
        assert done.returncode == 1 and wanted in done.stderr, done


def check_explain():
    """One object a statement: plans, changes and advice."""
    done = herald("sql", "--json", "-e", """CREATE TABLE t (k INT, v INT) WITH
      ('connector' = 'datagen', 'rows-per-second' = '1');
      EXPLAIN SELECT k, SUM(v) FROM t GROUP BY k;""")
    plan = json.loads(done.stdout)
    assert list(plan) == ["logical", "optimised", "physical", "advice"], plan
    nodes = plan["optimised"]["nodes"]
    top = nodes[plan["optimised"]["sinks"][0]["node"] - 1]
    assert top["changes"] == ["I", "UB", "UA"], top
    assert nodes[0]["operator"].startswith("scan t"), nodes
    assert any("remembered" in x["problem"] for x in plan["advice"]), plan


def check_q14():
    library = os.path.join(os.path.dirname(os.path.abspath(HERALD)),
                           "libexample_functions.so")
    done = herald("sql", "--json", "-e", Q14.format(library=library))
    rows = [x["row"] for x in json_lines(done.stdout)]
    assert rows, done.stderr
    for row in rows:
        assert row["c_counts"] == row["extra"].count("c"), row
        assert 1000000 < row["price"] < 50000000, row


def main():
    with folder() as home:
        check_pasted(home)
        check_sample(home)
        check_errors(home)
        check_explain()
        check_q14()
    print("all as documented")


main()
