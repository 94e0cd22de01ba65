"""What the programs that measure share: finding what to run, and a broker."""

import argparse
import contextlib
import glob
import os
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(ROOT, "build", "release", "bin")
QUERIES = os.path.join(ROOT, "bench", "nexmark", "queries")
TOPIC = "nexmark"

# The physical columns of tables.sql: what goes into the topic.
FILL = """
CREATE TABLE topic (event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING,
             city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING,
              initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3),
              expires TIMESTAMP(3), seller BIGINT, category BIGINT,
              extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING,
          url STRING, `dateTime` TIMESTAMP(3), extra STRING>)
WITH ('connector' = 'kafka', 'topic' = '%s', 'format' = 'json',
      'json.encode.ignore-null-fields' = 'true',
      'properties.bootstrap.servers' = '%s');
INSERT INTO topic SELECT event_type, person, auction, bid FROM nexmark;
"""


SIDE_ROWS = 10_000


class Failed(Exception):
    """A message for people."""


def program(name):
    path = os.path.join(BIN, name)
    if not os.access(path, os.X_OK):
        raise Failed(f"there is no {os.path.relpath(path, ROOT)}; "
                     "tools/dev bench builds it")
    return path


def output_of(command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise Failed(f"{os.path.basename(command[0])} ended with status "
                     f"{done.returncode}")
    return done.stdout


def known_queries():
    names = [os.path.basename(path)[:-len(".sql")]
             for path in glob.glob(os.path.join(QUERIES, "q*.sql"))]
    return sorted(names, key=lambda name: int(name[1:]))


def chosen_queries(text):
    known = known_queries()
    chosen = text.split(",") if text else known
    for name in chosen:
        if name not in known:
            raise Failed(f"there is no query '{name}'; there are "
                         + ", ".join(known))
    return chosen


def kafka(*arguments):
    return output_of([os.path.join(ROOT, "tools", "dev"), "kafka", *arguments])


def fill_topic(brokers, events, folder):
    with open(os.path.join(QUERIES, "tables.sql"), encoding="utf-8") as file:
        tables = file.read().replace(
            "${SOURCE}", f"'connector' = 'nexmark', 'events.num' = '{events}'")
    script = os.path.join(folder, "fill.sql")
    with open(script, "w", encoding="utf-8") as file:
        file.write(tables + FILL % (TOPIC, brokers))
    output_of([program("herald"), "run", "--quiet", script])


@contextlib.contextmanager
def scratch():
    """A folder with the files that queries read."""
    os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
    with tempfile.TemporaryDirectory(
            prefix="bench-", dir=os.path.join(ROOT, "build")) as folder:
        path = os.path.join(folder, "side_input.json")
        with open(path, "w", encoding="utf-8") as file:
            for i in range(SIDE_ROWS):
                file.write(f'{{"key":{i},"value":"{i}"}}\n')
        yield folder


@contextlib.contextmanager
def broker(partitions=1):
    """A broker of our own, and a folder for scripts; gives both. Large: about
    300 bytes an event, so not in a /tmp that may be memory."""
    os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
    folder = tempfile.mkdtemp(prefix="bench-", dir=os.path.join(ROOT, "build"))
    data = os.path.join(folder, "kafka")
    try:
        lines = kafka("start", "--port", "0", "--dir", data, "--partitions",
                      str(partitions))
        yield lines.split()[-1], folder
    finally:
        kafka("stop", "--dir", data)
        shutil.rmtree(folder, ignore_errors=True)


def create_topic(brokers, topic):
    """A broker makes a topic when somebody writes to it."""
    subprocess.run(["kcat", "-P", "-b", brokers, "-t", topic], input=b"{}\n",
                   check=True)


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return value
