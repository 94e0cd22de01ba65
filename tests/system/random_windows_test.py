"""Random queries over windows and event time, as random_sql_test.py: what a
window is, DuckDB is told in its own words. No row comes late.
random_windows_test.py SEED [QUERIES]."""

import sys

from random_sql_test import Generator, compare, seed_and_count
from sql_cases import Record

QUERIES = 80
EARLY = {"table.exec.emit.early-fire.enabled": "true"}
DELAY = "table.exec.emit.early-fire.delay"
LATENESS = "table.exec.emit.allow-lateness"
EPOCH = "TIMESTAMP '1970-01-01 00:00:00'"


def seconds(n):
    return f"INTERVAL '{n}' SECOND"


def bucket(size, offset=0):
    return (f"time_bucket({seconds(size)}, ts, {EPOCH} + {seconds(offset)})")


def tumble(name, size, offset=0):
    """A source of windows, for Herald and for DuckDB."""
    shift = f", {seconds(offset)}" if offset else ""
    start = bucket(size, offset)
    return (f"TABLE(TUMBLE(TABLE {name}, DESCRIPTOR(ts), {seconds(size)}"
            f"{shift}))",
            f"(SELECT *, {start} AS window_start, {start} + {seconds(size)} "
            f"AS window_end FROM {name})")


def several(kind, name, step, size):
    """HOP and CUMULATE: a row is in several windows."""
    ours = (f"TABLE({kind}(TABLE {name}, DESCRIPTOR(ts), {seconds(step)}, "
            f"{seconds(size)}))")
    if kind == "HOP":
        first, start = bucket(step), f"first + to_seconds(-i * {step})"
        end, inside = f"{start} + {seconds(size)}", ""
    else:
        first, start = bucket(size), "first"
        end = f"first + to_seconds((i + 1) * {step})"
        inside = f" WHERE ts < {end}"
    theirs = (f"(SELECT *, {start} AS window_start, {end} AS window_end FROM "
              f"(SELECT *, {first} AS first FROM {name}), "
              f"range({size // step}) AS steps(i){inside})")
    return ours, theirs


def session(name, key, gap):
    part = f"PARTITION BY {key}"
    return (f"TABLE(SESSION(TABLE {name} {part}, DESCRIPTOR(ts), "
            f"{seconds(gap)}))",
            f"(SELECT *, MIN(ts) OVER ({part}, n) AS window_start, "
            f"MAX(ts) OVER ({part}, n) + {seconds(gap)} AS window_end FROM "
            f"(SELECT *, COUNT(*) FILTER (WHERE before IS NULL) OVER ({part} "
            f"ORDER BY ts) AS n FROM (SELECT *, MAX(ts) OVER ({part} ORDER BY "
            f"ts RANGE BETWEEN {seconds(gap)} PRECEDING AND INTERVAL '1' "
            f"MICROSECOND PRECEDING) AS before FROM {name})))")


class Windows(Generator):
    """Pairs of queries: for Herald, for DuckDB."""

    def __init__(self, seed):
        super().__init__(seed)
        self.emits = self.maybe(0.5)  # results before and after the end

    def varied(self, settings):
        result = super().varied(settings)
        if self.emits:
            more = [{**EARLY, DELAY: self.one("0 s", "5 ms")},
                    {LATENESS: self.one("1 s", "30 s")}]
            for x in self.random.sample(more, self.random.randint(1, 2)):
                result.update(x)
        return result

    def table(self, name, rows):
        result = super().table(name, rows)
        result.rows = [x[:-2] + "2026-01-01 00:00:30" if x.endswith("\\N")
                       else x for x in result.rows]
        result.text += f", WATERMARK FOR ts AS ts - {seconds(60)}"
        return result

    def exact_aggregate(self):
        while True:
            call = self.aggregate("w")
            if "x)" not in call:
                return call

    def group(self, source=None, t=None):
        name = self.one("r", "q")
        kind = self.one("TUMBLE", "HOP", "CUMULATE", "SESSION")
        keys = self.random.sample(["w.k", "w.s", "w.f"],
                                  self.random.randint(0, 2))
        if kind == "TUMBLE":
            sources = tumble(name, *self.one((1, 0), (7, 3), (10, 0), (30, 7)))
        elif kind == "SESSION":
            key = self.one("k", "s", "f")
            if self.emits or self.maybe(0.7):  # else of other keys
                keys = [f"w.{key}"]
            sources = session(name, key, self.random.randint(1, 4))
        else:
            sources = several(self.one("HOP", "CUMULATE"), name,
                              *self.one((5, 10), (2, 10), (10, 10), (3, 21)))
        keys = ["w.window_start", "w.window_end"] + keys
        calls = [f"{self.exact_aggregate()} AS c{i}"
                 for i in range(self.random.randint(1, 3))]
        where = "" if kind == "SESSION" else self.where("w")
        return [f"SELECT {', '.join(keys + calls)} FROM {x} AS w{where} "
                f"GROUP BY {', '.join(keys)}" for x in sources]

    def join(self):
        size = self.one(5, 10)
        kind = self.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
        more = self.one("", " AND a.b < c.b", " AND a.f")
        return [f"SELECT a.k, a.s, a.window_end AS e, c.b, c.d, "
                f"c.window_start AS s2 FROM (SELECT * FROM {x}) a {kind} "
                f"(SELECT * FROM {y}) c ON a.window_start = c.window_start "
                f"AND a.window_end = c.window_end AND a.k = c.k{more}"
                for x, y in zip(tumble("r", size), tumble("q", size))]

    def top(self):
        part = self.one("", ", k", ", f")
        order = self.one("b DESC, ts, s, k, d, x", "d, ts DESC, s, k, b, x")
        return [f"SELECT k, b, d, ts, window_end, n FROM (SELECT *, "
                f"ROW_NUMBER() OVER (PARTITION BY window_start, window_end"
                f"{part} ORDER BY {order}) AS n FROM {x}) WHERE n <= 2"
                for x in tumble(self.one("r", "q"), self.one(5, 20))]

    def near(self):
        low, high = self.one((0, 5), (-3, 3), (2, 9), (-10, -1))
        kind = self.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
        bound = [f"a.ts {'-' if n < 0 else '+'} {seconds(abs(n))}"
                 for n in (low, high)]
        return [f"SELECT a.k, a.s, a.ts AS t1, c.ts AS t2, c.b, c.d FROM r a "
                f"{kind} q c ON a.k = c.k AND c.ts BETWEEN {bound[0]} AND "
                f"{bound[1]}"] * 2

    def over(self):
        part = self.one("PARTITION BY k ", "")
        frame = self.one("", f" RANGE BETWEEN {seconds(5)} PRECEDING AND "
                             "CURRENT ROW")
        call = self.one("COUNT(*)", "SUM(b)", "MIN(d)", "MAX(s)",
                        "COUNT(DISTINCT k)", "SUM(d) FILTER (WHERE f)")
        return [f"SELECT k, s, ts, {call} OVER ({part}ORDER BY ts{frame}) AS c "
                f"FROM {self.one('r', 'q')}"] * 2

    def query(self):
        make = self.one(self.group, self.group, self.group, self.join,
                        self.top, self.near, self.over)
        ours, theirs = make()
        return Record("query", [], 0, ours), theirs


def main():
    seed, count = seed_and_count(QUERIES)
    return 1 if compare(Windows(seed), count) else 0


if __name__ == "__main__":
    sys.exit(main())
