"""Every case of tests/cases/sql, at several parallelisms and batch sizes, and
against DuckDB where it means the same."""

import glob
import os
import sys

from sql_cases import (SETTINGS, bag, canonical, cells, duckdb_declare,
                       duckdb_rows, final_rows, read, run, run_script,
                       declare)
from support import folder, skip

try:
    import duckdb
except ImportError:
    skip("there is no DuckDB for Python: tools/dev setup installs it")

CASES = "tests/cases/sql"


def answers(records):
    """The expected rows of each query, DuckDB's where the file has none."""
    connection = duckdb.connect()
    connection.execute("SET integer_division = true")
    result, wrong = {}, []
    for i, x in enumerate(records):
        if x.kind in ("table", "statement") and "herald" not in x.words:
            duckdb_declare(connection, x)
        if x.kind != "query":
            continue
        given = None if x.answer is None else bag(map(cells, x.answer))
        if "herald" not in x.words:
            theirs = bag(duckdb_rows(connection, x.text))
            if given is not None and given != theirs:
                wrong.append(f"line {x.line}: DuckDB differs: {theirs}")
            given = theirs
        if given is None:
            raise ValueError(f"line {x.line}: a query of Herald's alone needs "
                             "its answer")
        result[i] = given
    return result, wrong


def first_line(message):
    return message.strip().split("\n")[0]


def check_query(expected, got):
    if isinstance(got, str):
        return first_line(got)
    actual = final_rows(got)
    if actual == expected:
        return None
    return f"expected {dict(expected)}, got {dict(actual)}"


def check_changes(record, got, ordered):
    if isinstance(got, str):
        return first_line(got)
    expected = [(x.split("|")[0], canonical(cells(x)[1:]))
                for x in record.answer]
    if ordered:
        actual = [(op, canonical(row)) for op, row in got]
        return None if actual == expected else f"changes are {actual}"
    return check_query(final_rows(expected), got)


def check_error(record, declarations, home):
    done = run_script(declarations + record.text + ";", home, SETTINGS[1])
    if done.returncode != 1:
        return f"ended with status {done.returncode}: {done.stdout[:200]}"
    for part in record.answer:
        if part not in done.stderr:
            return f"'{part}' is not in the message: {done.stderr}"
    return None


def check_file(path):
    records = read(path)
    expected, failures = answers(records)
    with folder() as home:
        for settings in SETTINGS:
            results = run(records, home, settings)
            ordered = settings == SETTINGS[0]
            for i, got in results.items():
                x = records[i]
                if "late" in x.words and not ordered:
                    continue
                wrong = (check_query(expected[i], got) if x.kind == "query"
                         else check_changes(x, got, ordered))
                if wrong:
                    failures.append(f"line {x.line}, {settings}: {wrong}")
        declarations = "".join(declare(x, home) for x in records
                               if x.kind in ("table", "statement"))
        for x in records:
            if x.kind == "error":
                wrong = check_error(x, declarations, home)
                if wrong:
                    failures.append(f"line {x.line}: {wrong}")
    return len(records), failures


def main():
    paths = sys.argv[1:] or sorted(glob.glob(f"{CASES}/*.test"))
    total, failed = 0, 0
    for path in paths:
        count, failures = check_file(path)
        total += count
        failed += len(failures)
        print(f"{os.path.basename(path)}: {count} records, "
              f"{len(failures)} failures", flush=True)
        for text in failures:
            print("   ", text)
    print(f"{total} records")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
