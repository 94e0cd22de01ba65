"""Every case of tests/cases/sql, at several parallelisms and batch sizes, with
its state moved from one parallelism to another half way, and against DuckDB
where it means the same."""

import glob
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from sql_cases import (NULL_ORDER, SETTINGS, declare, duckdb_declare,
                       duckdb_text, read, run, run_script)
from sql_values import Answer, canonical, cells, final_rows
from support import folder, skip

try:
    import duckdb
except ImportError:
    skip("there is no DuckDB for Python: tools/dev setup installs it")

CASES = "tests/cases/sql"
PROCESSES = 2  # files at a time


def answers(records):
    """The answer of each query, DuckDB's where the file has none."""
    connection = duckdb.connect()
    connection.execute("SET integer_division = true")
    connection.execute(f"SET default_null_order = '{NULL_ORDER}'")
    result, wrong = {}, []
    for i, x in enumerate(records):
        if x.kind in ("table", "statement") and "herald" not in x.words:
            duckdb_declare(connection, x)
        if x.kind != "query":
            continue
        if x.answer is not None:
            result[i] = Answer.of_lines(x.answer)
        if "herald" in x.words:
            if x.answer is None:
                raise ValueError(f"line {x.line}: a query of Herald's alone "
                                 "needs its answer")
            continue
        try:
            theirs = Answer.of_duckdb(connection, duckdb_text(x.text))
        except duckdb.Error as error:
            wrong.append(f"line {x.line}: {first_line(str(error))}")
            theirs = Answer([], [])
        if x.answer is not None:
            given = [("+I", cells(line)) for line in x.answer]
            differs = theirs.wrong(given)
            if differs:
                wrong.append(f"line {x.line}: DuckDB differs: {differs}")
        result[i] = theirs
    return result, wrong


def first_line(message):
    return message.strip().split("\n")[0]


def check_changes(record, got, ordered):
    expected = [(op, cells(row)) for op, row in
                (x.split("|", 1) for x in record.answer)]
    kinds = Answer.of_lines(x.split("|", 1)[1] for x in record.answer).kinds
    if not ordered:
        return Answer(kinds, final_rows(expected)).wrong(got)
    if kinds and all(len(row) == len(kinds) for _, row in got):
        actual = [(op, canonical(row, kinds)) for op, row in got]
        if actual == [(op, canonical(row, kinds)) for op, row in expected]:
            return None
    return "changes are\n" + "\n".join("|".join(
        [op] + ["\\N" if x is None else x for x in row]) for op, row in got)


def check(record, answer, got, ordered):
    if isinstance(got, str):
        return first_line(got)
    if record.kind == "changes":
        if "late" in record.words and not ordered:
            return None
        return check_changes(record, got, ordered)
    return answer.wrong(got)


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
            ordered = settings is SETTINGS[0]
            for i, got in results.items():
                x = records[i]
                wrong = check(x, expected.get(i), got, ordered)
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
    with ThreadPoolExecutor(PROCESSES) as pool:
        results = list(pool.map(check_file, paths))
    for path, (count, failures) in zip(paths, results):
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
