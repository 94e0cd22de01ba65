"""Nexmark queries over the frozen input equal Flink's answers, for several
parallelisms, batch sizes and orders of arrival. Needs ../shared."""

import collections
import gzip
import os
import re

from nexmark_cases import (CASES, SETTINGS, check_rows, result_of, script_of,
                           shuffled)
from support import folder, herald, skip

QUERIES = ["q2", "q3", "q4", "q5", "q8", "q9", "q11", "q15", "q18", "q20",
           "q22"]


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


def main():
    if not os.path.isdir(CASES):
        skip("../shared/cases is not here")
    with gzip.open(f"{CASES}/events.json.gz", "rt") as file:
        events = file.read().splitlines()
    with folder() as home:
        orders = {"in order": events, "seed 7": shuffled(events, 7)}
        for name, lines in orders.items():
            path = f"{home}/{name.replace(' ', '-')}.json"
            with open(path, "w") as file:
                file.write("\n".join(lines) + "\n")
            for query in QUERIES:
                script = script_of(query, path, home)
                for settings in SETTINGS:
                    check(query, script, name, settings)
    print("all equal")


def check(query, script, order, settings):
    options = [x for s in settings for x in ("--set", s)]
    done = herald("sql", "-f", script, "--json", *options)
    check_rows(result_of(done.stdout), expected(query),
               (query, order, settings))


main()
