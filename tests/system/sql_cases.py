"""The SQL cases of tests/cases/sql: reading them, running them.

A file is a list of records, separated by empty lines; `#` starts a comment.

    table t                     the columns of a CREATE TABLE, then its rows
    k BIGINT, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
    rows
    1|10|2026-01-01 00:00:00    one a line, \\N is NULL

    statement                   any statement without a result; `statement
                                herald` is not for DuckDB (a SET)
    CREATE VIEW w AS SELECT …

    query                       a SELECT; its final rows, in any order
    SELECT k, SUM(v) FROM t GROUP BY k
    ----
    1|10

    changes                     a SELECT; its changes in this order, at
    SELECT …                    parallelism 1, a row a batch
    ----
    +I|1|10

                                `changes late`: only so, as what is late and
                                dropped depends on the batches
    error                       a statement that is refused; what follows
    SELECT nothing FROM t       ---- is part of the message
    ----
    unknown column 'nothing'

Answers of a `query` are checked against DuckDB as well, unless its first line
is `query herald` (a streaming or Flink-only function). A query without `----`
has the answer that DuckDB gives. Rows come in the order of the file, so a row
that moves the watermark closes windows for those behind it.
"""

import collections
import dataclasses
import datetime
import decimal
import json
import os
import re

from support import herald

SETTINGS = [{"parallelism": 1, "batch.size": 1},
            {"parallelism": 1, "batch.size": 4096},
            {"parallelism": 3, "batch.size": 7}]
KINDS = ("table", "statement", "query", "changes", "error")
DUCKDB_TYPES = {"STRING": "VARCHAR", "BYTES": "BLOB"}


@dataclasses.dataclass
class Record:
    kind: str
    words: list
    line: int
    text: str
    answer: list = None
    rows: list = None


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    records, block, start = [], [], 0
    for number, line in enumerate(lines + [""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            start = start if block else number
            block.append(line)
        elif block:
            records.append(record_of(path, block, start))
            block = []
    return records


def record_of(path, block, line):
    kind, *words = block[0].split()
    if kind not in KINDS:
        raise ValueError(f"{path}:{line}: no record of kind '{kind}'")
    divider = "rows" if kind == "table" else "----"
    body, answer = block[1:], None
    if divider in body:
        at = body.index(divider)
        body, answer = body[:at], body[at + 1:]
    text = "\n".join(body)
    if kind == "table":
        return Record(kind, words, line, text, None, answer or [])
    return Record(kind, words, line, text, answer)


# -- values --------------------------------------------------------------------

def cell(text):
    return None if text == "\\N" else text


def cells(line):
    return tuple(cell(x) for x in line.split("|"))


def plain(value):
    """The text of a value of Herald's JSON or of DuckDB's Python."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + \
            f"{value.microsecond // 1000:03d}"
    if isinstance(value, float):
        return number(repr(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=str)
    return str(value)


def number(text):
    """Doubles in one notation, to 12 digits: sums depend on the order."""
    return format(float(text), ".12g")


def same(expected, actual):
    if expected == actual:
        return True
    if expected is None or actual is None:
        return False
    try:
        return number(expected) == number(actual)
    except ValueError:
        return False


def canonical(row):
    """Rows sort and count by this, so that 1.50 and 1.5 are one value."""
    result = []
    for x in row:
        try:
            result.append(None if x is None else number(x))
        except ValueError:
            result.append(x)
    return tuple(result)


def bag(rows):
    return collections.Counter(canonical(row) for row in rows)


# -- Herald --------------------------------------------------------------------

def marker(i):
    return f"SELECT 'case {i}' AS `case marker`;\n"


def write_rows(table, home):
    """The table's rows as JSON lines; returns the path."""
    names = column_names(table.text)
    path = os.path.join(home, table.words[0] + ".json")
    with open(path, "w", encoding="utf-8") as file:
        for line in table.rows:
            values = cells(line)
            if len(values) != len(names):
                raise ValueError(f"line {table.line}: {len(names)} columns, "
                                 f"but the row '{line}'")
            file.write(json.dumps(dict(zip(names, values))) + "\n")
    return path


def split_columns(text):
    """Splits at commas outside of parentheses and angles."""
    parts, depth, start = [], 0, 0
    for i, x in enumerate(text):
        depth += x in "(<"
        depth -= x in ")>"
        if x == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return parts + [text[start:].strip()]


def physical(text):
    """Columns that rows have: no watermark, key or computed column."""
    return [x for x in split_columns(text.replace("\n", " "))
            if not re.match(r"(WATERMARK|PRIMARY KEY)\b|\S+ AS ", x)]


def column_names(text):
    return [x.split()[0].strip("`") for x in physical(text)]


def declare(record, home):
    if record.kind == "statement":
        return record.text.rstrip(";") + ";\n"
    path = write_rows(record, home)
    return (f"CREATE TABLE {record.words[0]} ({record.text}) WITH ("
            f"'connector' = 'filesystem', 'path' = '{path}', "
            f"'format' = 'json');\n")


def run_script(script, home, settings):
    path = os.path.join(home, "script.sql")
    with open(path, "w", encoding="utf-8") as file:
        file.write(script)
    more = [x for k, v in settings.items() for x in ("--set", f"{k}={v}")]
    return herald("sql", "--json", "-f", path, *more, check=False)


def run(records, home, settings):
    """Results by number of the record: a list of (op, values), or the error.
    One process runs them all; after an error another one goes on."""
    declarations = "".join(declare(x, home) for x in records
                           if x.kind in ("table", "statement"))
    todo = [i for i, x in enumerate(records) if x.kind in ("query", "changes")]
    results = {}
    while todo:
        script = declarations + "".join(
            marker(i) + records[i].text.rstrip(";") + ";\n" for i in todo)
        done = run_script(script, home, settings)
        now = None
        for line in done.stdout.splitlines():
            change = json.loads(line, parse_float=decimal.Decimal)
            values = list(change["row"].values())
            if "case marker" in change["row"]:
                now = int(values[0].split()[1])
                results[now] = []
            else:
                results[now].append(
                    (change["op"], tuple(plain(x) for x in values)))
        if done.returncode == 0:
            break
        if now is None:
            raise AssertionError(f"the tables are refused: {done.stderr}")
        results[now] = done.stderr
        todo = [i for i in todo if i > now]
    return results


def final_rows(changes):
    """The rows that the changes lead to; one that was taken away but is not
    there counts below zero, so it equals no answer."""
    rows = collections.Counter()
    for op, values in changes:
        rows[canonical(values)] += 1 if op in ("+I", "+U") else -1
    return collections.Counter({row: n for row, n in rows.items() if n})


# -- DuckDB --------------------------------------------------------------------

def duckdb_type(text):
    for ours, theirs in DUCKDB_TYPES.items():
        text = re.sub(rf"\b{ours}\b", theirs, text)
    return re.sub(r"TIMESTAMP\(\d\)", "TIMESTAMP", text).replace("`", '"')


def duckdb_declare(connection, record):
    if record.kind == "statement":
        connection.execute(duckdb_type(record.text))
        return
    columns = [duckdb_type(x) for x in physical(record.text)]
    name = record.words[0]
    connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    for line in record.rows:
        connection.execute(f"INSERT INTO {name} VALUES ({marks})",
                           list(cells(line)))


def duckdb_rows(connection, text):
    rows = connection.execute(duckdb_type(text)).fetchall()
    return [tuple(plain(x) for x in row) for row in rows]
