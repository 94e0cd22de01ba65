"""Nexmark queries without an answer of Flink's agree with a DuckDB translation
of them over the same frozen input, for several parallelisms, batch sizes and
orders of arrival. Needs ../shared."""

import collections
import gzip
import os

from nexmark_cases import (CASES, SETTINGS, check_rows, result_of, script_of,
                           shuffled, value_text)
from support import folder, herald, skip

try:
    import duckdb
except ModuleNotFoundError:
    skip("duckdb is not installed: run ./tools/dev setup")

TEXT = "strftime({}, '%Y-%m-%d %H:%M:%S.%g')"
TIME = TEXT.format("dateTime")

VIEWS = """
CREATE TABLE events AS SELECT * FROM read_json('{path}', columns = {{
  event_type: 'INT',
  person: 'STRUCT(id BIGINT, "name" VARCHAR, emailAddress VARCHAR,
    creditCard VARCHAR, city VARCHAR, state VARCHAR, dateTime TIMESTAMP,
    extra VARCHAR)',
  auction: 'STRUCT(id BIGINT, itemName VARCHAR, description VARCHAR,
    initialBid BIGINT, reserve BIGINT, dateTime TIMESTAMP, expires TIMESTAMP,
    seller BIGINT, category BIGINT, extra VARCHAR)',
  bid: 'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR,
    url VARCHAR, dateTime TIMESTAMP, extra VARCHAR)'}});
CREATE VIEW person AS SELECT unnest(person) FROM events WHERE event_type = 0;
CREATE VIEW auction AS SELECT unnest(auction) FROM events WHERE event_type = 1;
CREATE VIEW bid AS SELECT unnest(bid) FROM events WHERE event_type = 2;
"""

LEVELS = """count(*), count(*) FILTER (price < 10000),
  count(*) FILTER (price >= 10000 AND price < 1000000),
  count(*) FILTER (price >= 1000000)"""
DISTINCT = """count(DISTINCT {0}), count(DISTINCT {0}) FILTER (price < 10000),
  count(DISTINCT {0}) FILTER (price >= 10000 AND price < 1000000),
  count(DISTINCT {0}) FILTER (price >= 1000000)"""
CHANNEL = "nullif(regexp_extract(url, '(&|^)channel_id=([^&]*)', 2), '')"

# What the queries mean, in DuckDB's words. Ranks of equal prices go by time.
QUERIES = {
    "q0": f"SELECT auction, bidder, price, {TIME}, extra FROM bid",
    "q1": f"""SELECT auction, bidder, 0.908 * price, {TIME}, extra FROM bid""",
    "q6": """
        SELECT seller, CAST(sum(price) OVER w AS BIGINT) // count(*) OVER w
        FROM (SELECT A.id, A.seller, B.price, B.dateTime,
                row_number() OVER (PARTITION BY A.id, A.seller
                                   ORDER BY B.price DESC, B.dateTime) AS place
              FROM auction A JOIN bid B ON A.id = B.auction
                AND B.dateTime BETWEEN A.dateTime AND A.expires)
        WHERE place <= 1
        WINDOW w AS (PARTITION BY seller ORDER BY dateTime
                     ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)""",
    "q7": f"""
        SELECT B.auction, B.price, B.bidder, {TEXT.format('B.dateTime')},
          B.extra
        FROM bid B JOIN (
          SELECT max(price) AS price,
            time_bucket(INTERVAL 10 SECOND, dateTime) + INTERVAL 10 SECOND
              AS ends
          FROM bid GROUP BY ends) W
        ON B.price = W.price
          AND B.dateTime BETWEEN W.ends - INTERVAL 10 SECOND AND W.ends""",
    "q10": f"""
        SELECT auction, bidder, price, {TIME}, extra,
          strftime(dateTime, '%Y-%m-%d'), strftime(dateTime, '%H:%M')
        FROM bid""",
    # By processing time: in which window a bid is counted is not fixed.
    "q12": "SELECT bidder, count(*) FROM bid GROUP BY bidder",
    "q14": f"""
        SELECT auction, bidder, 0.908 * price AS cents,
          CASE WHEN hour(dateTime) BETWEEN 8 AND 18 THEN 'dayTime'
            WHEN hour(dateTime) <= 6 OR hour(dateTime) >= 20 THEN 'nightTime'
            ELSE 'otherTime' END,
          {TIME}, extra, length(extra) - length(replace(extra, 'c', ''))
        FROM bid
        WHERE cents > 1000000 AND cents < 50000000""",
    "q16": f"""
        SELECT channel, strftime(dateTime, '%Y-%m-%d') AS day,
          max(strftime(dateTime, '%H:%M')), {LEVELS},
          {DISTINCT.format('bidder')}, {DISTINCT.format('auction')}
        FROM bid GROUP BY channel, day""",
    "q17": f"""
        SELECT auction, strftime(dateTime, '%Y-%m-%d') AS day, {LEVELS},
          min(price), max(price), CAST(sum(price) AS BIGINT) // count(*),
          CAST(sum(price) AS BIGINT)
        FROM bid GROUP BY auction, day""",
    "q19": f"""
        SELECT auction, bidder, price, channel, url, {TIME}, extra,
          row_number() OVER (PARTITION BY auction
                             ORDER BY price DESC, dateTime) AS place
        FROM bid QUALIFY place <= 10""",
    "q21": f"""
        SELECT auction, bidder, price, channel,
          CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1'
            WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3'
            ELSE {CHANNEL} END
        FROM bid
        WHERE {CHANNEL} IS NOT NULL
          OR lower(channel) IN ('apple', 'google', 'facebook', 'baidu')""",
    "q23": f"""
        SELECT bidder, price, channel, url, B.extra, P.id, name, emailAddress,
          creditCard, city, state, P.extra, itemName, description, initialBid,
          reserve, {TEXT.format('A.dateTime')}, {TEXT.format('expires')},
          seller, category, A.extra
        FROM bid B JOIN person P ON P.id = B.bidder
          JOIN auction A ON A.seller = B.bidder""",
}


def counts_by_bidder(rows):
    """Rows of q12, whatever their windows."""
    counts = collections.Counter()
    for row, times in rows.items():
        counts[row[0]] += int(row[1]) * times
    return collections.Counter((x, str(n)) for x, n in counts.items())


def main():
    if not os.path.isdir(CASES):
        skip("../shared/cases is not here")
    with gzip.open(f"{CASES}/events.json.gz", "rt") as file:
        events = file.read().splitlines()
    with folder() as home:
        paths = {}
        for name, lines in {"in order": events,
                            "seed 9": shuffled(events, 9)}.items():
            paths[name] = f"{home}/{name.replace(' ', '-')}.json"
            with open(paths[name], "w") as file:
                file.write("\n".join(lines) + "\n")
        duckdb.sql(VIEWS.format(path=paths["in order"]))
        for query, truth in QUERIES.items():
            want = collections.Counter(
                tuple(value_text(x) for x in row)
                for row in duckdb.sql(truth).fetchall())
            for (name, path), settings in zip(paths.items(), SETTINGS[1:]):
                script = script_of(query, path, home)
                options = [x for s in settings for x in ("--set", s)]
                done = herald("sql", "-f", script, "--json", *options)
                got = result_of(done.stdout)
                if query == "q12":
                    got = counts_by_bidder(got)
                check_rows(got, want, (query, name, settings))
    print("all agree")


main()
