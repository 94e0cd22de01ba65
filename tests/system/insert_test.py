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


if __name__ == "__main__":
    check_parts()
    check_narrowed_parts()
    print("values arrive as the table says")
