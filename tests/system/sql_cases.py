"""The SQL cases of tests/cases/sql: reading them, running them.

A file is a list of records, separated by empty lines; `#` starts a comment.

    table t                     the columns of a CREATE TABLE, then its rows
    k BIGINT, v INT, a ARRAY<INT>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
    rows
    1|10|[1, 2]|2026-01-01 00:00:00
                                one a line, \\N is NULL; arrays, maps and
                                rows are JSON

    table c changes             rows that come and go: as change data of a
    k BIGINT, v INT             database (debezium-json), -U before its +U
    rows
    +I|1|10
    -U|1|10
    +U|1|11
    -D|1|11

    table w                     a watermark that comes with the row before,
    v INT, ts TIMESTAMP(3)      one that is inserted; of column ts
    rows
    1|2026-01-01 00:00:00
    WATERMARK ts 2026-01-01 00:00:10
    2|2026-01-01 00:00:12

    statement                   any statement without a result; `statement
    CREATE VIEW w AS SELECT …   herald` is not for DuckDB (a SET); $BIN is the
                                folder of the program and of the library of
                                examples

    query                       a SELECT; its final rows, in any order
    SELECT k, SUM(v) FROM t GROUP BY k
    ----
    1|10

    changes                     a SELECT; its changes in this order, at
    SELECT …                    parallelism 1, a row a batch; elsewhere the
    ----                        rows that they lead to. `changes late`: only
    +I|1|10                     there, for what is late depends on the batches

    error                       a statement that is refused; what follows
    SELECT nothing FROM t       ---- is part of the message
    ----
    unknown column 'nothing'

Answers of a `query` are checked against DuckDB as well, unless its first line
is `query herald` (a streaming or Flink-only function). A query without `----`
has the answer that DuckDB gives. Rows come in the order of the file, so a row
that moves the watermark closes windows for those behind it. Two streams whose
rows come in turn are two views of one table, by a column that says which.
"""

import dataclasses
import decimal
import json
import os
import re
import subprocess

from sql_values import cells, plain
from support import HERALD, herald

MINI_BATCHES = {"table.exec.mini-batch.enabled": "true",
                "table.exec.mini-batch.allow-latency": "1 min",
                "table.exec.mini-batch.size": 5}
PHASES = "table.optimizer.agg-phase-strategy"
SPLIT = {"table.optimizer.distinct-agg.split.enabled": "true",
         "table.optimizer.distinct-agg.split.bucket-num": 3}
SETTINGS = [{"parallelism": 1, "batch.size": 1},
            {"parallelism": 1, "batch.size": 4096},
            {"parallelism": 3, "batch.size": 7, PHASES: "TWO_PHASE"},
            {"parallelism": 2, "batch.size": 3, **MINI_BATCHES, **SPLIT},
            {"seed": 1, PHASES: "ONE_PHASE"},
            {"seed": 2, **MINI_BATCHES, PHASES: "TWO_PHASE", **SPLIT}]
# A seed: at 1, 3 and 2 subtasks in turn, the state moved at barriers that the
# seed chooses (moving_sql.cpp).
MOVING = os.environ.get("HERALD_MOVING",
                        "build/release/bin/herald_moving_sql")
SELECTS = re.compile(r"[\s(]*(SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)
NULL_ORDER = "NULLS_FIRST_ON_ASC_LAST_ON_DESC"  # Flink's, for DuckDB
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

    @property
    def changes(self):
        """Of a table: its rows come and go."""
        return "changes" in self.words


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


# -- Herald --------------------------------------------------------------------

def marker(i):
    return f"SELECT 'case {i}' AS `case marker`;\n"


def values_of(table, line):
    """The values of a row as JSON takes them."""
    columns, values = physical(table.text), cells(line)
    if len(values) != len(columns):
        raise ValueError(f"line {table.line}: {len(columns)} columns, but the "
                         f"row '{line}'")
    return {column.split()[0].strip("`"):
            json.loads(value) if value and is_nested(column) else value
            for column, value in zip(columns, values)}


def is_nested(column):
    return re.match(r"\S+ (ARRAY|MAP|ROW|MULTISET)\b", column)


def messages(table):
    """The table's rows as the messages of its file."""
    result, given, row = [], {}, None
    for line in table.rows:
        if line.startswith("WATERMARK "):
            row["mark"] = line.split(maxsplit=2)[2]
            continue
        op, line = line.split("|", 1) if table.changes else ("", line)
        if op in ("-U", "-D"):  # as it was inserted, with its watermark
            row, known = None, given.get(line)
            result.append({"before": known.pop() if known  # else a repetition
                           else values_of(table, line),
                           "after": None, "op": "d"})
            continue
        row = values_of(table, line)
        given.setdefault(line, []).append(row)
        if op == "+U":
            result[-1].update(after=row, op="u")
        elif op == "+I":
            result.append({"before": None, "after": row, "op": "c"})
        else:
            result.append(row)
    return result


def write_rows(table, home):
    """The table's rows as JSON lines; returns the path."""
    path = os.path.join(home, table.words[0] + ".json")
    with open(path, "w", encoding="utf-8") as file:
        for message in messages(table):
            file.write(json.dumps(message) + "\n")
    return path


def mark_columns(table):
    """What the watermarks among the rows add to the declaration."""
    columns = {x.split()[1] for x in table.rows if x.startswith("WATERMARK ")}
    return "".join(f", mark TIMESTAMP(3), WATERMARK FOR {x} AS mark"
                   for x in columns)


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


def declare(record, home):
    if record.kind == "statement":
        folder = os.path.dirname(os.path.abspath(HERALD))
        return record.text.rstrip(";").replace("$BIN", folder) + ";\n"
    path = write_rows(record, home)
    form = "debezium-json" if record.changes else "json"
    return (f"CREATE TABLE {record.words[0]} ({record.text}"
            f"{mark_columns(record)}) WITH ('connector' = 'filesystem', "
            f"'path' = '{path}', 'format' = '{form}');\n")


def run_script(script, home, settings):
    path = os.path.join(home, "script.sql")
    with open(path, "w", encoding="utf-8") as file:
        file.write(script)
    if "seed" in settings:
        more = [f"{k}={v}" for k, v in settings.items() if k != "seed"]
        return subprocess.run([MOVING, path, str(settings["seed"]), *more],
                              capture_output=True, text=True, check=False)
    more = [x for k, v in settings.items() for x in ("--set", f"{k}={v}")]
    return herald("sql", "--json", "-f", path, *more, check=False)


def run(records, home, settings):
    """Results by number of the record: a list of (op, values), or the error.
    One process runs them all; after an error another one goes on."""
    declarations = "".join(declare(x, home) for x in records
                           if x.kind in ("table", "statement"))
    todo = [i for i, x in enumerate(records) if x.kind in ("query", "changes")
            and ("seed" not in settings or SELECTS.match(x.text))]
    results = {}
    while todo:
        script = declarations + "".join(
            marker(i) + records[i].text + "\n;\n" for i in todo)
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


# -- DuckDB --------------------------------------------------------------------

def duckdb_text(text):
    """A statement or type of Herald's as DuckDB says it."""
    for ours, theirs in DUCKDB_TYPES.items():
        text = re.sub(rf"\b{ours}\b", theirs, text)
    count = 1
    while count:
        text, arrays = re.subn(r"\bARRAY<([^<>]*)>", r"\1[]", text)
        text, maps = re.subn(r"\bMAP<([^<>]*)>", r"MAP(\1)", text)
        text, rows = re.subn(r"\bROW<([^<>]*)>", r"STRUCT(\1)", text)
        count = arrays + maps + rows
    text = re.sub(r"\bTIMESTAMP_LTZ(\(\d\))?", "TIMESTAMPTZ", text)
    return re.sub(r"TIMESTAMP\(\d\)", "TIMESTAMP", text).replace("`", '"')


def last_rows(table):
    """The rows that are left in the end."""
    rows = []
    for line in table.rows:
        if line.startswith("WATERMARK "):
            continue
        if not table.changes:
            rows.append(line)
        elif line.startswith("+"):
            rows.append(line.split("|", 1)[1])
        else:
            rows.remove(line.split("|", 1)[1])
    return rows


def duckdb_declare(connection, record):
    if record.kind == "statement":
        connection.execute(duckdb_text(record.text))
        return
    columns = physical(record.text)
    types = ", ".join(duckdb_text(x) for x in columns)
    name = record.words[0]
    connection.execute(f"CREATE TABLE {name} ({types})")
    marks = ", ".join(
        f"?::JSON::{duckdb_text(x.split(maxsplit=1)[1])}" if is_nested(x)
        else "from_base64(?)" if x.endswith(" BYTES") else "?"
        for x in columns)
    for line in last_rows(record):
        connection.execute(f"INSERT INTO {name} VALUES ({marks})",
                           list(cells(line)))
