"""Nexmark queries that have no answer of Flink's, in DuckDB's words."""

BIDS = """
CREATE TABLE bid AS
SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid."dateTime" AS ts,
       bid.extra
FROM read_json('{path}', format = 'newline_delimited', columns = {{
  event_type: 'INTEGER',
  bid: 'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR,
               "dateTime" TIMESTAMP, extra VARCHAR)'}})
WHERE event_type = 2;
"""

RANKS = """
count(*) FILTER (price < 10000),
count(*) FILTER (price >= 10000 AND price < 1000000),
count(*) FILTER (price >= 1000000)"""

PEOPLE = """
count(DISTINCT {0}),
count(DISTINCT {0}) FILTER (price < 10000),
count(DISTINCT {0}) FILTER (price >= 10000 AND price < 1000000),
count(DISTINCT {0}) FILTER (price >= 1000000)"""

QUERIES = {
    # The bounds of BETWEEN belong to it, so the maximum of a window can meet
    # a bid at the very end.
    "q7": """
SELECT b.auction, b.price, b.bidder,
       strftime(b.ts, '%Y-%m-%d %H:%M:%S.%g'), b.extra
FROM bid AS b
JOIN (SELECT max(price) AS price,
             time_bucket(INTERVAL 10 SECOND, ts) + INTERVAL 10 SECOND AS stop
      FROM bid GROUP BY stop) AS m
ON b.price = m.price AND b.ts BETWEEN m.stop - INTERVAL 10 SECOND AND m.stop
""",
    "q16": f"""
SELECT channel, strftime(ts, '%Y-%m-%d') AS "day",
       max(strftime(ts, '%H:%M')), count(*), {RANKS},
       {PEOPLE.format('bidder')}, {PEOPLE.format('auction')}
FROM bid GROUP BY channel, "day"
""",
    "q17": f"""
SELECT auction, strftime(ts, '%Y-%m-%d') AS "day", count(*), {RANKS},
       min(price), max(price), sum(price) // count(*), sum(price)
FROM bid GROUP BY auction, "day"
""",
}


def rows_of(duckdb, events_path):
    """The rows of each query, as lists of texts."""
    connection = duckdb.connect()
    connection.execute(BIDS.format(path=events_path))
    return {name: [[None if x is None else str(x) for x in row]
                   for row in connection.execute(text).fetchall()]
            for name, text in QUERIES.items()}
