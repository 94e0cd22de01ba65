"""What INSERT INTO does to values on their way into a table's columns."""

from support import herald

PARTS = """CREATE TABLE a (x ARRAY<STRING>, y MAP<STRING, INT>,
  z ROW<a INT, b STRING>, w ARRAY<BIGINT>, n ARRAY<ROW<p BIGINT, q STRING>>)
WITH ('connector' = 'print');
INSERT INTO a SELECT ARRAY['a', 'bb'], MAP['a', 1], ROW(1, 'b'), ARRAY[1, 2],
  ARRAY[ROW(1, 'x'), ROW(CAST(2 AS SMALLINT), 'yyy')];"""
PARTS_LINE = ('+I[["a","bb"], {"a":1}, {"a":1,"b":"b"}, [1,2], '
              '[{"p":1,"q":"x"},{"p":2,"q":"yyy"}]]\n')

COLLECTED = """CREATE TABLE m (x MULTISET<STRING>) WITH ('connector' = 'print');
INSERT INTO m SELECT COLLECT(v) FROM (VALUES 'a', 'b', 'a') AS t(v);"""

NARROWED = """CREATE TABLE n ({0}) WITH ('connector' = 'print');
INSERT INTO n SELECT {1};"""


NULLS = """{0} CREATE TABLE n (id INT{1}, a STRING NOT NULL, b STRING{2})
WITH ('connector' = 'print');
INSERT INTO n SELECT * FROM (VALUES (1, 'x', 'y'), (2, {3}, 'y'), (3, 'z', {4}))
AS t(id, a, b);"""
NO_STRING = "CAST(NULL AS STRING)"
DROP = "SET 'table.exec.sink.not-null-enforcer' = 'DROP';"


def check_parts():
    """Nested values are converted part by part, where each part can be."""
    assert herald("sql", "-e", PARTS).stdout == PARTS_LINE
    done = herald("sql", "-e", COLLECTED)
    assert done.stdout.splitlines()[-1] == '+I[{"a":2,"b":1}]', done.stdout


def check_narrowed_parts():
    """What may lose something is refused, wherever it stands."""
    for column, value in (
            ("a ARRAY<INT>", "ARRAY[CAST(1 AS BIGINT)]"),
            ("a MAP<STRING, INT>", "MAP['a', 1.5E0]"),
            ("a ROW<p INT, q INT>", "ROW(1, 'b')"),
            ("a ROW<p INT>", "ROW(1, 2)"),
            ("a ARRAY<ROW<p INT>>", "ARRAY[ROW(CAST(1 AS BIGINT))]")):
        done = herald("sql", "-e", NARROWED.format(column, value), check=False)
        assert done.returncode != 0, column
        assert "column 'a' of the table is" in done.stderr, done.stderr


def check_conflicts():
    """Two rows of a key fail if they differ; where a query changes its rows,
    none can be said to be in conflict."""
    def insert(query):
        return herald("sql", "-e", f"""SET 'parallelism' = '3';
          CREATE TABLE kept (id INT, s STRING, n BIGINT NOT NULL,
            PRIMARY KEY (id, s) NOT ENFORCED) WITH ('connector' = 'blackhole');
          CREATE VIEW v AS SELECT * FROM (VALUES (1, CAST('a' AS STRING), 5),
            (2, 'a', 6), (1, 'b', 7)) AS t(a, b, c);
          INSERT INTO kept {query} ON CONFLICT DO ERROR;""", check=False)
    for good in ("SELECT * FROM v UNION ALL SELECT * FROM v",
                 "SELECT a, b, COUNT(*) FROM v GROUP BY a, b"):
        done = insert(good)
        assert done.returncode == 0, (good, done.stderr)
    done = insert("SELECT * FROM v UNION ALL VALUES (2, 'a', 7)")
    assert done.returncode != 0, done.stdout
    assert ("ON CONFLICT DO ERROR: table 'kept' gets two rows for id = 2, "
            "s = a" in done.stderr), done.stderr
    done = insert("SELECT a, 'x', COUNT(*) FROM v GROUP BY a, b")
    assert "may share a key for a moment" in done.stderr, done.stderr


def nulls(*parts):
    return herald("sql", "-e", NULLS.format(*parts), check=False)


def check_nulls():
    """A NULL for a NOT NULL column ends the task, or its row is left out."""
    good = nulls("", "", "", "'x'", NO_STRING)
    assert good.returncode == 0, good.stderr
    assert good.stdout.splitlines()[-1] == "+I[3, z, NULL]", good.stdout
    done = nulls("", "", "", NO_STRING, NO_STRING)
    assert done.returncode != 0, done.stdout
    assert ("line 3, column 13: column 'a' of table 'n' is NOT NULL, and a row "
            "has NULL there") in done.stderr, done.stderr
    done = nulls("", "", " NOT NULL", "'x'", NO_STRING)
    assert "column 'b' of table 'n' is NOT NULL" in done.stderr, done.stderr
    done = nulls(DROP, "", " NOT NULL", NO_STRING, NO_STRING)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "+I[1, x, y]\n", done.stdout
    done = nulls(DROP.replace("DROP", "NONE"), "", "", "'x'", "'y'")
    assert "'table.exec.sink.not-null-enforcer' is ERROR or DROP" in (
        done.stderr), done.stderr


def check_null_keys():
    """A primary key's columns are NOT NULL without saying so."""
    done = herald("sql", "-e", """
        CREATE TABLE k (id INT, n BIGINT, PRIMARY KEY (id) NOT ENFORCED)
        WITH ('connector' = 'print');
        INSERT INTO k SELECT v, COUNT(*) FROM (VALUES 1, CAST(NULL AS INT))
        AS t(v) GROUP BY v;""", check=False)
    assert "column 'id' of table 'k' is NOT NULL" in done.stderr, done.stderr


if __name__ == "__main__":
    check_parts()
    check_narrowed_parts()
    check_conflicts()
    check_nulls()
    check_null_keys()
    print("values arrive as the table says")
