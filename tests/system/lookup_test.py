"""Look-up joins with tables of files: Nexmark's q13, and a table that changes
while the query runs. Needs ../shared for q13."""

import collections
import gzip
import json
import os
import subprocess

from support import HERALD, folder, herald, json_lines, until

CASES = "../shared/cases/nexmark"
SETTINGS = [["parallelism=1"],
            ["parallelism=3", "batch.size=1000"],
            ["parallelism=2", "batch.size=7",
             "table.exec.async-lookup.output-mode=ALLOW_UNORDERED"],
            ["batch.size=100", "table.exec.async-lookup.buffer-capacity=1"]]


def rows_of(text):
    return collections.Counter(
        tuple(x["row"].values()) for x in json_lines(text))


def nexmark_q13(home):
    with gzip.open(f"{CASES}/events.json.gz", "rt") as file:
        events = file.read()
    with open(f"{home}/events.json", "w") as file:
        file.write(events)
    with open(f"{home}/side.csv", "w") as file:
        file.writelines(f"{i},{i}\n" for i in range(10_000))
    script = f"{home}/q13.sql"
    with open(script, "w") as file:
        for name in ["tables", "side_input", "q13"]:
            with open(f"{CASES}/queries/{name}.sql") as part:
                file.write(part.read().replace("${EVENTS}", f"{home}/events.json")
                           .replace("${SIDE_INPUT}", f"{home}/side.csv"))
    want = collections.Counter()
    for line in events.splitlines():
        event = json.loads(line)
        if event["event_type"] == 2:
            bid = event["bid"]
            time = bid["dateTime"].replace("T", " ").rstrip("Z")
            want[(bid["auction"], bid["bidder"], bid["price"],
                  time[:23].ljust(23, "0") if "." in time else time + ".000",
                  str(bid["auction"] % 10_000))] += 1
    for settings in SETTINGS:
        options = [x for s in settings for x in ("--set", s)]
        got = rows_of(herald("sql", "-f", script, "--json", *options).stdout)
        assert got == want, (settings, list((want - got).items())[:2],
                             list((got - want).items())[:2])


def reload(home):
    """Rows see what the table holds when they come, some time later."""
    table = f"{home}/names.csv"
    with open(table, "w") as file:
        file.write("1,one\n1,eins\n")
    sql = f"""CREATE TABLE a (k INT, n BIGINT, t AS PROCTIME()) WITH (
  'connector' = 'datagen', 'rows-per-second' = '20',
  'fields.k.min' = '1', 'fields.k.max' = '2');
CREATE TABLE d (id INT, name STRING) WITH (
  'connector' = 'filesystem', 'path' = '{table}', 'format' = 'csv',
  'lookup.full-cache.periodic-reload.interval' = '100 ms');
SELECT DISTINCT a.k, d.name FROM a
LEFT JOIN d FOR SYSTEM_TIME AS OF a.t AS d ON a.k = d.id;"""
    with open(f"{home}/out.json", "w") as out:
        query = subprocess.Popen([HERALD, "sql", "-e", sql, "--json"],
                                 stdout=out)
    try:
        def has(*wanted):
            with open(f"{home}/out.json") as file:
                seen = rows_of(file.read())
            return all(x in seen for x in wanted)
        until("the first rows", lambda: has((1, "one"), (1, "eins"),
                                            (2, None)), 60)
        with open(f"{home}/new.csv", "w") as file:
            file.write("2,two\n")
        os.rename(f"{home}/new.csv", table)
        until("the new rows", lambda: has((1, None), (2, "two")), 60)
    finally:
        query.kill()
        query.wait()


VIEWS = """CREATE TABLE orders (id INT, product INT, pt AS PROCTIME()) WITH (
  'connector' = 'filesystem', 'path' = '{0}/orders.csv', 'format' = 'csv');
CREATE TABLE products (pid INT, name STRING, price INT, sold BOOLEAN) WITH (
  'connector' = 'filesystem', 'path' = '{0}/products.csv', 'format' = 'csv',
  'csv.null-literal' = '-');
CREATE VIEW on_sale AS SELECT name, pid AS product_id, price FROM products
  WHERE sold;
CREATE VIEW cheap AS SELECT product_id, name FROM on_sale WHERE price < 5;
CREATE VIEW priced AS SELECT pid, price * 2 AS twice FROM products;
CREATE VIEW ratios AS SELECT pid, 90 / (price - 9) AS ratio FROM products
  WHERE price <> 9;
CREATE VIEW counted AS SELECT pid, COUNT(*) AS n FROM products GROUP BY pid;
"""
AS_OF = "FOR SYSTEM_TIME AS OF o.pt AS p ON o.product = p"
ASKED = [
    (f"SELECT o.id, p.name, p.price FROM orders o JOIN on_sale {AS_OF}"
     ".product_id",
     [(1, "pen", 3), (3, "pad", 5), (5, "cap", None), (6, "pen", 3)]),
    (f"SELECT o.id, p.name FROM orders o LEFT JOIN cheap {AS_OF}.product_id",
     [(1, "pen"), (2, None), (3, None), (4, None), (5, None), (6, "pen")]),
    (f"SELECT o.id, p.name FROM orders o LEFT JOIN on_sale {AS_OF}.product_id"
     " AND p.price > 3",
     [(1, None), (2, None), (3, "pad"), (4, None), (5, None), (6, None)]),
    (f"SELECT o.id, p.twice FROM orders o JOIN priced {AS_OF}.pid"
     " WHERE p.twice > 6", [(2, 18), (3, 10)]),
    (f"SELECT o.id, p.ratio FROM orders o JOIN ratios {AS_OF}.pid"
     " AND p.ratio > -20", [(1, -15), (6, -15)]),
    ("WITH p AS (SELECT pid, name FROM products WHERE price >= 5) "
     f"SELECT o.id, p.name FROM orders o JOIN p {AS_OF}.pid",
     [(2, "ink"), (3, "pad")])]
REFUSED = [
    (f"SELECT o.id FROM orders o JOIN counted {AS_OF}.pid",
     "or in a view that only filters and projects one"),
    (f"SELECT o.id FROM orders o LEFT JOIN priced {AS_OF}.pid",
     "a LEFT JOIN looks rows up in a view of plain columns only"),
    (f"SELECT o.id FROM orders o JOIN priced {AS_OF}.twice",
     "can only be looked up by columns that equal something")]


def views(home):
    """Views and queries of WITH over one table, as that table."""
    with open(f"{home}/orders.csv", "w") as file:
        file.write("1,10\n2,20\n3,30\n4,50\n5,40\n6,10\n")
    with open(f"{home}/products.csv", "w") as file:
        file.write("10,pen,3,true\n20,ink,9,false\n30,pad,5,true\n"
                   "40,cap,-,true\n")
    tables = VIEWS.format(home)
    for query, want in ASKED:
        for settings in SETTINGS:
            options = [x for s in settings for x in ("--set", s)]
            got = rows_of(herald("sql", "-e", f"{tables}{query};", "--json",
                                 *options).stdout)
            assert got == collections.Counter(want), (query, settings, got)
    for query, reason in REFUSED:
        done = herald("sql", "-e", f"{tables}{query};", check=False)
        assert done.returncode != 0, query
        assert reason in done.stderr, done.stderr


def missing_file(home):
    done = herald("sql", "-e", f"""CREATE TABLE d (id INT) WITH (
  'connector' = 'filesystem', 'path' = '{home}/none', 'format' = 'csv');
SELECT * FROM (SELECT 1 AS k, PROCTIME() AS t) a
JOIN d FOR SYSTEM_TIME AS OF a.t ON a.k = d.id;""", check=False)
    assert done.returncode != 0
    assert "looking up rows of table 'd'" in done.stderr, done.stderr
    assert "does not exist" in done.stderr, done.stderr


def main():
    with folder() as home:
        missing_file(home)
        views(home)
        reload(home)
        if os.path.isdir(CASES):
            nexmark_q13(home)
    print("all equal")


main()
