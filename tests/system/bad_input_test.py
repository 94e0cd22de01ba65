"""Bad input given to a real node: each is answered by what is wrong, where,
and what to do; the node lives on, and a task that it has accepted before
loses nothing."""

import asyncio
import base64
import json
import os
import socket
import struct
import sys
import time
import urllib.error
import urllib.request

from kafka_support import Topics
from support import Node, brokers, folder, herald as program, json_lines, \
    skip, until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "python"))

try:
    import herald
except ImportError as missing:
    skip(f"{missing}: run ./tools/dev setup")

STATEMENT_MAX = 512 << 10
MESSAGE_MAX = 8 << 20
BODY_MAX = 4 << 20

TABLES = """CREATE TABLE bids (price BIGINT, channel STRING)
WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE sink (price BIGINT) WITH ('connector' = 'blackhole');
"""

# statement after TABLES, and what its refusal says
REFUSED = {
    "INSERT INTO sink SELECT prise FROM bids;":
        ["line 4, column 25", "no column 'prise'", "did you mean 'price'?"],
    "INSERT INTO sink SELECT channel FROM bids;":
        ["line 4, column 25", "BIGINT", "STRING", "CAST(channel AS BIGINT)"],
    "INSERT INTO sink SELECT price FROM bids WHERE price;":
        ["line 4, column 47", "WHERE needs a BOOLEAN", "BIGINT"],
    "CREATE TABLE t (a INT) WITH ('connector' = 'kafak');\n"
    "INSERT INTO sink SELECT a FROM t;":
        ["line 4, column 30", "unknown connector 'kafak'",
         "did you mean 'kafka'?", "filesystem"],
    "CREATE TABLE t (a INT) WITH ('connector' = 'datagen',\n"
    "  'rows-per-secnd' = '1');\nINSERT INTO sink SELECT a FROM t;":
        ["'rows-per-secnd'", "did you mean 'rows-per-second'?"],
    "INSERT INTO sink SELECT price FROM bids WHERE (price > 1;":
        ["line 4, column 57", "expected"],
}

KAFKA = "'connector' = 'kafka', 'format' = 'json', " \
        "'properties.bootstrap.servers' = '{servers}'"
COPY = "CREATE TABLE input (id BIGINT) WITH (" + KAFKA + """,
  'topic' = '{source}', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE output (id BIGINT) WITH (""" + KAFKA + """, 'topic' = '{sink}');
INSERT INTO output SELECT id FROM input;"""
FROM_FILE = """CREATE TABLE input (id BIGINT) WITH (
  'connector' = 'filesystem', 'path' = '{path}', 'format' = 'json');
CREATE TABLE output (id BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO output SELECT id FROM input;"""


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def create(node, name, path, check=True):
    return node.call("task", "create", name, path, check=check)


def status(node, name):
    return json_lines(node.call("task", "status", name).stdout)[0]


def must_refuse(done, words):
    assert done.returncode == 1 and done.stdout == "", done
    for word in ["error: ", *words]:
        assert word in done.stderr, (word, done.stderr)


class Survivor:
    """The accepted work: a task that copies one topic into another."""

    def __init__(self, node, topics, stamp, home):
        self.node, self.topics, self.written = node, topics, 0
        self.source, self.sink = f"live-{stamp}", f"live-out-{stamp}"
        topics.create(self.source, 2)
        topics.create(self.sink, 1)
        create(node, "survivor", write(f"{home}/survivor.sql", COPY.format(
            servers=topics.servers, source=self.source, sink=self.sink)))

    def feed(self):
        self.topics.write(self.source, [
            (i % 2, json.dumps({"id": i}))
            for i in range(self.written, self.written + 100)])
        self.written += 100

    def check(self):
        until("the accepted task has everything", lambda: self.topics.count(
            self.sink) >= self.written, 60)
        ids = sorted(json.loads(x)["id"] for x in self.topics.read(self.sink))
        assert ids == list(range(self.written)), ids
        now = status(self.node, "survivor")
        assert (now["state"], now["restarts"]) == ("RUNNING", 0), now


# -- statements --------------------------------------------------------------


def check_statements(node, home):
    for statement, words in REFUSED.items():
        path = write(f"{home}/refused.sql", TABLES + statement)
        must_refuse(create(node, "refused", path, check=False), words)
        must_refuse(program("run", path, check=False), words)
    must_refuse(create(node, "refused", home, check=False),
                [f"cannot read '{home}': it is a folder"])
    must_refuse(create(node, "refused", f"{home}/nix.sql", check=False),
                [f"cannot read '{home}/nix.sql'", "is the path right"])
    tasks = json_lines(node.call("task", "list").stdout)
    assert [x["name"] for x in tasks] == ["survivor"], tasks


def check_places(node, topics, stamp, home):
    """What is missing outside is named, and waited for."""
    path = f"{home}/late.json"
    create(node, "file", write(f"{home}/file.sql",
                               FROM_FILE.format(path=path)))
    topic, sink = f"late-{stamp}", f"late-out-{stamp}"
    create(node, "topic", write(f"{home}/topic.sql", COPY.format(
        servers=topics.servers, source=topic, sink=sink)))
    for name, words in {
            "file": [f"'{path}' does not exist", "'path'"],
            "topic": [f"topic '{topic}' does not exist on {topics.servers}",
                      "create it"]}.items():
        until(f"{name} says what is missing", lambda: all(
            word in status(node, name)["last_error"] for word in words), 60)
    must_refuse(program("run", f"{home}/file.sql", check=False),
                [f"'{path}' does not exist"])
    must_refuse(program("run", f"{home}/topic.sql", check=False),
                [f"topic '{topic}' does not exist"])
    write(path, '{"id":1}\n')
    topics.create(topic, 1)
    topics.write(topic, [(0, '{"id":7}')])
    until("the file was read",
          lambda: status(node, "file")["state"] == "FINISHED", 60)
    until("the topic is read", lambda: topics.count(sink) == 1, 60)
    assert status(node, "topic")["last_error"] == ""
    for name in ("file", "topic"):
        node.call("task", "delete", name)


CAST = """CREATE TABLE texts (t STRING) WITH (
  'connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv');
CREATE TABLE numbers (n INT) WITH ('connector' = 'blackhole');
INSERT INTO numbers
SELECT CAST(t AS INT) FROM texts;"""


def check_values(node, home):
    """What fails while it runs is shown in the task's text."""
    path = write(f"{home}/texts.csv", "1\ntwo\n")
    create(node, "casts", write(f"{home}/casts.sql", CAST.format(path=path)))
    until("the task says so", lambda: status(
        node, "casts")["last_error"].startswith("line 5, column "), 60)
    shown = program("task", "status", "casts", "--node", node.address).stdout
    for word in ["'two'", "TRY_CAST",
                 "  SELECT CAST(t AS INT) FROM texts;\n         ^\n"]:
        assert word in shown, (word, shown)
    node.call("task", "delete", "casts")


# -- records -----------------------------------------------------------------

MALFORMED = [b'{"id":1', b'{"id":"x"}', b"\xff\xfe\x00", b"[]",
             b'{"id":99999999999999999999}', b""]
DEAD_LETTERS = "CREATE TABLE bad (`raw` BYTES, reason STRING, split STRING, " \
    "`position` BIGINT) WITH (" + KAFKA + ", 'topic' = '{dead}');\n" + \
    COPY.replace("'topic' = '{source}'",
                 "'topic' = '{source}', 'dead-letter' = 'bad'")


def check_malformed(node, topics, stamp, home):
    source, sink, dead = (f"{x}-{stamp}" for x in ("mixed", "good", "dead"))
    topics.create(source, 1)
    topics.create(sink, 1)
    topics.create(dead, 1)
    records, offsets = [], {}
    for i in range(300):
        if i % 50 == 25:
            bad = MALFORMED[i // 50]
            offsets[bad.hex()] = len(records)
            records.append((0, bad))
        records.append((0, json.dumps({"id": i}).encode()))
    topics.write(source, records)
    create(node, "mixed", write(f"{home}/mixed.sql", DEAD_LETTERS.format(
        servers=topics.servers, source=source, sink=sink, dead=dead)))
    until("the good records are there",
          lambda: topics.count(sink) >= 300, 60)
    until("and the bad ones", lambda: topics.count(dead) >= len(MALFORMED), 60)
    ids = [json.loads(x)["id"] for x in topics.read(sink)]
    assert ids == list(range(300)), ids
    letters = [json.loads(x) for x in topics.read(dead)]
    found = {base64.b64decode(x["raw"]).hex(): x for x in letters}
    assert len(letters) == len(found) == len(MALFORMED), letters
    for raw, offset in offsets.items():
        letter = found[raw]
        assert letter["position"] == offset, letter
        assert letter["split"] == f"{source}/0", letter
        assert letter["reason"] != "", letter
    assert "INT" in found[b'{"id":"x"}'.hex()]["reason"], letters
    now = status(node, "mixed")
    assert now["malformed"] == len(MALFORMED), now
    assert now["records_in"] == len(records), now
    assert (now["state"], now["restarts"]) == ("RUNNING", 0), now
    node.call("task", "delete", "mixed")


# -- rules -------------------------------------------------------------------

RULE = """name: jump
version: 1
tables: |
  CREATE TABLE bids (channel STRING, price BIGINT, t TIMESTAMP(3),
    WATERMARK FOR t AS t - INTERVAL '1' SECOND)
  WITH ({kafka}, 'topic' = '{source}',
        'scan.startup.mode' = 'earliest-offset');
  CREATE TABLE jumps (channel STRING, price BIGINT)
  WITH ({kafka}, 'topic' = '{sink}');
source: bids
key: channel
within: 10 s
pattern: |
  low: price < 10
  then high: price > low.price * 10
emit:
  into: jumps
  columns: {{channel: channel, price: price}}
"""


def check_rules(node, topics, stamp, home):
    source, sink = f"jump-{stamp}", f"jump-out-{stamp}"
    topics.create(source, 1)
    topics.create(sink, 1)
    good = RULE.format(kafka=KAFKA.format(servers=topics.servers),
                       source=source, sink=sink)
    node.call("rule", "load", write(f"{home}/good.yaml", good))

    def bid(second, price):
        topics.write(source, [(0, json.dumps({
            "channel": "a", "price": price,
            "t": f"2026-01-01 00:00:{second:02d}"}))])

    def version():
        rules = json_lines(node.call("rule", "list").stdout)
        return [(x["name"], x["version"], x["state"]) for x in rules]
    bid(1, 2)
    until("the rule runs", lambda: version() == [("jump", 1, "RUNNING")], 60)
    broken = {
        good.replace("price * 10", "prise * 10"):
            ["line 15, column", "'prise'", "did you mean 'price'?"],
        good.replace("within: 10 s", "within: soon"):
            ["line 12, column 9", "soon"],
        good.replace("key: channel", "key: [channel"): ["line 1"],
        good.replace("into: jumps", "into: jmps"):
            ["line 17", "'jmps'"],
    }
    for text, words in broken.items():
        path = write(f"{home}/broken.yaml", text)
        must_refuse(node.call("rule", "load", path, check=False), words)
    assert version() == [("jump", 1, "RUNNING")], version()
    # The attempt that began before is completed by the version that stayed.
    bid(2, 30)
    bid(8, 1)
    until("the match arrives", lambda: topics.count(sink) == 1, 60)
    assert json.loads(topics.read(sink)[0]) == {"channel": "a", "price": 30}
    node.call("rule", "unload", "jump")


# -- sizes -------------------------------------------------------------------


def http(node, method, path, body):
    request = urllib.request.Request(
        f"http://{node.http}{path}", method=method, data=body,
        headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def check_sizes(node, home):
    too_long = "SELECT 1; --" + "x" * STATEMENT_MAX
    words = [f"over the limit of {STATEMENT_MAX}"]
    must_refuse(create(node, "t", write(f"{home}/long.sql", too_long),
                       check=False), words)
    must_refuse(node.call("rule", "load", f"{home}/long.sql", check=False),
                words)
    code, text = http(node, "POST", "/v1/tasks", json.dumps(
        {"name": "t", "sql": too_long}).encode())
    assert code == 400 and words[0] in text, (code, text)
    code, text = http(node, "POST", "/v1/tasks", json.dumps(
        {"name": "t", "sql": "x" * BODY_MAX}).encode())
    assert code == 413 and str(BODY_MAX) in text, (code, text)

    host, port = node.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=60) as raw:
        raw.sendall(struct.pack("<II", 0, MESSAGE_MAX // 8 + 1))
        answer = b""
        while piece := raw.recv(4096):
            answer += piece
        assert b"too large" in answer, answer
    herald.run(check_large_calls(node))


async def check_large_calls(node):
    async def error_of(client, size):
        try:
            await client.create_task("t", "x" * size)
        except herald.Error as error:
            return error
        raise AssertionError("it was not refused")
    async with herald.connect(node.address) as other:
        async with herald.connect(node.address) as client:
            error = await error_of(client, STATEMENT_MAX + 1)
            assert error.code == "invalidArgument", vars(error)
            assert str(STATEMENT_MAX) in error.message, vars(error)
            error = await asyncio.wait_for(error_of(client, MESSAGE_MAX), 60)
            assert "too large" in error.message, vars(error)
        # Only that connection ended.
        names = [x["name"] for x in await other.list_tasks()]
        assert names == ["survivor"], names


def main():
    topics = Topics(brokers())
    stamp = time.time_ns()
    with folder() as home:
        node = Node(home, "node")
        try:
            survivor = Survivor(node, topics, stamp, home)
            for check in [lambda: check_statements(node, home),
                          lambda: check_places(node, topics, stamp, home),
                          lambda: check_values(node, home),
                          lambda: check_malformed(node, topics, stamp, home),
                          lambda: check_rules(node, topics, stamp, home),
                          lambda: check_sizes(node, home)]:
                survivor.feed()
                check()
            survivor.feed()
            survivor.check()
            code, text = http(node, "GET", "/healthz", None)
            assert code == 200, (code, text)
        finally:
            node.stop()
    print("everything bad was refused, nothing good was lost")


main()
