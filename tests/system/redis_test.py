"""A real Redis as a table to look rows up in: hashes, strings, documents, a
server that dies and comes back, one that is not there."""

import collections
import json
import subprocess
import time

from servers import Redis
from support import HERALD, folder, herald, json_lines


def sql(text, *options, check=True):
    return herald("sql", "-e", text, "--json", *options, check=check)


def rows_of(text):
    return sorted((tuple(x["row"].values()) for x in json_lines(text)), key=str)


def table(server, columns, more=""):
    return (f"CREATE TABLE d ({columns}, PRIMARY KEY (id) NOT ENFORCED) WITH ("
            f"'connector' = 'redis', 'host' = '{server.host}', "
            f"'port' = '{server.port}'{more});")


def joined(server, columns, more, select, keys="(1), (2), (3), (4)"):
    return rows_of(sql(f"""{table(server, columns, more)}
SELECT {select} FROM (SELECT k, PROCTIME() AS p FROM (VALUES {keys}) x (k)) a
LEFT JOIN d FOR SYSTEM_TIME AS OF a.p AS d ON a.k = d.id;""").stdout)


def layouts(server):
    server.run(["HSET", "u:1", "name", "Zoë 🦉", "ok", "1", "m", "1.50",
                "t", "2026-11-21 01:02:03.123"],
               ["HSET", "u:2", "other", "x"],
               ["SET", "s:1", "one"], ["SET", "s:2", ""],
               ["SET", "j:1", '{"a": {"b": [1, 2]}, "n": 5}'],
               ["SET", "j:2", "{}"])
    got = joined(server, "id INT NOT NULL, name STRING, ok BOOLEAN, "
                 "m DECIMAL(10, 2), t TIMESTAMP(3)", ", 'key.prefix' = 'u:'",
                 "k, name, ok, CAST(m AS STRING), CAST(t AS STRING), "
                 "id IS NULL")
    assert got == sorted([
        (1, "Zoë 🦉", True, "1.50", "2026-11-21 01:02:03.123", False),
        (2, None, None, None, None, False), (3, None, None, None, None, True),
        (4, None, None, None, None, True)], key=str), got
    got = joined(server, "id INT NOT NULL, name STRING",
                 ", 'key.prefix' = 's:', 'value.layout' = 'string'",
                 "k, name, id")
    assert got == sorted([(1, "one", 1), (2, "", 2), (3, None, None),
                          (4, None, None)], key=str), got
    got = joined(server, "id INT NOT NULL, a ROW<b ARRAY<INT>>, n BIGINT",
                 ", 'key.prefix' = 'j:', 'value.layout' = 'json'",
                 "k, a.b[2], n, id")
    assert got == sorted([(1, 2, 5, 1), (2, None, None, 2),
                          (3, None, None, None), (4, None, None, None)],
                         key=str), got


def views(server):
    """They can be made and looked up in, not read."""
    server.run(["SET", "v:1", "one"], ["SET", "v:2", "no"])
    tables = table(server, "id INT NOT NULL, name STRING",
                   ", 'key.prefix' = 'v:', 'value.layout' = 'string'")
    tables += """CREATE VIEW v AS SELECT id AS i, name FROM d
WHERE name <> 'no';"""
    for query in ["", "WITH v AS (SELECT id AS i, name FROM d "
                      "WHERE name <> 'no') "]:
        got = rows_of(sql(f"""{tables}{query}SELECT k, name FROM
(SELECT k, PROCTIME() AS p FROM (VALUES (1), (2), (3)) x (k)) a
LEFT JOIN v FOR SYSTEM_TIME AS OF a.p ON a.k = v.i;""").stdout)
        assert got == sorted([(1, "one"), (2, None), (3, None)], key=str), got
        done = sql(f"{tables}{query}SELECT * FROM v;", check=False)
        assert done.returncode != 0
        assert "table 'v': rows of Redis can only be looked up" in done.stderr


def many(server):
    server.run(*(["SET", str(i), str(i * 10)] for i in range(1, 3001)))
    for settings in [[], ["--set", "parallelism=3", "--set",
                          "batch.size=333"]]:
        got = rows_of(sql(stream(server, 1_000_000), *settings).stdout)
        assert got == rows_wanted(), settings


def rows_wanted():
    return sorted(((k, k * 10) for k in range(1, 3001)), key=str)


def stream(server, rate):
    return f"""CREATE TABLE a (k INT, p AS PROCTIME()) WITH (
  'connector' = 'datagen', 'number-of-rows' = '3000',
  'rows-per-second' = '{rate}', 'fields.k.kind' = 'sequence',
  'fields.k.start' = '1', 'fields.k.end' = '3000');
{table(server, "id INT NOT NULL, v BIGINT",
       ", 'value.layout' = 'string', 'lookup.max-retries' = '60'")}
SELECT a.k, d.v FROM a JOIN d FOR SYSTEM_TIME AS OF a.p AS d ON a.k = d.id;"""


def killed(server):
    query = subprocess.Popen(
        [HERALD, "sql", "-e", stream(server, 500), "--json"],
        stdout=subprocess.PIPE, text=True)
    got = collections.Counter()
    for number, line in enumerate(query.stdout):
        got[tuple(json.loads(line)["row"].values())] += 1
        if number == 500:
            server.stop()  # it writes down what it has
            time.sleep(0.5)  # the query goes on asking
            server.start()
    assert query.wait(60) == 0
    want = collections.Counter(rows_wanted())
    assert got == want, list((want - got).items())[:3]


def refused(server):
    def error(columns, more=""):
        done = sql(f"""{table(server, columns, more)}
SELECT * FROM (SELECT 1 AS k, PROCTIME() AS p) a
JOIN d FOR SYSTEM_TIME AS OF a.p ON a.k = d.id;""", check=False)
        assert done.returncode != 0, done.stdout
        return done.stderr
    server.run(["SET", "w:1", "text"])
    text = error("id INT NOT NULL, v INT", ", 'key.prefix' = 'w:'")
    assert "WRONGTYPE" in text, text
    text = error("id INT NOT NULL, v INT",
                 ", 'key.prefix' = 'w:', 'value.layout' = 'string'")
    assert "column v: 'text' is no INT" in text, text
    server.stop()
    text = error("id INT NOT NULL, v INT", ", 'lookup.max-retries' = '1'")
    assert "looking up rows of table 'd': Redis at" in text, text
    assert "Connection refused" in text, text


def main():
    with folder() as home:
        server = Redis(f"{home}/server")
        try:
            layouts(server)
            views(server)
            many(server)
            killed(server)
            refused(server)
        finally:
            server.stop()
    print("all as wanted")


main()
