"""What the system tests share: the program, nodes, Kafka, skipping."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERALD = os.environ.get("HERALD_BIN", "build/release/bin/herald")
SKIP = 77  # ctest's SKIP_RETURN_CODE of these tests


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIP)


def brokers():
    value = os.environ.get("HERALD_KAFKA")
    if not value:
        skip("HERALD_KAFKA is not set: ./tools/dev test system starts a broker")
    return value


def herald(*arguments, check=True, timeout=120):
    done = subprocess.run([HERALD, *arguments], capture_output=True, text=True,
                          timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"herald {arguments}: {done.stderr}")
    return done


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line]


def until(what, condition, seconds):
    """Polls until `condition()` is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            if condition():
                return
        except AssertionError as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what} ({last})")


class Node:
    """One `herald node` process with a data folder of its own."""

    def __init__(self, folder, name, log=""):
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder, exist_ok=True)
        self.config = os.path.join(self.folder, "herald.yaml")
        with open(self.config, "w") as file:
            file.write(f"data: {self.folder}/data\n{log}"
                       "clients:\n  rpc: 127.0.0.1:0\n  http: 127.0.0.1:0\n")
        self.start()

    def start(self):
        self.errors = open(os.path.join(self.folder, "log.txt"), "a")
        self.process = subprocess.Popen(
            [HERALD, "node", "--config", self.config], text=True,
            stdout=subprocess.PIPE, stderr=self.errors)
        line = self.process.stdout.readline()
        words = line.replace(",", "").split()
        if "rpc" not in words:
            raise AssertionError(f"the node did not start: {line!r}, see "
                                 f"{self.folder}/log.txt")
        self.address = "127.0.0.1:" + words[words.index("rpc") + 1]
        self.http = "127.0.0.1:" + words[words.index("http") + 1]

    def call(self, *arguments, check=True):
        return herald(*arguments, "--node", self.address, "--json",
                      check=check)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("the node did not end within 30 s")


def folder():
    return tempfile.TemporaryDirectory(prefix="herald-")
