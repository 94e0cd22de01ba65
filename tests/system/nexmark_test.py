"""Nexmark queries over the frozen input equal Flink's answers, or DuckDB's
where there are none, for several parallelisms, batch sizes and orders of
arrival. Needs ../shared."""

import collections
import gzip
import json
import os
import random
import re

import nexmark_duckdb
from support import folder, herald, skip

try:
    import duckdb
except ImportError:
    duckdb = None

CASES = "../shared/cases/nexmark"
QUERIES = ["q2", "q3", "q4", "q5", "q8", "q11", "q15", "q20", "q22"]
SETTINGS = [["parallelism=1", "batch.size=4096"],
            ["parallelism=3", "batch.size=1000"],
            ["parallelism=2", "batch.size=7"]]
DISORDER_MS = 3900  # the watermark allows 4 s; events are 1 ms apart


def value_text(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def result_of(output):
    rows = collections.Counter()
    for line in output.splitlines():
        change = json.loads(line, parse_float=str)
        row = tuple(value_text(x) for x in change["row"].values())
        rows[row] += 1 if change["op"] in ("+I", "+U") else -1
    return +rows


def unescape(text):
    if text == "\\N":
        return None
    plain = {"t": "\t", "n": "\n", "\\": "\\"}
    return re.sub(r"\\(.)", lambda x: plain[x[1]], text)


def expected(query):
    with gzip.open(f"{CASES}/expected/{query}.tsv.gz", "rt",
                   newline="\n") as file:
        lines = file.read().split("\n")[1:]
    return collections.Counter(
        tuple(unescape(x) for x in line.split("\t")) for line in lines if line)


def shuffled(events, seed):
    order = random.Random(seed)
    keyed = [(i + order.uniform(0, DISORDER_MS), x)
             for i, x in enumerate(events)]
    return [x for _, x in sorted(keyed)]


def answers(events_path):
    result = {query: expected(query) for query in QUERIES}
    if duckdb:
        for query, rows in nexmark_duckdb.rows_of(duckdb, events_path).items():
            result[query] = collections.Counter(map(tuple, rows))
    return result


def main():
    if not os.path.isdir(CASES):
        skip("../shared/cases is not here")
    with gzip.open(f"{CASES}/events.json.gz", "rt") as file:
        events = file.read().splitlines()
    tables = open(f"{CASES}/queries/tables.sql").read()
    with folder() as home:
        orders = {"in order": events, "seed 7": shuffled(events, 7)}
        wanted = None
        for name, lines in orders.items():
            path = f"{home}/{name.replace(' ', '-')}.json"
            with open(path, "w") as file:
                file.write("\n".join(lines) + "\n")
            wanted = wanted or answers(path)
            for query in wanted:
                text = tables.replace("${EVENTS}", path)
                text += open(f"{CASES}/queries/{query}.sql").read()
                script = f"{home}/{query}.sql"
                with open(script, "w") as file:
                    file.write(text)
                for settings in SETTINGS:
                    check(query, wanted[query], script, name, settings)
    print("all equal")


def check(query, want, script, order, settings):
    options = [x for s in settings for x in ("--set", s)]
    done = herald("sql", "-f", script, "--json", *options)
    got = result_of(done.stdout)
    assert got == want, (query, order, settings,
                         "missing", list((want - got).items())[:2],
                         "extra", list((got - want).items())[:2])


main()
