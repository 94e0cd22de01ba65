"""Three nodes run a task from topic to topic; each is killed in turn while
data flows. Every input record must reach the output, and the task must run
elsewhere each time."""

import subprocess
import time

from support import HERALD, Node, brokers, folder, herald, json_lines, until

RECORDS = 6000
RATE = 300  # a second: the kills fall into the flow


def write_script(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def owner_of(node):
    rows = json_lines(node.call("task", "status", "copy").stdout)
    return rows[0]["owner"], rows[0]["state"]


def name_of(node):
    text = herald("cluster", "status", "--node", node.address).stdout
    return text.split("answered by ")[1].split()[0]


def output_ids(kafka, topic):
    done = subprocess.run(
        ["kcat", "-b", kafka, "-C", "-t", topic, "-o", "beginning", "-e",
         "-q"], capture_output=True, text=True, timeout=60)
    return {row["id"] for row in json_lines(done.stdout)}


def main():
    kafka = brokers()
    stamp = str(time.time_ns())
    log = f"log:\n  kafka: {kafka}\n  topic: log-{stamp}\n"
    options = f"'connector' = 'kafka', 'format' = 'json', " \
              f"'properties.bootstrap.servers' = '{kafka}'"
    with folder() as home:
        produce = write_script(f"{home}/produce.sql", f"""
            CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen',
              'rows-per-second' = '{RATE}', 'number-of-rows' = '{RECORDS}',
              'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
              'fields.id.end' = '{RECORDS}');
            CREATE TABLE input (id BIGINT) WITH ({options},
              'topic' = 'in-{stamp}');
            INSERT INTO input SELECT id FROM numbers;""")
        copy = write_script(f"{home}/copy.sql", f"""
            CREATE TABLE input (id BIGINT) WITH ({options},
              'topic' = 'in-{stamp}', 'scan.startup.mode' = 'earliest-offset');
            CREATE TABLE output (id BIGINT, twice BIGINT) WITH ({options},
              'topic' = 'out-{stamp}');
            INSERT INTO output SELECT id, id * 2 FROM input WHERE id > 0;""")
        nodes = [Node(home, f"n{i}", log) for i in range(3)]
        try:
            run(kafka, nodes, produce, copy, f"out-{stamp}")
        finally:
            for node in nodes:
                if node.process.poll() is None:
                    node.kill()


def figures(nodes):
    return [json_lines(x.call("cluster", "node").stdout)[0] for x in nodes]


def running(nodes):
    return [(x["node"], x["tasks"]) for x in figures(nodes) if x["tasks"]]


def alike(nodes):
    """Beside its queues every node runs the same number of actors."""
    return len({x["actors"] - x["queues"] for x in figures(nodes)}) == 1


def members(node):
    rows = json_lines(node.call("cluster", "status").stdout)
    return [row for row in rows if "incarnation" in row]


def run(kafka, nodes, produce, copy, topic):
    until("three members", lambda: len(members(nodes[0])) == 3, 30)
    producer = subprocess.Popen([HERALD, "run", "-q",
                                 produce])
    until("the input topic", lambda: producer.poll() is None, 5)
    time_to_first = time.monotonic()
    until("the task is accepted",
          lambda: nodes[0].call("task", "create", "copy", copy,
                                check=False).returncode == 0, 20)
    until("the task runs", lambda: owner_of(nodes[0])[1] == "RUNNING", 20)
    print(f"first start after {time.monotonic() - time_to_first:.1f} s")
    for turn in range(3):
        live = [x for x in nodes if x.process.poll() is None]
        owner = owner_of(live[0])[0]
        victim = next(x for x in live if name_of(x) == owner)
        others = [x for x in live if x is not victim]
        victim.kill()
        begun = time.monotonic()

        def moved():
            now, state = owner_of(others[0])
            return now != owner and state == "RUNNING"
        until("the task runs elsewhere", moved, 20)
        print(f"kill {turn + 1}: runs elsewhere after "
              f"{time.monotonic() - begun:.1f} s")
        victim.start()
        until("the killed node is back",
              lambda: len(members(others[0])) == 3, 30)
    producer.wait(120)
    assert producer.returncode == 0
    wanted = set(range(1, RECORDS + 1))
    until("every record is in the output",
          lambda: output_ids(kafka, topic) >= wanted, 60)
    until("one node runs the task, as the catalog says",
          lambda: running(nodes) == [(owner_of(nodes[0])[0], 1)], 20)
    nodes[0].call("task", "delete", "copy")
    until("no orphan remains",
          lambda: not running(nodes) and alike(nodes), 20)
    for node in nodes:
        node.stop()
    print("every record arrived")


main()
