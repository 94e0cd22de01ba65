"""What the tests of Nexmark share: where the cases lie, scripts, orders of
arrival, results."""

import collections
import json
import os
import random

from support import HERALD

CASES = "../shared/cases/nexmark"
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


def shuffled(events, seed):
    order = random.Random(seed)
    keyed = [(i + order.uniform(0, DISORDER_MS), x)
             for i, x in enumerate(events)]
    return [x for _, x in sorted(keyed)]


def script_of(query, path, home):
    """A file with the tables over the events at `path`, and the query."""
    text = open(f"{CASES}/queries/tables.sql").read()
    text = text.replace("${EVENTS}", path)
    if query == "q14":
        library = os.path.join(os.path.dirname(os.path.abspath(HERALD)),
                               "libexample_functions.so")
        text += ("CREATE FUNCTION count_char AS 'count_char' LANGUAGE CPP "
                 f"USING LIBRARY '{library}';\n")
    text += open(f"{CASES}/queries/{query}.sql").read()
    script = f"{home}/{query}.sql"
    with open(script, "w") as file:
        file.write(text)
    return script


def check_rows(got, want, about):
    assert got == want, (*about, "missing", list((want - got).items())[:2],
                         "extra", list((got - want).items())[:2])
