"""A real MariaDB as a table to look rows up in, and to read: types both ways,
keys of every kind, a server that dies and comes back, one that is not there."""

import collections
import json
import subprocess
import time

from servers import MariaDb
from support import HERALD, folder, herald, json_lines

TYPES = """CREATE DATABASE shop CHARACTER SET utf8mb4;
CREATE TABLE shop.types (
  id BIGINT PRIMARY KEY, u BIGINT UNSIGNED, m DECIMAL(20, 4), f FLOAT,
  g DOUBLE, b BOOLEAN, bits BIT(9), t DATETIME(6), ts TIMESTAMP(3) NULL,
  d DATE, c TIME(3), s VARCHAR(50), x VARBINARY(20));
INSERT INTO shop.types VALUES
  (1, 18446744073709551615, -1234567890123456.7891, 0.1, 1e300, TRUE, b'101',
   '2026-11-21 01:02:03.123456', '2026-11-21 01:02:03.5', '1969-12-31',
   '23:59:59.999', 'Zoë 🦉 \\'\\\\ "', X'00FF5C27'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (-3, 0, 0.0001, -2.5, -0.5, FALSE, b'100000000', '1000-01-01 00:00:00',
   '1970-01-02 00:00:00', '9999-12-31', '00:00:00', '', '');
"""
COLUMNS = """id BIGINT, u DECIMAL(20, 0), m DECIMAL(20, 4), f FLOAT, g DOUBLE,
  b BOOLEAN, bits INT, t TIMESTAMP(6), ts TIMESTAMP_LTZ(3), d DATE, c TIME(3),
  s STRING, x BYTES"""
WANT = [
    (1, "18446744073709551615", "-1234567890123456.7891", 0.1, 1e300, True, 5,
     "2026-11-21 01:02:03.123456", "2026-11-21 01:02:03.500", "1969-12-31",
     "23:59:59.999", "Zoë 🦉 '\\ \"", "AP9cJw=="),
    (2,) + (None,) * 12,
    (-3, "0", "0.0001", -2.5, -0.5, False, 256, "1000-01-01 00:00:00.000000",
     "1970-01-02 00:00:00.000", "9999-12-31", "00:00:00.0", "", "")]
SELECT = """id, CAST({0}u AS STRING), CAST({0}m AS STRING), {0}f, {0}g, {0}b,
  {0}bits, CAST({0}t AS STRING), CAST({0}ts AS STRING), CAST({0}d AS STRING),
  CAST({0}c AS STRING), {0}s, {0}x"""


def sql(text, *options, check=True):
    return herald("sql", "-e", text, "--json", *options, check=check)


def rows_of(text):
    return [tuple(x["row"].values()) for x in json_lines(text)]


def types(server):
    server.run(TYPES)
    declared = f"CREATE TABLE d ({COLUMNS}) WITH ({server.options('types')});"
    read = rows_of(sql(f"{declared} SELECT {SELECT.format('')} FROM d;").stdout)
    assert sorted(read) == sorted(WANT), (read, WANT)
    some = rows_of(sql(f"{declared} SELECT s FROM d WHERE id = -3;").stdout)
    assert some == [("",)], some
    # By a key of each type: a row finds itself.
    for key in ["id", "u", "m", "g", "b", "bits", "t", "ts", "d", "c", "s",
                "x"]:
        found = rows_of(sql(f"""{declared}
CREATE VIEW a AS SELECT *, PROCTIME() AS p FROM d;
SELECT a.id, d.id FROM a LEFT JOIN d FOR SYSTEM_TIME AS OF a.p AS d
ON a.{key} = d.{key};""").stdout)
        want = {(1, 1), (-3, -3), (2, 2 if key == "id" else None)}
        assert set(found) == want, (key, found)


def texts_by_our_rules(server):
    """The server's collation takes 'a' for 'A'; SQL here does not."""
    server.run("CREATE TABLE shop.words (w VARCHAR(9), n INT);"
               "INSERT INTO shop.words VALUES ('a', 1), ('A', 2), ('a', 3);")
    found = rows_of(sql(f"""CREATE TABLE d (w STRING, n INT)
WITH ({server.options('words')});
SELECT a.w, d.n FROM (SELECT w, PROCTIME() AS p FROM
(VALUES ('a'), ('b'), (CAST(NULL AS STRING))) x (w)) a
LEFT JOIN d FOR SYSTEM_TIME AS OF a.p AS d ON a.w = d.w;""").stdout)
    assert sorted(found, key=str) == sorted(
        [("a", 1), ("a", 3), ("b", None), (None, None)], key=str), found


def many(server):
    server.run("CREATE TABLE shop.many (k1 INT, k2 VARCHAR(9), v BIGINT, "
               "PRIMARY KEY (k1, k2));"
               "INSERT INTO shop.many SELECT seq, CONCAT('t', seq % 7), "
               "seq * 10 FROM shop.numbers;")
    facts = """CREATE TABLE a (k INT, p AS PROCTIME()) WITH (
  'connector' = 'datagen', 'number-of-rows' = '20000',
  'rows-per-second' = '1000000', 'fields.k.kind' = 'sequence',
  'fields.k.start' = '1', 'fields.k.end' = '20000');"""
    want = {(k, k * 10 if k <= 10_000 else None) for k in range(1, 20_001)}
    for cache in ["", ", 'lookup.cache' = 'PARTIAL', "
                  "'lookup.partial-cache.max-rows' = '500'",
                  ", 'lookup.cache' = 'FULL'"]:
        for settings in [[], ["--set", "parallelism=3", "--set",
                              "batch.size=333"],
                         ["--set", "table.exec.async-lookup.output-mode="
                          "ALLOW_UNORDERED"]]:
            got = rows_of(sql(f"""{facts}
CREATE TABLE d (k1 INT NOT NULL, k2 STRING NOT NULL, v BIGINT,
  PRIMARY KEY (k1, k2) NOT ENFORCED) WITH ({server.options('many')}{cache});
SELECT a.k, d.v FROM a LEFT JOIN d FOR SYSTEM_TIME AS OF a.p AS d
ON a.k = d.k1 AND CONCAT('t', CAST(MOD(a.k, 7) AS STRING)) = d.k2;""",
                              *settings).stdout)
            assert len(got) == 20_000 and set(got) == want, (cache, settings)


def in_parts(server):
    options = (server.options("many")
               + ", 'scan.partition.column' = 'k1', 'scan.partition.num' = "
               "'7', 'scan.partition.lower-bound' = '1', "
               "'scan.partition.upper-bound' = '9999'")
    got = rows_of(sql(f"""CREATE TABLE d (k1 INT, v BIGINT) WITH ({options});
SELECT COUNT(*), SUM(v) FROM d;""", "--set", "parallelism=3").stdout)
    assert got[-1] == (9999, 10 * 9999 * 10_000 // 2), got[-1]


def killed(server):
    """Everything comes, once, though the server dies in the middle."""
    text = f"""CREATE TABLE a (k INT, p AS PROCTIME()) WITH (
  'connector' = 'datagen', 'number-of-rows' = '3000',
  'rows-per-second' = '500', 'fields.k.kind' = 'sequence',
  'fields.k.start' = '1', 'fields.k.end' = '3000');
CREATE TABLE d (k1 INT, v BIGINT) WITH ({server.options('many')},
  'lookup.max-retries' = '60');
SELECT a.k, d.v FROM a JOIN d FOR SYSTEM_TIME AS OF a.p AS d ON a.k = d.k1;"""
    query = subprocess.Popen([HERALD, "sql", "-e", text, "--json"],
                             stdout=subprocess.PIPE, text=True)
    got = collections.Counter()
    for number, line in enumerate(query.stdout):
        got[tuple(json.loads(line)["row"].values())] += 1
        if number == 500:
            server.kill()
            time.sleep(0.5)  # the query goes on asking
            server.start()
    assert query.wait(60) == 0
    want = collections.Counter((k, k * 10) for k in range(1, 3001))
    assert got == want, list((want - got).items())[:3]


def refused(server):
    one = "(SELECT 1 AS k, PROCTIME() AS p) a"
    join = f"SELECT * FROM {one} JOIN d FOR SYSTEM_TIME AS OF a.p ON a.k = d.k;"

    def error(columns, options):
        done = sql(f"CREATE TABLE d ({columns}) WITH ({options}); {join}",
                   check=False)
        assert done.returncode != 0, done.stdout
        return done.stderr

    table = server.options("many")
    for options, words in {
            table + ", 'lookup.cach' = 'NONE'": ["lookup.cache"],
            server.options("none"): ["shop.none", "doesn't exist"],
            table.replace("'root'", "'nobody'"): ["Access denied"],
            "'connector' = 'jdbc', 'url' = 'jdbc:postgresql://h/d', "
            "'table-name' = 't'": ["no URL of MariaDB"],
    }.items():
        text = error("k INT, v INT", options)
        assert all(x in text for x in words), (options, text)
    text = error("k INT, nope INT", table)
    assert "Unknown column" in text, text
    server.stop()
    text = error("k INT", table + ", 'lookup.max-retries' = '1'")
    assert "looking up rows of table 'd': MariaDB at" in text, text
    assert "Can't connect" in text, text


def main():
    with folder() as home:
        server = MariaDb(f"{home}/server")
        try:
            types(server)
            server.run("USE shop; CREATE TABLE numbers AS SELECT seq FROM "
                       "seq_1_to_10000;")
            texts_by_our_rules(server)
            many(server)
            in_parts(server)
            killed(server)
            refused(server)
        finally:
            server.stop()
    print("all as wanted")


main()
