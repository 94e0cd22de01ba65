"""Tables of files through the program: what Herald writes into folders and as
Parquet, DuckDB and pyarrow read, and the other way round; a writer that is
killed loses nothing that was on disk."""

import collections
import datetime
import decimal
import glob
import json
import os
import signal
import subprocess
import time

from support import HERALD, folder, herald, skip, until

try:
    import duckdb
    import pyarrow
    import pyarrow.parquet
except ImportError as missing:
    skip(f"no Python package: {missing}")

BIDS = """CREATE TABLE events (event_type INT, bid ROW<auction BIGINT,
  bidder BIGINT, price BIGINT, channel STRING, `dateTime` TIMESTAMP(3)>)
  WITH ('connector' = 'nexmark', 'events.num' = '30000');
CREATE VIEW bids AS SELECT bid.auction, bid.bidder, bid.price,
  bid.`dateTime`, DATE_FORMAT(bid.`dateTime`, 'yyyy-MM-dd') AS dt,
  CONCAT('12:3', CAST(MOD(bid.bidder, 4) AS STRING)) AS hm
  FROM events WHERE event_type = 2;
"""
SCRAMBLED = "SET 'parallelism' = '2'; SET 'batch.size' = '500';\n"


def rows_of(sql):
    rows = collections.Counter()
    for line in herald("sql", "--json", "-e", sql).stdout.splitlines():
        rows[tuple(json.loads(line, parse_float=decimal.Decimal)["row"]
                   .values())] += 1
    return rows


def check_partitions(home):
    """As Nexmark's q10: CSV in folders of days and minutes."""
    table = f"""CREATE TABLE files (auction BIGINT, bidder BIGINT,
      price BIGINT, `dateTime` TIMESTAMP(3), dt STRING, hm STRING)
      PARTITIONED BY (dt, hm) WITH ('connector' = 'filesystem',
      'format' = 'csv', 'path' = '{home}/csv',
      'sink.rolling-policy.file-size' = '20 kb');\n"""
    herald("sql", "-e", SCRAMBLED + BIDS + table
           + "INSERT INTO files SELECT * FROM bids;")
    want = rows_of(BIDS + "SELECT * FROM bids;")
    assert sum(want.values()) > 20_000, len(want)
    assert rows_of(table + "SELECT * FROM files;") == want
    folders = {row[4:] for row in want}
    assert len(folders) > 1, folders
    dt, hm = sorted(folders)[0]
    os.mkdir(f"{home}/csv/dt={dt}/hm=other")
    with open(f"{home}/csv/dt={dt}/hm=other/unknown.csv.bz2", "w"):
        pass  # who opens this fails
    assert (rows_of(table + f"SELECT * FROM files WHERE hm = '{hm}';")
            == {row: n for row, n in want.items() if row[5] == hm})
    failed = herald("sql", "-e", table + "SELECT * FROM files;", check=False)
    assert "unknown.csv.bz2" in failed.stderr, failed.stderr
    files = glob.glob(f"{home}/csv/*/*/part-*.csv")
    assert len(files) > len(folders), "no part was rolled"
    assert all(os.path.getsize(x) < 60_000 for x in files)
    got = duckdb.sql(f"""SELECT a, b, p, strftime(t, '%Y-%m-%d %H:%M:%S.%g'),
      dt, hm FROM read_csv('{home}/csv/*/*/*.csv', hive_partitioning = true,
      hive_types_autocast = false, names = ['a', 'b', 'p', 't'],
      types = ['BIGINT', 'BIGINT', 'BIGINT', 'TIMESTAMP'], header = false)
      """).fetchall()
    assert collections.Counter(got) == want, got[:2]


def check_parquet_out(home):
    table = f"""CREATE TABLE files (event_type INT, bid ROW<auction BIGINT,
      bidder BIGINT, price BIGINT, channel STRING, `dateTime` TIMESTAMP(3)>,
      share DECIMAL(12, 4), nothing STRING) WITH ('connector' = 'filesystem',
      'format' = 'parquet', 'path' = '{home}/parquet');\n"""
    query = """SELECT event_type, bid,
      CAST(bid.price AS DECIMAL(12, 4)) AS share, CAST(NULL AS STRING)
      FROM events"""
    herald("sql", "-e", SCRAMBLED + BIDS + table
           + f"INSERT INTO files {query};")
    read = pyarrow.parquet.read_table(f"{home}/parquet")
    assert read.num_rows == 30_000
    assert read.schema.field("share").type == pyarrow.decimal128(12, 4)
    sums = duckdb.sql(f"""SELECT COUNT(*), SUM(bid.price), SUM(share),
      COUNT(DISTINCT bid.channel), MAX(epoch_ms(bid.dateTime)), COUNT(nothing)
      FROM read_parquet('{home}/parquet/*.parquet') WHERE event_type = 2
      """).fetchone()
    bids = [x for x in read.to_pylist() if x["event_type"] == 2]
    assert sums[0] == len(bids) > 0 and sums[2] == sums[1], sums
    again = rows_of(table + "SELECT COUNT(*), SUM(bid.price), SUM(share) "
                            "FROM files WHERE event_type = 2;")
    last = max(again, key=lambda row: row[0])
    assert last == sums[:3], (last, sums)


def check_parquet_in(home):
    """What other writers do otherwise: INT96, dictionaries, other widths."""
    at = datetime.datetime(2024, 2, 29, 12, 34, 56, 789000)
    table = pyarrow.table({
        "at": [at, None, at],
        "word": pyarrow.array(["ä", None, "ä"]).dictionary_encode(),
        "long": pyarrow.array(["x" * 100, "", None], pyarrow.large_string()),
        "small": pyarrow.array([1, None, 255], pyarrow.uint8()),
        "amount": pyarrow.array([decimal.Decimal("1.50"), None,
                                 decimal.Decimal("-2.25")],
                                pyarrow.decimal128(5, 2)),
        "tags": [["a", None], [], None],
        "nested": [{"x": 1, "y": [{"z": "q"}]}, {"x": None, "y": None}, None],
    })
    os.mkdir(f"{home}/in")
    pyarrow.parquet.write_table(table, f"{home}/in/a.parquet",
                                use_deprecated_int96_timestamps=True)
    pyarrow.parquet.write_table(table, f"{home}/in/b.parquet", version="1.0",
                                compression="gzip",
                                row_group_size=1)
    got = rows_of(f"""CREATE TABLE t (`at` TIMESTAMP(3), word STRING,
      `long` STRING, small INT, amount DECIMAL(10, 4), tags ARRAY<STRING>,
      nested ROW<x BIGINT, y ARRAY<ROW<z STRING>>>, absent INT) WITH (
      'connector' = 'filesystem', 'format' = 'parquet', 'path' = '{home}/in');
      SELECT CAST(`at` AS STRING), word, `long`, small, amount,
      CARDINALITY(tags), nested.x, nested.y[1].z, absent FROM t;""")
    assert got == {
        ("2024-02-29 12:34:56.789", "ä", "x" * 100, 1,
         decimal.Decimal("1.5000"), 2, 1, "q", None): 2,
        (None, None, "", None, None, 0, None, None, None): 2,
        ("2024-02-29 12:34:56.789", "ä", None, 255,
         decimal.Decimal("-2.2500"), None, None, None, None): 2}, got


def check_killed(home):
    """What a barrier had taken when the process was killed is still there."""
    table = f"""CREATE TABLE kept (id BIGINT) WITH ('connector' = 'filesystem',
      'path' = '{home}/out', 'format' = 'csv');\n"""
    endless = """CREATE TABLE ticks (id BIGINT) WITH ('connector' = 'datagen',
      'rows-per-second' = '1000', 'fields.id.kind' = 'sequence',
      'fields.id.start' = '0', 'fields.id.end' = '100000000');
      INSERT INTO kept SELECT id FROM ticks;"""
    script = f"{home}/endless.sql"
    with open(script, "w") as file:
        file.write(table + endless)
    process = subprocess.Popen([HERALD, "run", script],
                               stdout=subprocess.DEVNULL)
    hidden = f"{home}/out/.part-*.csv"
    until("rows on disk", lambda: any(os.path.getsize(x) > 0
                                      for x in glob.glob(hidden)), 60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = sum(os.path.getsize(x) for x in glob.glob(hidden))
    herald("sql", "-e", table + "INSERT INTO kept VALUES (-1);")
    assert not glob.glob(hidden), glob.glob(hidden)
    got = [row[0] for row in rows_of(table + "SELECT id FROM kept;")]
    assert sorted(got) == list(range(-1, len(got) - 1)), len(got)
    assert kept > 0 and len(got) > 1, kept


def check_static_partition(home):
    """PARTITION gives columns their values, the query the others."""
    table = f"""CREATE TABLE p (a INT, d STRING, b STRING, e INT)
      PARTITIONED BY (d, e) WITH ('connector' = 'filesystem',
      'path' = '{home}/p', 'format' = 'json');\n"""
    herald("sql", "-e", table + """
      INSERT INTO p PARTITION (d = 'x', e = 3) VALUES (1, 'b');
      INSERT INTO p PARTITION (d = 'y') SELECT 2, 'b', 5;
      INSERT INTO p PARTITION (e = '4') VALUES (3, 'z', 'b');
      INSERT INTO p PARTITION (d = 'w') (e, a) VALUES (6, 4);""")
    assert rows_of(table + "SELECT * FROM p;") == {
        (1, "x", "b", 3): 1, (2, "y", "b", 5): 1, (3, "z", "b", 4): 1,
        (4, "w", None, 6): 1}
    assert os.path.isdir(f"{home}/p/d=x/e=3")


def check_show_partitions(home):
    table = f"""CREATE TABLE p (a INT, d STRING, e INT)
      PARTITIONED BY (d, e) WITH ('connector' = 'filesystem',
      'path' = '{home}/p', 'format' = 'csv');\n"""
    herald("sql", "-e", table + """
      INSERT INTO p VALUES (1, 'x', 1), (2, 'y', 1), (3, 'x', 2);""")

    def shown(more):
        out = herald("sql", "-e", table + f"SHOW PARTITIONS p{more};").stdout
        return [line for line in out.split() if "=" in line]
    assert shown("") == ["d=x/e=1", "d=x/e=2", "d=y/e=1"], shown("")
    assert shown(" PARTITION (d = 'x', e = 2)") == ["d=x/e=2"]
    for wrong in ("SHOW PARTITIONS p PARTITION (f = 1);",
                  "CREATE VIEW v AS SELECT 1; SHOW PARTITIONS v;"):
        failed = herald("sql", "-e", table + wrong, check=False)
        assert "artitioned" in failed.stderr.lower(), failed.stderr


def names(path):
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def check_overwrite(home):
    """New rows for old ones, and only when all of them are there."""
    def table(connector):
        return f"""CREATE TABLE {connector} (a INT) WITH (
          'connector' = 'filesystem', 'path' = '{home}/{connector}',
          'format' = 'json');\n"""
    t = table("t")
    herald("sql", "-e", t + "INSERT INTO t VALUES (1), (2);")
    os.mkdir(f"{home}/t/more")
    with open(f"{home}/t/more/x.json", "w") as file:
        file.write('{"a": 3}\n')
    with open(f"{home}/t/_done", "w"):
        pass
    # Reads what it replaces.
    herald("sql", "-e", SCRAMBLED + t
           + "INSERT OVERWRITE t SELECT a + 10 FROM t WHERE a > 1;")
    assert rows_of(t + "SELECT * FROM t;") == {(12,): 1, (13,): 1}
    assert names(f"{home}/t/more") == [] and "_done" in names(f"{home}/t")
    before = names(f"{home}/t")
    failed = herald("sql", "-e", t + """INSERT OVERWRITE t
      SELECT CAST(1 / (a - 13) AS INT) FROM t;""", check=False)
    assert failed.returncode == 1, failed.stdout
    assert names(f"{home}/t") == before, names(f"{home}/t")
    refused = herald("sql", "-e", t + """CREATE TABLE s (a INT) WITH (
      'connector' = 'datagen'); INSERT OVERWRITE t SELECT * FROM s;""",
                     check=False)
    assert "needs a query that ends" in refused.stderr, refused.stderr
    herald("sql", "-e", t + "INSERT OVERWRITE t SELECT a FROM t WHERE a < 0;")
    assert rows_of(t + "SELECT * FROM t;") == {}
    assert names(f"{home}/t") == ["_done", "more"], names(f"{home}/t")


def check_overwrite_partitions(home):
    table = f"""CREATE TABLE p (a INT, d STRING, e INT)
      PARTITIONED BY (d, e) WITH ('connector' = 'filesystem',
      'path' = '{home}/p', 'format' = 'parquet');\n"""
    herald("sql", "-e", table + """INSERT INTO p
      VALUES (1, 'x', 1), (2, 'x', 2), (3, 'y', 1), (4, 'y', 2);""")
    # Only the partitions that rows come for.
    herald("sql", "-e", table + """INSERT OVERWRITE p
      VALUES (11, 'x', 1), (12, 'z', 1);""")
    assert rows_of(table + "SELECT * FROM p;") == {
        (11, "x", 1): 1, (2, "x", 2): 1, (3, "y", 1): 1, (4, "y", 2): 1,
        (12, "z", 1): 1}
    herald("sql", "-e", table + """INSERT OVERWRITE p PARTITION (d = 'y')
      VALUES (13, 1);""")
    # The one that is named, though none comes.
    herald("sql", "-e", table + """INSERT OVERWRITE p
      PARTITION (e = 2, d = 'x') SELECT a FROM p WHERE a < 0;""")
    assert rows_of(table + "SELECT * FROM p;") == {
        (11, "x", 1): 1, (13, "y", 1): 1, (4, "y", 2): 1, (12, "z", 1): 1}


def check_overwrite_stopped(home):
    """What is stopped or killed replaces nothing."""
    table = f"""CREATE TABLE t (id BIGINT) WITH ('connector' = 'filesystem',
      'path' = '{home}/t', 'format' = 'csv');\n"""
    herald("sql", "-e", table + "INSERT INTO t VALUES (7);")
    script = f"{home}/long.sql"
    with open(script, "w") as file:
        file.write(table + """CREATE TABLE ticks (id BIGINT) WITH (
          'connector' = 'datagen', 'rows-per-second' = '1000',
          'fields.id.kind' = 'sequence', 'fields.id.start' = '0',
          'fields.id.end' = '100000000');
          INSERT OVERWRITE t SELECT id FROM ticks;""")
    hidden = f"{home}/t/.overwrite-*"
    for how in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen([HERALD, "run", script],
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        until("new files", lambda: glob.glob(hidden + "/.part-*"), 60)
        process.send_signal(how)
        process.wait()
        assert rows_of(table + "SELECT * FROM t;") == {(7,): 1}
        assert bool(glob.glob(hidden)) == (how == signal.SIGKILL)
    herald("sql", "-e", table + "INSERT OVERWRITE t VALUES (8);")
    assert not glob.glob(hidden), glob.glob(hidden)
    assert rows_of(table + "SELECT * FROM t;") == {(8,): 1}


def check_commits(home):
    """A partition that is said complete while the statement still writes has
    all of its rows; at the end all are."""
    script = SCRAMBLED + f"""CREATE TABLE events (event_type INT,
      bid ROW<price BIGINT, `dateTime` TIMESTAMP(3)>, ts AS bid.`dateTime`,
      WATERMARK FOR ts AS ts) WITH ('connector' = 'nexmark',
      'events.num' = '30000', 'event.rate' = '50', 'rate' = '6000');
    CREATE TABLE minutes (price BIGINT, mi STRING) PARTITIONED BY (mi)
      WITH ('connector' = 'filesystem', 'format' = 'csv',
      'path' = '{home}/commits', 'sink.partition-commit.delay' = '1 min',
      'sink.partition-commit.policy.kind' = 'success-file',
      'sink.partition-commit.trigger' = 'partition-time',
      'partition.time-extractor.timestamp-pattern' = '$mi:00');
    INSERT INTO minutes SELECT bid.price, DATE_FORMAT(ts, 'yyyy-MM-dd HH:mm')
      FROM events WHERE event_type = 2;"""
    found = {}

    def look():
        for said in glob.glob(f"{home}/commits/mi=*/_SUCCESS"):
            path = os.path.dirname(said)
            if path not in found:
                found[path] = rows_below(path)

    def rows_below(path):
        return sum(open(x).read().count("\n")
                   for x in glob.glob(f"{path}/part-*"))
    writer = subprocess.Popen([HERALD, "sql", "-e", script],
                              stdout=subprocess.DEVNULL)
    early = 0
    while writer.poll() is None:
        look()
        early = len(found)
        time.sleep(0.05)
    assert writer.returncode == 0, writer.returncode
    assert early > 2, found
    look()
    assert set(found) == set(glob.glob(f"{home}/commits/mi=*")), found
    assert found == {path: rows_below(path) for path in found}
    assert sum(found.values()) == 27_600, found  # 46 of 50 events are bids


def main():
    for check in (check_partitions, check_parquet_out, check_parquet_in,
                  check_killed, check_static_partition, check_show_partitions,
                  check_overwrite,
                  check_overwrite_partitions, check_overwrite_stopped,
                  check_commits):
        with folder() as home:
            check(home)
            print(f"{check.__name__}: ok", flush=True)


if __name__ == "__main__":
    main()
