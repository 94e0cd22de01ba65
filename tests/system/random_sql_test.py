"""Random tables and queries: Herald at several parallelisms and batch sizes,
with state that moves from one to another, and DuckDB give the same final rows.
The seed is printed; to run one again: random_sql_test.py SEED [QUERIES]."""

import os
import random
import sys

from sql_cases import (NULL_ORDER, PHASES, SETTINGS, SPLIT, Record,
                       duckdb_declare, duckdb_text, run)
from sql_values import Answer
from support import folder, skip

try:
    import duckdb
except ImportError:
    skip("there is no DuckDB for Python: tools/dev setup installs it")

QUERIES = 120
COLUMNS = {"k": "INT", "b": "BIGINT", "s": "STRING", "d": "DECIMAL(8, 2)",
           "x": "DOUBLE", "f": "BOOLEAN", "ts": "TIMESTAMP(3)"}
NUMBERS = ("k", "b", "d")  # exact ones: sums of doubles depend on the order


class Generator:
    """Queries whose meaning Flink and DuckDB share: no integer division, no
    AVG of integers, no order of floating-point sums beyond 12 digits."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        return self.random.choice(choices)

    def maybe(self, share):
        return self.random.random() < share

    def varied(self, settings):
        """The settings with another plan of aggregations."""
        result = {k: v for k, v in settings.items() if k not in SPLIT}
        result[PHASES] = self.one("AUTO", "ONE_PHASE", "TWO_PHASE")
        return {**result, **SPLIT} if self.maybe(0.4) else result

    # -- rows ------------------------------------------------------------------

    def value(self, kind):
        r = self.random
        if self.maybe(0.15):
            return "\\N"
        if kind in ("INT", "BIGINT"):
            return str(r.randint(-3, 6))
        if kind == "STRING":
            return self.one("", "a", "b", "ab", "A", "ä", "zz", "a b")
        if kind.startswith("DECIMAL"):
            return f"{r.randint(-500, 500) / 100:.2f}"
        if kind == "DOUBLE":
            return str(r.randint(-8, 8) / 4)
        if kind == "BOOLEAN":
            return self.one("true", "false")
        return f"2026-01-01 00:00:{r.randint(0, 59):02d}.{r.randint(0, 999):03d}"

    def row(self):
        return "|".join(self.value(kind) for kind in COLUMNS.values())

    def table(self, name, rows):
        lines = [self.row() for _ in range(rows)]
        lines += self.random.sample(lines, len(lines) // 5)  # duplicates
        text = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        if self.maybe(0.5):
            return Record("table", [name], 0, text, None, lines)
        return Record("table", [name, "changes"], 0, text, None,
                      self.changing(lines))

    def changing(self, rows):
        """Changes that insert the rows, and update and delete some."""
        result, here = [], []
        for row in rows:
            result.append(f"+I|{row}")
            here.append(row)
            while self.maybe(0.3) and here:
                old = here.pop(self.random.randrange(len(here)))
                if self.maybe(0.4):
                    result.append(f"-D|{old}")
                    continue
                here.append(self.row())
                result += [f"-U|{old}", f"+U|{here[-1]}"]
        return result

    # -- expressions -----------------------------------------------------------

    def number(self, t, depth=2):
        r = self.random
        if depth == 0 or self.maybe(0.4):
            return self.one(*(f"{t}.{c}" for c in NUMBERS), str(r.randint(-2, 4)))
        a, b = self.number(t, depth - 1), self.number(t, depth - 1)
        return self.one(f"({a} + {b})", f"({a} - {b})",
                        f"COALESCE({a}, {b})", f"NULLIF({a}, {b})",
                        f"ABS({a})",
                        f"CASE WHEN {self.condition(t, 0)} THEN {a} "
                        f"ELSE {b} END")

    def text(self, t, depth=1):
        if depth == 0 or self.maybe(0.5):
            return self.one(f"{t}.s", f"{t}.s", "'a'")
        a = self.text(t, depth - 1)
        return self.one(f"UPPER({a})", f"LOWER({a})", f"({a} || 'x')",
                        f"COALESCE({a}, '-')", f"TRIM({a})")

    def condition(self, t, depth=2):
        if depth == 0 or self.maybe(0.4):
            compare = self.one("=", "<>", "<", "<=", ">", ">=")
            a = self.number(t, min(depth, 1))
            b = self.number(t, min(depth, 1))
            s = self.text(t, 0)
            return self.one(
                f"{a} {compare} {b}", f"{a} {compare} {b}", f"{t}.f",
                f"{t}.s {compare} {s}", f"{t}.x {compare} 0.5",
                f"{t}.k IS NULL", f"{t}.s IS NOT NULL",
                f"{t}.k IN (1, 2, {self.random.randint(-3, 6)})",
                f"{t}.k NOT IN (0, 4)", f"{t}.b BETWEEN -1 AND {b}",
                f"{t}.s LIKE 'a%'", f"{t}.s NOT LIKE '%b'",
                f"{t}.k IS DISTINCT FROM {t}.b")
        a, b = self.condition(t, depth - 1), self.condition(t, depth - 1)
        return self.one(f"({a} AND {b})", f"({a} OR {b})", f"NOT ({a})")

    def where(self, t):
        return f" WHERE {self.condition(t)}" if self.maybe(0.6) else ""

    # -- queries ---------------------------------------------------------------

    def aggregate(self, t):
        c = self.one(*NUMBERS)
        some = f" FILTER (WHERE {self.condition(t, 1)})" if self.maybe(0.3) \
            else ""
        return self.one("COUNT(*)", f"COUNT({t}.{c})", f"SUM({t}.{c})",
                        f"MIN({t}.{c})", f"MAX({t}.{c})", f"MIN({t}.s)",
                        f"MAX({t}.ts)", f"COUNT(DISTINCT {t}.{c})",
                        f"SUM(DISTINCT {t}.{c})", f"COUNT(DISTINCT {t}.s)",
                        f"AVG({t}.x)", f"SUM({t}.x)",
                        f"AVG(DISTINCT {t}.x)") + some

    def keys(self, t):
        keys = self.random.sample(
            [f"{t}.k", f"{t}.s", f"{t}.f", f"{t}.b + 1", f"{t}.d"],
            self.random.randint(1, 2))
        return keys

    def plain(self):
        return (f"SELECT {self.number('r')} AS a, {self.text('r')} AS c, "
                f"r.ts, r.x FROM r{self.where('r')}")

    def group(self, source="r", t="r"):
        keys = self.keys(t)
        names = [f"{x} AS g{i}" for i, x in enumerate(keys)]
        calls = [f"{self.aggregate(t)} AS c{i}"
                 for i in range(self.random.randint(1, 4))]
        having = f" HAVING COUNT(*) {self.one('>', '<=')} 2" \
            if self.maybe(0.3) else ""
        return (f"SELECT {', '.join(names + calls)} FROM {source}"
                f"{self.where(t)} GROUP BY {', '.join(keys)}{having}")

    def twice(self):
        key = self.one("r.k", "r.s", "r.f")
        call = self.one("COUNT(*)", "SUM(r.b)", "MAX(r.k)", "MIN(r.d)")
        outer = self.one("COUNT(*)", "SUM(i.n)", "MAX(i.n)", "MIN(i.n)",
                         "COUNT(DISTINCT i.n)")
        inner = (f"SELECT {key} AS g, {call} AS n FROM r{self.where('r')} "
                 f"GROUP BY {key}")
        if self.maybe(0.5):
            return f"SELECT i.n, COUNT(*) AS c FROM ({inner}) i GROUP BY i.n"
        return f"SELECT i.g IS NULL AS e, {outer} AS c FROM ({inner}) i " \
               "GROUP BY i.g IS NULL"

    def on(self):
        key = self.one("r.k = q.k", "r.k = q.b", "r.s = q.s",
                       "r.k = q.k AND r.s = q.s", "r.b + 1 = q.b")
        if self.maybe(0.4):
            key += self.one(" AND r.d < q.d", " AND r.x <> q.x",
                            " AND r.b < 3", " AND q.f")
        return key

    def join(self):
        kind = self.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
        return (f"SELECT r.k, r.s, q.b, q.d FROM r {kind} q ON {self.on()}"
                f"{self.where('r')}")

    def join_then_group(self):
        kind = self.one("JOIN", "LEFT JOIN")
        inner = f"SELECT r.*, q.b AS qb FROM r {kind} q ON {self.on()}"
        return self.group(f"({inner}) AS j", "j")

    def group_then_join(self):
        a = "SELECT k, COUNT(*) AS n, SUM(d) AS t FROM r GROUP BY k"
        b = f"SELECT k, MAX(b) AS m FROM q{self.where('q')} GROUP BY k"
        return (f"SELECT x.k, x.n, x.t, y.m FROM ({a}) x {self.one('JOIN', 'LEFT JOIN', 'FULL JOIN')} "
                f"({b}) y ON x.k = y.k")

    def union(self):
        both = self.one("UNION ALL", "UNION", "INTERSECT", "INTERSECT ALL",
                        "EXCEPT", "EXCEPT ALL")
        return (f"SELECT k, s FROM r{self.where('r')} {both} "
                f"SELECT k, s FROM q{self.where('q')}")

    def semi(self):
        some = self.one("", "NOT ")
        if self.maybe(0.5):
            key = self.one("k", "b", "s")
            test = f"r.{key} {some}IN (SELECT {key} FROM q{self.where('q')})"
        else:
            test = f"{some}EXISTS (SELECT 1 FROM q WHERE {self.on()})"
        more = f" AND {self.condition('r', 1)}" if self.maybe(0.4) else ""
        return f"SELECT r.k, r.s, r.b FROM r WHERE {test}{more}"

    def scalar(self):
        call = self.one("MAX(q.k)", "MIN(q.b)", "COUNT(*)", "SUM(q.b)")
        same = self.one("", " WHERE q.k = r.k", " WHERE q.s = r.s")
        return f"SELECT r.k, r.s, (SELECT {call} FROM q{same}) AS m FROM r"

    def inside(self):
        """Subqueries where any expression may stand."""
        key = self.one("k", "b", "s")
        some = self.one("", "NOT ")
        test = self.one(
            f"r.{key} {some}IN (SELECT {key} FROM q{self.where('q')})",
            f"{some}EXISTS (SELECT 1 FROM q WHERE q.{key} = r.{key})",
            f"r.b {self.one('<', '>=')} (SELECT MAX(q.b) FROM q WHERE "
            f"q.{key} = r.{key})")
        if self.maybe(0.4):
            return f"SELECT r.k, r.s, {test} AS c FROM r{self.where('r')}"
        if self.maybe(0.3):
            return (f"SELECT r.{key}, COUNT(*) AS c, (SELECT COUNT(*) FROM q "
                    f"WHERE q.{key} = r.{key}) AS n FROM r{self.where('r')} "
                    f"GROUP BY r.{key}")
        return (f"SELECT r.k, r.s, r.b FROM r WHERE {test} "
                f"OR {self.condition('r', 1)}")

    def order(self):
        keys = self.random.sample(["b", "d", "s", "ts", "x"], 2)
        return keys, ", ".join(
            f"{x} {self.one('ASC', 'DESC')} NULLS {self.one('FIRST', 'LAST')}"
            for x in keys)

    def top(self):
        keys, order = self.order()
        part = self.one("PARTITION BY k ", "PARTITION BY f ", "")
        n = self.random.randint(1, 4)
        rank = self.one(", n", "")
        names = ", ".join(["k" if "k" in part else "f"] if part else []) \
            or keys[0]
        names = ", ".join(dict.fromkeys([names] + keys))
        return (f"SELECT {names}{rank} FROM (SELECT *, ROW_NUMBER() OVER "
                f"({part}ORDER BY {order}) AS n FROM r{self.where('r')}) "
                f"WHERE n <= {n}")

    def top_of_group(self):
        call = self.one("COUNT(*)", "SUM(b)", "MAX(d)")
        n = self.random.randint(1, 3)
        return (f"SELECT c FROM (SELECT c, ROW_NUMBER() OVER (ORDER BY c "
                f"{self.one('ASC', 'DESC')} NULLS LAST) AS n FROM "
                f"(SELECT s, {call} AS c FROM r GROUP BY s)) WHERE n <= {n}")

    def over(self):
        call = self.one("COUNT(*)", "SUM(b)", "MIN(d)", "MAX(s)", "COUNT(k)")
        part = self.one("PARTITION BY k ", "PARTITION BY s ", "")
        return (f"SELECT k, s, ts, {call} OVER ({part}ORDER BY ts "
                f"NULLS FIRST) AS c FROM r{self.where('r')}")

    def grouping(self):
        sets = self.one("ROLLUP (k, s)", "CUBE (k, f)",
                        "GROUPING SETS ((k), (s), ())",
                        "GROUPING SETS ((k, f), (f))")
        names = "k, f" if "f" in sets else "k, s"
        return (f"SELECT {names}, COUNT(*) AS c, SUM(b) AS t FROM r"
                f"{self.where('r')} GROUP BY {sets}")

    def distinct(self):
        return f"SELECT DISTINCT {', '.join(self.keys('r'))} FROM r" \
               f"{self.where('r')}"

    def query(self):
        """A record, and the same for DuckDB."""
        make = self.one(self.plain, self.group, self.group, self.twice,
                        self.join, self.join_then_group, self.group_then_join,
                        self.union, self.distinct, self.semi, self.scalar,
                        self.inside, self.top, self.top_of_group, self.over,
                        self.grouping)
        text = make()
        return Record("query", [], 0, text), duckdb_text(text)


def compare(generator, count):
    """The number of queries and settings that give something else."""
    tables = [generator.table("r", 60), generator.table("q", 25)]
    connection = duckdb.connect()
    connection.execute(f"SET default_null_order = '{NULL_ORDER}'")
    for table in tables:
        duckdb_declare(connection, table)
    records, expected = list(tables), {}
    while len(expected) < count:
        record, theirs = generator.query()
        expected[len(records)] = Answer.of_duckdb(connection, theirs)
        records.append(record)
    for table in tables:
        print(f"table {table.words}: {len(table.rows)} rows")
    empty = sum(not x.rows for x in expected.values())
    print(f"{empty} of them have an empty answer")
    failures = 0
    with folder() as home:
        for settings in SETTINGS:
            settings = generator.varied(settings)
            results = run(records, home, settings)
            assert results.keys() == expected.keys()
            for i, got in results.items():
                wrong = got.strip().split("\n")[0] if isinstance(got, str) \
                    else expected[i].wrong(got)
                if not wrong:
                    continue
                failures += 1
                print(f"{settings}: {records[i].text}\n    {wrong}")
    return failures


def seed_and_count(count):
    """What the command line asks for."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 \
        else int.from_bytes(os.urandom(4), "little")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else count
    print(f"seed {seed}, {count} queries", flush=True)
    return seed, count


def main():
    seed, count = seed_and_count(QUERIES)
    return 1 if compare(Generator(seed), count) else 0


if __name__ == "__main__":
    sys.exit(main())
