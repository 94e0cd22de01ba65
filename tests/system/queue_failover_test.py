"""Jobs flow into four queues through every node while each node is killed in
turn. Every accepted job must end, once, in SUCCESS or FAIL; a result that is
read must be right; nothing that the catalog does not have may run at the end.
"""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException

from support import Node, brokers, folder, until

CLIENTS = 4
QUEUES = ["default", "q1", "q2", "q3"]
STEADY_SECONDS = 4
# Less than this would be no load to lose anything of.
ACCEPTED_MIN = 50
# Reasons for which a job may fail, or its result be gone, when nodes die.
LOST = ("was lost", "went out through another node", "is gone",
        "nobody asked for the result", "was taken already")


def http(node, verb, path, body=None, timeout=30):
    """The answer's text; an error of the gateway as ValueError, a node that
    does not answer as OSError."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{node.http}/{path}", data=data,
                                     method=verb)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        raise ValueError(error.read().decode()) from None
    except (urllib.error.URLError, HTTPException) as error:
        raise OSError(error) from None


class Load:
    """Clients that submit at one node and read at another."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.lock = threading.Lock()
        self.accepted = {}  # id: the right answer
        self.ended = {}     # id: what was seen first of its end
        self.right = self.refused = self.lost = 0
        self.slowest = 0.0
        self.wrong = []
        self.stopping = False
        self.threads = [threading.Thread(target=self.run, args=[i])
                        for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()

    def run(self, seed):
        pick = random.Random(seed)
        while not self.stopping:
            try:
                self.one_job(pick)
            except Exception as error:  # reported by the main thread
                self.wrong.append(repr(error))
                return

    def one_job(self, pick):
        count = pick.randrange(1, 40_000_000)
        sql = f"SELECT sum(i) AS s FROM range({count}) r(i)"
        begun = time.monotonic()
        try:
            job = json.loads(http(pick.choice(self.nodes), "POST",
                                  "v1/queries",
                                  {"sql": sql, "queue": pick.choice(QUEUES),
                                   "format": "jsonLines",
                                   "idleTimeoutMs": 5000}))["jobId"]
        except (OSError, ValueError):
            # Not accepted, as far as this client knows.
            self.refused += 1
            time.sleep(0.05)
            return
        with self.lock:
            self.accepted[job] = count * (count - 1) // 2
        self.read(pick, job)
        self.slowest = max(self.slowest, time.monotonic() - begun)

    def read(self, pick, job):
        end = time.monotonic() + 60
        while True:
            node = pick.choice(self.nodes)
            try:
                text = http(node, "GET", f"v1/jobs/{job}/result", timeout=60)
            except ValueError as error:
                # Its queue is between two owners: the client is to ask again.
                if "(try again)" in str(error) and time.monotonic() < end:
                    time.sleep(0.05)
                    continue
                if not any(x in str(error) for x in LOST):
                    self.wrong.append(f"{job}: {error}")
                self.lost += 1
                return
            except OSError:
                time.sleep(0.05)
                continue  # that node died: read on elsewhere
            if not text:  # cut off with its node, which may have taken it all
                if time.monotonic() >= end:
                    self.lost += 1
                    return
                time.sleep(0.05)
                continue
            if json.loads(text)["s"] != self.accepted[job]:
                self.wrong.append(f"{job}: {text}")
            self.right += 1
            # Who has the end of the result finds the job ended, everywhere.
            self.look(pick.choice(self.nodes), job)
            return

    def look(self, node, job):
        try:
            status = json.loads(http(node, "GET", f"v1/jobs/{job}"))["status"]
        except OSError:
            return False
        state = status["state"]
        if state not in ("success", "fail"):
            return False
        seen = (state, status.get("finishedMs"), status.get("rows"))
        first = self.ended.setdefault(job, seen)
        if first != seen:
            self.wrong.append(f"{job} ended twice: {first}, {seen}")
        return True


def cluster(node):
    return json.loads(http(node, "GET", "v1/cluster"))


def status(node):
    return json.loads(http(node, "GET", "v1/node"))


def members(node):
    return len(cluster(node)["members"])


def kill_in_turn(nodes, load):
    for turn, victim in enumerate(nodes):
        time.sleep(STEADY_SECONDS)
        name = status(victim)["name"]
        others = [x for x in nodes if x is not victim]
        before = {(x["kind"], x["name"])
                  for x in cluster(victim)["owners"] if x["node"] == name}
        victim.kill()
        begun = time.monotonic()

        def moved():
            now = cluster(others[0])["owners"]
            return before <= {(x["kind"], x["name"]) for x in now
                              if x["node"] != name}
        until("the queues are elsewhere", moved, 20)
        print(f"kill {turn + 1}: {len(before)} queues run elsewhere after "
              f"{time.monotonic() - begun:.1f} s; "
              f"{len(load.accepted)} jobs so far")
        victim.start()
        until("the killed node is back", lambda: members(others[0]) == 3, 30)


def check_ends(nodes, load):
    for job in load.accepted:
        for node in nodes:
            until(f"{job} has ended", lambda: load.look(node, job), 60)
    states = [load.ended[job][0] for job in load.accepted]
    print(f"{len(states)} jobs accepted: {states.count('success')} SUCCESS, "
          f"{states.count('fail')} FAIL; {load.right} results read and right, "
          f"{load.lost} lost with a node, {load.refused} submissions refused; "
          f"slowest {load.slowest:.1f} s")
    assert len(states) >= ACCEPTED_MIN, "too few accepted"
    assert states.count("fail") * 10 <= len(states), "too many failed"
    assert load.right * 10 >= len(states) * 8, "too few results read"


def check_nothing_is_left(nodes):
    """What runs is what the catalog says."""
    def quiet():
        owners = cluster(nodes[0])["owners"]
        counts = [status(node) for node in nodes]
        for x in counts:
            owned = [o for o in owners if o["node"] == x["name"]]
            if (x.get("queues", 0) != len(owned) or x.get("runningJobs", 0)
                    or x.get("tasks", 0) or x.get("rules", 0)):
                return False
        # Beside its queues a node runs the same actors as any other.
        return len({x["actors"] - x.get("queues", 0) for x in counts}) == 1
    until("nothing runs that nobody owns", quiet, 30)
    print("actors:", [status(node)["actors"] for node in nodes])


def run(nodes):
    until("three members", lambda: members(nodes[0]) == 3, 30)
    for queue in QUEUES[1:]:
        http(nodes[1], "PUT", f"v1/queues/{queue}", {"name": queue})
    until("the queues have owners",
          lambda: len(cluster(nodes[0])["owners"]) == len(QUEUES), 20)
    load = Load(nodes)
    try:
        kill_in_turn(nodes, load)
        time.sleep(STEADY_SECONDS)
    finally:
        load.stop()
    assert not load.wrong, load.wrong[:5]
    check_ends(nodes, load)
    assert not load.wrong, load.wrong[:5]
    check_nothing_is_left(nodes)
    for node in nodes:
        node.stop()


def main():
    log = f"log:\n  kafka: {brokers()}\n  topic: log-{time.time_ns()}\n"
    with folder() as home:
        nodes = [Node(home, f"n{i}", log) for i in range(3)]
        try:
            run(nodes)
        finally:
            for node in nodes:
                if node.process.poll() is None:
                    node.kill()


main()
