"""The Python client over Cap'n Proto, and plain HTTP with JSON, against a real
node: a task, a rule, a query, and what monitoring asks for."""

import asyncio
import json
import os
import re
import sys
import urllib.error
import urllib.request

from support import Node, folder, skip, until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "python"))

try:
    import herald
except ImportError as missing:
    skip(f"{missing}: run ./tools/dev setup")

PAYMENTS = [("anna", 1), ("ben", 2), ("anna", 700), ("ben", 3), ("cleo", 900),
            ("ben", 950)]  # second by second; two of them jump

TABLES = """CREATE TABLE payments (
  who STRING, amount BIGINT, t TIMESTAMP(3),
  WATERMARK FOR t AS t - INTERVAL '1' SECOND
) WITH ('connector' = 'filesystem', 'path' = '{home}/payments.json',
        'format' = 'json');
CREATE TABLE {sink} (who STRING, amount BIGINT) WITH
  ('connector' = 'filesystem', 'path' = '{home}/{sink}', 'format' = 'json');"""

TASK = TABLES + """
INSERT INTO {sink} SELECT who, amount * 2 FROM payments WHERE amount >= 3;"""

RULE = """name: {sink}
version: 1
tables: |
  {tables}
source: payments
key: who
within: 60 s
pattern: |
  small: amount < 10
  then large: amount > small.amount * 100 AND CURRENT_DATE > DATE '2026-01-01'
emit:
  into: {sink}
  columns: {{who: who, amount: amount}}
"""

QUERY = "SELECT i AS n, CAST(i AS DECIMAL(20, 2)) / 4 AS quarter " \
        "FROM range(100000) AS t(i) ORDER BY i"


def rule_of(home, sink):
    tables = TABLES.format(home=home, sink=sink).replace("\n", "\n  ")
    return RULE.format(sink=sink, tables=tables)


def written(home, sink):
    path = f"{home}/{sink}"
    names = os.listdir(path) if os.path.isdir(path) else []
    rows = [json.loads(line) for name in names if not name.startswith(".")
            for line in open(f"{path}/{name}")]
    return sorted((x["who"], x["amount"]) for x in rows)


DOUBLED = sorted((who, 2 * n) for who, n in PAYMENTS if n >= 3)
JUMPS = [("anna", 700), ("ben", 950), ("ben", 950)]  # of 2 and of 3


# -- Cap'n Proto -------------------------------------------------------------


async def use_rpc(client, home):
    sql = TASK.format(home=home, sink="doubled")
    version = await client.create_task("doubled", sql, start=True,
                                       options={"parallelism": 2})
    assert version == 1, version
    status = await client.task_status("doubled")
    assert status["sql"] == sql and status["options"] == {"parallelism": "2"}
    await reach(client, "finished")
    assert written(home, "doubled") == DOUBLED, written(home, "doubled")
    assert [x["name"] for x in await client.list_tasks()] == ["doubled"]

    assert await client.put_rule(rule_of(home, "jumps")) == ("jumps", 1)
    await settle(lambda: written(home, "jumps") == JUMPS)
    rules = await client.list_rules()
    assert [(x["name"], x["version"]) for x in rules] == [("jumps", 1)], rules

    await poll(lambda: accepts_queries(client), bool)
    job = await client.submit(QUERY, user="ana")
    table = await job.table()
    assert table.num_rows == 100000, table.num_rows
    assert table.column("n").to_pylist() == list(range(100000))
    assert (await job.status())["state"] == "success"
    jobs = await client.list_jobs(user="ana")
    assert [(x["jobId"], x["rows"]) for x in jobs] == [(job.id, 100000)], jobs
    job = await client.submit("SELECT 42 AS answer", format="jsonLines")
    assert await job.rows() == [{"answer": 42}]
    await refused(client)
    cluster = await client.cluster_status()
    assert [x["state"] for x in cluster["members"]] == ["up"], cluster
    await client.delete_task("doubled")
    await client.delete_rule("jumps")
    await settle_async(client)


async def accepts_queries(client):
    """A node that has just started makes its default queue first."""
    try:
        await (await client.submit("SELECT 1")).read()
    except herald.Error as error:
        assert "queue 'default'" in error.message, error
        return False
    return True


async def refused(client):
    async def error_of(call):
        try:
            await call
        except herald.Error as error:
            return error
        raise AssertionError("it was not refused")
    error = await error_of(client.create_task("t", "SELECT\n  nix"))
    assert (error.code, error.line, error.column) == (
        "invalidArgument", 2, 3), vars(error)
    error = await error_of(client.task_status("nobody"))
    assert error.code == "notFound" and "nobody" in error.message, vars(error)
    job = await client.submit("SELECT * FROM nix")
    error = await error_of(job.read())
    assert "nix" in error.message and (error.line, error.column) == (
        1, 15), vars(error)


async def reach(client, state):
    await poll(lambda: client.task_status("doubled"),
               lambda x: x["actual"] == state)


async def settle_async(client):
    await poll(client.list_tasks, lambda x: x == [])
    await poll(client.list_rules, lambda x: x == [])


async def settle(condition):
    async def look():
        return condition()
    await poll(look, bool)


async def poll(look, good, seconds=60):
    async def forever():
        while not good(await look()):
            await asyncio.sleep(0.05)
    await asyncio.wait_for(forever(), seconds)


# -- HTTP --------------------------------------------------------------------


class Http:
    def __init__(self, address):
        self.base = "http://" + address

    def text(self, method, path, body=None, kind="application/json"):
        request = urllib.request.Request(
            self.base + path, method=method,
            data=None if body is None else body.encode(),
            headers={"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def call(self, method, path, body=None):
        status, text = self.text(
            method, path, None if body is None else json.dumps(body))
        assert status == 200, (method, path, status, text)
        return json.loads(text)


def use_http(http, home):
    sql = TASK.format(home=home, sink="again")
    made = http.call("POST", "/v1/tasks",
                     {"name": "again", "sql": sql, "start": True})
    assert made["version"] == 1, made
    until("the task is finished", lambda: http.call(
        "GET", "/v1/tasks/again")["status"]["actual"] == "finished", 60)
    figures = http.call("GET", "/v1/tasks/again")["status"]
    assert int(figures["recordsIn"]) > 0, figures
    assert written(home, "again") == DOUBLED, written(home, "again")
    tasks = http.call("GET", "/v1/tasks")["tasks"]
    assert [x["name"] for x in tasks] == ["again"], tasks

    endless = "CREATE TABLE t (x BIGINT) WITH ('connector' = 'datagen', " \
        "'rows-per-second' = '100'); CREATE TABLE s (x BIGINT) WITH " \
        "('connector' = 'blackhole'); INSERT INTO s SELECT x FROM t"
    http.call("POST", "/v1/tasks",
              {"name": "endless", "sql": endless, "start": True})
    until("the plan shows what runs through it", lambda: re.search(
        "= [1-9][0-9]* rows written",
        http.call("GET", "/v1/tasks/endless").get("plan", "")), 60)
    http.call("DELETE", "/v1/tasks/endless")

    status, text = http.text("POST", "/v1/rules", rule_of(home, "leaps"),
                             "application/yaml")
    assert status == 200 and json.loads(text)["name"] == "leaps", text
    until("the rule reports", lambda: written(home, "leaps") == JUMPS, 60)
    rules = http.call("GET", "/v1/rules")["rules"]
    assert [(x["name"], x["version"]) for x in rules] == [("leaps", 1)], rules

    job = http.call("POST", "/v1/queries", {"sql": QUERY})["jobId"]
    status, text = http.text("GET", f"/v1/jobs/{job}/result")
    rows = [json.loads(x, parse_float=str) for x in text.splitlines()]
    assert status == 200 and len(rows) == 100000, (status, len(rows))
    assert [x["n"] for x in rows] == list(range(100000))
    state = http.call("GET", f"/v1/jobs/{job}")["status"]["state"]
    assert state == "success", state

    status, text = http.text("POST", "/v1/tasks", json.dumps(
        {"name": "t", "sql": "SELECT\n  nix"}))
    error = json.loads(text)
    assert status == 400 and (error["line"], error["column"]) == (2, 3), text
    status, text = http.text("GET", "/v1/tasks/nobody")
    assert status == 404 and json.loads(text)["code"] == "notFound", text
    watch(http)


def watch(http):
    assert http.text("GET", "/healthz") == (200, "ok\n")
    status, text = http.text("GET", "/metrics")
    values = {name: float(value) for name, value in
              (line.rsplit(" ", 1) for line in text.splitlines()
               if not line.startswith("#"))}
    assert status == 200 and values["herald_members"] == 1, text
    assert values["herald_resident_bytes"] > 1 << 20, text


def main():
    with folder() as home:
        with open(f"{home}/payments.json", "w") as file:
            for second, (who, amount) in enumerate(PAYMENTS):
                file.write(json.dumps({
                    "who": who, "amount": amount,
                    "t": f"2026-01-01 00:00:{second:02d}"}) + "\n")
        node = Node(home, "node")
        try:
            async def rpc():
                async with herald.connect(node.address) as client:
                    await use_rpc(client, home)
            herald.run(rpc())
            use_http(Http(node.http), home)
        finally:
            node.stop()
    print("both ways lead to the same")


main()
