"""A broker that is down when tasks start, and one that is killed while they
run. They say what they wait for, go on by themselves, and lose nothing."""

import collections
import json
import signal
import subprocess
import urllib.error
import urllib.request

from kafka_support import Broker, Topics
from support import HERALD, Node, folder, json_lines, until

SECONDS_MAX = 90  # for a broker to come up, and what waits for it
EARLY = 1000  # records before the first outage
RATE = 1500  # a second: the kill falls into the flow
RECORDS = 12_000
WINDOW = 250  # records, 100 ms apart
OPTIONS = "'connector' = 'kafka', 'format' = 'json', " \
          "'properties.bootstrap.servers' = '{}'"


def script(home, name, text, **values):
    path = f"{home}/{name}.sql"
    with open(path, "w") as file:
        file.write(text.format(**values))
    return path


def status(node, task):
    return json_lines(node.call("task", "status", task).stdout)[0]


def ids(topics, topic):
    return collections.Counter(json.loads(x)["id"] for x in topics.read(topic))


def log_of(node):
    with open(f"{node.folder}/log.txt") as file:
        return file.read()


# -- a broker that is down at the start --------------------------------------

COPY = """
CREATE TABLE input (id BIGINT) WITH ({options}, {more}
  'topic' = 'in', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE output (id BIGINT) WITH ({options}, 'topic' = '{sink}');
INSERT INTO output SELECT id FROM input;"""


def check_down_at_start(broker, topics, node, home):
    topics.create("in", 3)
    topics.write("in", [(i % 3, json.dumps({"id": i})) for i in range(EARLY)])
    broker.stop()
    options = OPTIONS.format(broker.servers)
    node.call("task", "create", "copy", script(
        home, "copy", COPY, options=options, sink="copied", more=""))
    run = subprocess.Popen(
        [HERALD, "run", "--json", script(
            home, "run", COPY, options=options, sink="run",
            more="'scan.bounded.mode' = 'latest-offset',")],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    where = f"Kafka at {broker.servers}: "
    check_stopped_while_down(options, where, home)

    def says_why():
        now = status(node, "copy")
        return now["state"] == "RUNNING" and now["last_error"].startswith(where)
    until("the task says what it waits for", says_why, SECONDS_MAX)
    until("so does the node's log",
          lambda: "task default.copy waits: " + where in log_of(node), 10)
    line = run.stderr.readline()
    assert line.startswith("waiting: " + where), line

    broker.start()
    wanted = collections.Counter(range(EARLY))
    until("everything is copied",
          lambda: topics.count("copied") >= EARLY, SECONDS_MAX)
    assert ids(topics, "copied") == wanted
    until("nothing is wrong any more",
          lambda: status(node, "copy")["last_error"] == "", SECONDS_MAX)
    assert status(node, "copy")["restarts"] == 0
    out, errors = run.communicate(timeout=SECONDS_MAX)
    assert run.returncode == 0, errors
    assert json.loads(out)["records_in"] == EARLY, out
    assert ids(topics, "run") == wanted


def check_stopped_while_down(options, where, home):
    """What was not delivered is not said to be out."""
    run = subprocess.Popen(
        [HERALD, "run", "--json", script(
            home, "undelivered", PRODUCE, options=options, rate=1000,
            records=3, last=2)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = run.stderr.readline()
    assert line.startswith("waiting: " + where), line
    run.send_signal(signal.SIGINT)
    out, errors = run.communicate(timeout=SECONDS_MAX)
    summary = json.loads(out)
    assert (summary["state"], summary["records_out"]) == ("STOPPED", 0), out
    assert run.returncode == 1, (out, errors)
    assert "stopped before all was out" in errors, errors


# -- a broker that is killed -------------------------------------------------

PRODUCE = """
CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen',
  'rows-per-second' = '{rate}', 'number-of-rows' = '{records}',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '0',
  'fields.id.end' = '{last}');
CREATE TABLE input (id BIGINT) WITH ({options}, 'topic' = 'flow',
  'sink.partitioner' = 'round-robin');
INSERT INTO input SELECT id FROM numbers;"""

COUNT = """
CREATE TABLE input (
  id BIGINT, t AS TO_TIMESTAMP_LTZ(id * 100, 3),
  WATERMARK FOR t AS t - INTERVAL '1' SECOND
) WITH ({options}, 'topic' = 'flow',
        'scan.startup.mode' = 'earliest-offset');
CREATE TABLE output (id BIGINT, n BIGINT) WITH ({options},
  'topic' = 'counts');
INSERT INTO output SELECT MIN(id), COUNT(*)
FROM TABLE(TUMBLE(TABLE input, DESCRIPTOR(t), INTERVAL '{seconds}' SECOND))
GROUP BY window_start, window_end;"""


def health(node):
    try:
        with urllib.request.urlopen(f"http://{node.http}/healthz") as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def check_killed(broker, topics, node, home):
    topics.create("flow", 2)
    options = OPTIONS.format(broker.servers)
    flow = COPY.replace("'in'", "'flow'")
    node.call("task", "create", "flow", script(
        home, "flow", flow, options=options, sink="flown", more=""))
    node.call("task", "create", "count", script(
        home, "count", COUNT, options=options, seconds=WINDOW // 10))
    producer = subprocess.Popen(
        [HERALD, "run", "--json", script(
            home, "produce", PRODUCE, options=options, rate=RATE,
            records=RECORDS, last=RECORDS - 1)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until("records flow", lambda: status(node, "flow")["records_out"]
          > RECORDS // 10, SECONDS_MAX)
    broker.kill()
    assert producer.poll() is None, "the kill came too late"
    until("the task says what it waits for", lambda: status(
        node, "flow")["last_error"].startswith(
            f"Kafka at {broker.servers}: "), SECONDS_MAX)
    # The command log is on the same broker: the node gives up its lease.
    until("the node is not well", lambda: health(node) == 503, SECONDS_MAX)

    broker.start()
    until("the node is well again", lambda: health(node) == 200, SECONDS_MAX)
    out, errors = producer.communicate(timeout=SECONDS_MAX)
    assert producer.returncode == 0, errors
    assert json.loads(out)["records_out"] == RECORDS, out
    wanted = set(range(RECORDS))
    until("every record arrived",
          lambda: set(ids(topics, "flown")) >= wanted, SECONDS_MAX)
    assert set(ids(topics, "flow")) == wanted, "the producer lost records"
    check_counts(topics, node)


def check_counts(topics, node):
    """No task was started anew, so nothing is counted twice or forgotten."""
    for task in ("flow", "count"):
        now = status(node, task)
        assert now["restarts"] == 0, now
    last = json.dumps({"id": 10 * RECORDS})
    topics.write("flow", [(0, last), (1, last)])
    windows = RECORDS // WINDOW
    until("all windows are written",
          lambda: topics.count("counts") >= windows, SECONDS_MAX)
    counts = sorted((x["id"], x["n"])
                    for x in map(json.loads, topics.read("counts")))
    assert counts == [(i * WINDOW, WINDOW) for i in range(windows)], counts


def main():
    with folder() as home:
        broker = Broker(f"{home}/kafka")
        nodes = []
        try:
            topics = Topics(broker.servers)
            nodes.append(Node(home, "alone"))
            check_down_at_start(broker, topics, nodes[0], home)
            nodes.append(Node(home, "on-kafka", "log:\n  kafka: "
                              f"{broker.servers}\n  topic: log\n"))
            check_killed(broker, topics, nodes[1], home)
            for node in nodes:
                node.stop()
        finally:
            for node in nodes:
                if node.process.poll() is None:
                    node.kill()
            broker.stop()


main()
