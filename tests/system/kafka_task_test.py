"""Tasks of a node count Nexmark's bids by windows, from topic to topic. Their
results equal what DuckDB computes over the same records, for several numbers
of partitions and sizes of batches, with the records shuffled as far as the
watermark allows."""

import collections
import datetime
import gzip
import json
import os
import random
import time

from kafka_support import Topics
from support import Node, brokers, folder, herald, json_lines, skip, until

try:
    import duckdb
except ImportError:
    skip("duckdb is not installed: run ./tools/dev setup")

FROZEN = "../shared/cases/nexmark/events.json.gz"
EVENTS = 20_000
EVENT_MS = 3.7  # between two events: 74 s of event time, with no round border
PARTITIONS = {1: 1, 3: 2, 8: 3}  # and the parallelism of the tasks that read
BATCHES = [1, 7, 4096]
DISORDER_MS = 3900  # the watermark allows 4 s
SECONDS_MAX = 120  # for one step of a task

EVENT_FIELDS = """event_type INT,
  person ROW<id BIGINT, name STRING, `dateTime` TIMESTAMP(3)>,
  auction ROW<id BIGINT, itemName STRING, seller BIGINT, category BIGINT,
              `dateTime` TIMESTAMP(3)>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING,
          `dateTime` TIMESTAMP(3)>"""

TASK = """
CREATE TABLE nexmark ({fields},
  `dateTime` AS CASE event_type WHEN 0 THEN person.`dateTime`
    WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ('connector' = 'kafka', 'topic' = '{source}', 'format' = 'json',
        'properties.bootstrap.servers' = '{servers}',
        {more}
        'scan.startup.mode' = 'earliest-offset');
CREATE VIEW bids AS
SELECT UPPER(bid.channel) AS channel, bid.bidder AS bidder,
       CAST(0.908 * bid.price AS DECIMAL(20, 2)) AS euros,
       CAST(bid.price AS STRING) AS price_text, `dateTime`
FROM nexmark
WHERE event_type = 2 AND bid.price >= 200 AND bid.channel <> 'Baidu';
CREATE TABLE counts (
  window_start TIMESTAMP(3), window_end TIMESTAMP(3), channel STRING,
  bids BIGINT, bidders BIGINT, euros DECIMAL(38, 2), highest DECIMAL(20, 2),
  longest INT, latest TIMESTAMP(3)
) WITH ('connector' = 'kafka', 'topic' = '{sink}', 'format' = 'json',
        'properties.bootstrap.servers' = '{servers}');
INSERT INTO counts
SELECT window_start, window_end, channel, COUNT(*), COUNT(DISTINCT bidder),
       SUM(euros), MAX(euros), MAX(CHAR_LENGTH(price_text)), MAX(`dateTime`)
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, channel;"""

# What the task says, in DuckDB's words.
TRUTH = """
WITH bids AS (
  SELECT upper(bid.channel) AS channel, bid.bidder AS bidder,
         (0.908 * bid.price)::DECIMAL(20, 2) AS euros,
         bid.price::VARCHAR AS price_text, bid."dateTime" AS bid_time,
         time_bucket(INTERVAL 10 SECONDS, bid."dateTime") AS window_start
  FROM read_json('{path}', format = 'newline_delimited', columns = {{
    event_type: 'INT', bid: 'STRUCT(auction BIGINT, bidder BIGINT,
      price BIGINT, channel VARCHAR, "dateTime" TIMESTAMP)'}})
  WHERE event_type = 2 AND bid.price >= 200 AND bid.channel <> 'Baidu')
SELECT window_start, window_start + INTERVAL 10 SECONDS, channel, count(*),
       count(DISTINCT bidder), sum(euros), max(euros),
       max(length(price_text)), max(bid_time)
FROM bids GROUP BY window_start, channel"""


def time_text(ms):
    """As Nexmark writes it: without the zeros at the end."""
    at = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    text = f"{at:%Y-%m-%d %H:%M:%S}.{ms % 1000:03d}"
    return text.rstrip("0").rstrip(".")


def event(draw, number, ms):
    """One of Nexmark's events: of 50, one person, three auctions, 46 bids."""
    at = time_text(ms)
    kind = number % 50
    if kind == 0:
        return {"event_type": 0, "person": {
            "id": number, "name": "Zoë \"O'Neil\"", "dateTime": at}}
    if kind < 4:
        return {"event_type": 1, "auction": {
            "id": number, "itemName": "a\\b", "seller": draw.randrange(99),
            "category": 10 + draw.randrange(5), "dateTime": at}}
    channel = draw.choice(["Apple", "Google", "Facebook", "Baidu",
                           f"channel-{draw.randrange(30)}"])
    return {"event_type": 2, "bid": {
        "auction": draw.randrange(1000), "bidder": draw.randrange(5000),
        "price": round(10 ** draw.uniform(2, 8)), "channel": channel,
        "url": "https://example.org/?q=1", "dateTime": at}}


def generated(draw):
    begin = 1_767_225_600_000 + draw.randrange(10_000)
    return [(ms, json.dumps(event(draw, i, ms)))
            for i in range(EVENTS)
            for ms in [begin + int(i * EVENT_MS)]]


def frozen():
    """The suite's own events, which are 1 ms apart."""
    with gzip.open(FROZEN, "rt") as file:
        lines = file.read().splitlines()
    return list(enumerate(lines))


def last_bid():
    """Ends a partition: it closes all windows and is itself filtered out."""
    return json.dumps({"event_type": 2, "bid": {
        "auction": 1, "bidder": 1, "price": 0, "channel": "Apple",
        "dateTime": "2036-01-01 00:00:00"}})


def row_text(values):
    return tuple(f"{x:%Y-%m-%d %H:%M:%S}.{x.microsecond // 1000:03d}"
                 if isinstance(x, datetime.datetime) else str(x)
                 for x in values)


def truth_of(lines, home):
    path = f"{home}/events.json"
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    rows = duckdb.sql(TRUTH.format(path=path)).fetchall()
    return collections.Counter(row_text(x) for x in rows)


def rows_of(values):
    return collections.Counter(
        row_text(json.loads(x, parse_float=str).values()) for x in values)


class Input:
    """Records in a topic of so many partitions, in disorder."""

    def __init__(self, topics, name, timed, partitions, draw, used=None):
        self.topics, self.name, self.partitions = topics, name, partitions
        topics.create(name, partitions)
        disorder = [(ms + draw.uniform(0, DISORDER_MS), line)
                    for ms, line in timed]
        self.used = used or list(range(partitions))
        records = [(draw.choice(self.used), line)
                   for _, line in sorted(disorder)]
        self.records = len(records)
        topics.write(name, records)

    def end(self):
        self.topics.write(self.name, [(p, last_bid()) for p in self.used])

    def script(self, home, sink, bounded=False):
        self.topics.create(sink, 2)
        path = f"{home}/{sink}.sql"
        more = "'scan.bounded.mode' = 'latest-offset'," if bounded else ""
        with open(path, "w") as file:
            file.write(TASK.format(
                fields=EVENT_FIELDS, source=self.name, sink=sink, more=more,
                servers=self.topics.servers))
        return path


class Task:
    """One task of a node that reads an input."""

    def __init__(self, node, home, source, batch, *more):
        self.node, self.topics = node, source.topics
        self.name = f"{source.name}-by-{batch}"
        sets = [f"batch.size={batch}", *more,
                f"parallelism={PARTITIONS[source.partitions]}"]
        node.call("task", "create", self.name,
                  source.script(home, self.name),
                  *[x for one in sets for x in ("--set", one)])

    def state(self):
        done = self.node.call("task", "status", self.name)
        return json_lines(done.stdout)[0]["state"]

    def check(self, truth):
        try:
            until(f"all windows of {self.name}",
                  lambda: self.topics.count(self.name) >= truth.total(),
                  SECONDS_MAX)
        except AssertionError as error:  # how far is it?
            raise AssertionError(
                self.topics.count(self.name), truth.total(), self.node.call(
                    "task", "status", self.name).stdout) from error
        self.node.call("task", "stop", self.name)
        until(f"{self.name} is stopped", lambda: self.state() == "STOPPED",
              SECONDS_MAX)
        compare(self.name, rows_of(self.topics.read(self.name)), truth)


def compare(name, got, truth):
    assert got == truth, (name, "missing", list((truth - got).items())[:3],
                          "extra", list((got - truth).items())[:3])


def check_bounded(source, home, truth):
    """A run that ends where the topic ends closes its windows by itself, and
    the next one of that name has nothing left to read."""
    sink = source.name + "-bounded"
    script = source.script(home, sink, bounded=True)
    done = herald("run", "--json", script, "--set", "parallelism=2")
    summary = json.loads(done.stdout)
    assert summary["state"] == "FINISHED", summary
    assert summary["records_in"] == source.records, summary
    assert summary["records_out"] == truth.total(), summary
    compare(sink, rows_of(source.topics.read(sink)), truth)
    again = json.loads(herald("run", "--json", script).stdout)
    assert again["state"] == "FINISHED", again
    assert again["records_in"] == 0, again


NEWEST = """
CREATE TABLE bought (who STRING, much INT) WITH (
  'connector' = 'filesystem', 'path' = '{path}', 'format' = 'debezium-json');
CREATE TABLE sums (total INT, who STRING, PRIMARY KEY (total) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = '{topic}',
      'properties.bootstrap.servers' = '{servers}',
      'key.format' = 'json', 'value.format' = 'json',
      'scan.bounded.mode' = 'latest-offset');
INSERT INTO sums SELECT SUM(much), who FROM bought GROUP BY who;
SELECT total, who FROM sums;
"""


def check_newest(topics, name, home):
    """Two rows of a query may have one key of the sink: what the first leaves
    behind when it changes is the second."""
    path, topic = f"{home}/bought.json", f"{name}-newest"
    with open(path, "w") as file:
        for who, much in (("ann", 1), ("bob", 1), ("ann", 5)):
            file.write(json.dumps({"before": None, "op": "c", "after": {
                "who": who, "much": much}}) + "\n")
    topics.create(topic, 1)
    script = NEWEST.format(path=path, topic=topic, servers=topics.servers)
    rows = collections.Counter()
    for line in herald("sql", "--json", "--set", "batch.size=1",
                       "-e", script).stdout.splitlines():
        change = json.loads(line)
        rows[tuple(change["row"].values())] += (
            1 if change["op"] in ("+I", "+U") else -1)
    assert +rows == {(1, "bob"): 1, (6, "ann"): 1}, rows


VERSIONS = """
CREATE TABLE changes (cur STRING, rate INT, ts TIMESTAMP(3)) WITH (
  'connector' = 'filesystem', 'path' = '{home}/rates.json', 'format' = 'json');
CREATE TABLE orders (id INT, cur STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts) WITH (
  'connector' = 'filesystem', 'path' = '{home}/orders.json',
  'format' = 'json');
CREATE TABLE rates (cur STRING, rate INT, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts, PRIMARY KEY (cur) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'topic' = '{topic}',
      'properties.bootstrap.servers' = '{servers}', {more}
      'key.format' = 'json', 'value.format' = 'json',
      'scan.bounded.mode' = 'latest-offset');
INSERT INTO rates SELECT cur, rate, ts FROM changes;
SELECT o.id, r.rate FROM orders AS o
  JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.cur = r.cur;
"""
BUFFER = """'sink.buffer-flush.max-rows' = '1000',
            'sink.buffer-flush.interval' = '1 min',"""


def check_versions(topics, name, home):
    """A topic of upserts has every version of a row, unless they may wait."""
    def time(second):
        return f"2026-11-21 00:00:{second:02}"
    rates = [{"cur": cur, "rate": 10 * i + len(cur), "ts": time(2 * i)}
             for i in range(20) for cur in ("EUR", "CHFX")]
    orders = [{"id": 100 * i + len(cur), "cur": cur, "ts": time(2 * i + 1)}
              for i in range(20) for cur in ("EUR", "CHFX")]
    for file, rows in (("rates", rates), ("orders", orders)):
        with open(f"{home}/{file}.json", "w") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows)
    for kind, more in (("all", ""), ("few", BUFFER)):
        topic = f"{name}-versions-{kind}"
        topics.create(topic, 1)
        out = herald("sql", "--json", "-e", VERSIONS.format(
            home=home, topic=topic, servers=topics.servers, more=more)).stdout
        joined = sorted(tuple(json.loads(line)["row"].values())
                        for line in out.splitlines())
        want = [(100 * i + n, 10 * i + n) for i in range(20) for n in (3, 4)]
        if more:  # the last version of each is all that there is
            want = want[-2:]
        assert topics.count(topic) == (2 if more else len(rates)), kind
        assert joined == want, (kind, joined)


REPLACED = """
SET 'execution.runtime-mode' = 'batch';
CREATE TABLE said (v INT) WITH (
  'connector' = 'kafka', 'topic' = '{topic}', 'format' = 'json',
  'properties.bootstrap.servers' = '{servers}',
  'scan.bounded.mode' = 'latest-offset');
CREATE TABLE kept (v INT) WITH (
  'connector' = 'filesystem', 'path' = '{home}/kept', 'format' = 'json');
"""


def check_overwrite(topics, name, home):
    """INSERT OVERWRITE reads all of a topic however often it runs: it replaces
    what it wrote before."""
    topic, script = f"{name}-said", f"{home}/replace.sql"
    topics.create(topic, 1)
    text = REPLACED.format(topic=topic, servers=topics.servers, home=home)
    herald("sql", "-e", f"{text} INSERT INTO said VALUES (1), (2), (3);")
    with open(script, "w") as file:
        file.write(text + "INSERT OVERWRITE kept SELECT v FROM said;")
    for _ in range(2):
        summary = json.loads(herald("run", "--json", script).stdout)
        assert summary["records_in"] == 3, summary
    rows = herald("sql", "--json", "-e", text + "SELECT v FROM kept;").stdout
    assert len(rows.splitlines()) == 3, rows


def check_tasks(node, topics, name, timed, truth, home, draw):
    inputs = [Input(topics, f"{name}-{p}", timed, p, draw)
              for p in PARTITIONS]
    check_bounded(inputs[1], home, truth)
    # Partitions without records, one subtask's all of them, hold nobody back.
    silent = Input(topics, f"{name}-idle", timed, 8, draw, [0, 1, 3, 4, 6])
    for source in [silent, *inputs]:
        source.end()
    idle = Task(node, home, silent, 4096, "table.exec.source.idle-timeout=5 s")
    tasks = [Task(node, home, x, batch) for x in inputs for batch in BATCHES]
    for task in [*tasks, idle]:
        task.check(truth)


def main():
    topics = Topics(brokers())
    seed = int(os.environ.get("HERALD_SEED", time.time_ns() % 1_000_000))
    print(f"HERALD_SEED={seed}", flush=True)
    draw = random.Random(seed)
    inputs = {"generated": generated(draw)}
    if os.path.exists(FROZEN):
        inputs["frozen"] = frozen()
    stamp = time.time_ns()
    with folder() as home:
        check_newest(topics, stamp, home)
        check_overwrite(topics, stamp, home)
        check_versions(topics, stamp, home)
        node = Node(home, "node")
        try:
            for kind, timed in inputs.items():
                begun = time.monotonic()
                truth = truth_of([line for _, line in timed], home)
                check_tasks(node, topics, f"{kind}-{stamp}", timed, truth,
                            home, draw)
                print(f"{kind}: {len(timed)} records, {truth.total()} rows "
                      f"of windows, {time.monotonic() - begun:.1f} s",
                      flush=True)
        finally:
            node.stop()


main()
