"""Kafka for the system tests: topics, records, and brokers of their own."""

import os
import pathlib
import signal
import subprocess

from support import skip, until

try:
    from confluent_kafka import Consumer, Producer, TopicPartition
    from confluent_kafka.admin import AdminClient, NewTopic
except ImportError:
    skip("confluent_kafka is not installed: run ./tools/dev setup")

ANSWER_SECONDS = 30


class Topics:
    """The topics of one broker."""

    def __init__(self, servers):
        self.servers = servers

    def create(self, name, partitions):
        # A client lives only as long as a call: the broker may be stopped.
        admin = AdminClient({"bootstrap.servers": self.servers})
        made = admin.create_topics([NewTopic(name, partitions, 1)])
        made[name].result(ANSWER_SECONDS)

    def write(self, name, records):
        """Writes (partition, value) pairs; returns when all are safe."""
        refused = []
        producer = Producer({"bootstrap.servers": self.servers, "acks": "all",
                             "linger.ms": 20})

        def delivered(error, _):
            if error is not None:
                refused.append(error)
        for partition, value in records:
            while True:
                try:
                    producer.produce(name, value, partition=partition,
                                     on_delivery=delivered)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        left = producer.flush(ANSWER_SECONDS)
        assert left == 0 and not refused, (left, refused[:3])

    def _ends(self, consumer, name):
        found = consumer.list_topics(name, timeout=ANSWER_SECONDS)
        return {p: consumer.get_watermark_offsets(
                    TopicPartition(name, p), timeout=ANSWER_SECONDS)[1]
                for p in found.topics[name].partitions}

    def _consumer(self):
        return Consumer({"bootstrap.servers": self.servers,
                         "group.id": "system-tests",
                         "enable.auto.commit": False})

    def count(self, name):
        consumer = self._consumer()
        try:
            return sum(self._ends(consumer, name).values())
        finally:
            consumer.close()

    def read(self, name):
        """The values of all records that are there now."""
        consumer = self._consumer()
        try:
            ends = {p: end for p, end in self._ends(consumer, name).items()
                    if end > 0}
            consumer.assign([TopicPartition(name, p, 0) for p in ends])
            values = []
            while ends:
                record = consumer.poll(ANSWER_SECONDS)
                assert record is not None, f"{name}: nothing up to {ends}"
                assert record.error() is None, record.error()
                p, offset = record.partition(), record.offset()
                if p in ends and offset < ends[p]:
                    values.append(record.value())
                if p in ends and offset + 1 >= ends[p]:
                    del ends[p]
            return values
        finally:
            consumer.close()


ROOT = pathlib.Path(__file__).resolve().parents[2]


class Broker:
    """A broker of this test's own, to be stopped and started again."""

    def __init__(self, folder):
        self.folder = folder
        self.servers = self._dev("start", "--port", "0")

    def _dev(self, verb, *more):
        done = subprocess.run(
            [ROOT / "tools/dev", "kafka", verb, "--dir", self.folder, *more],
            capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self):
        """With the data and the port that it had."""
        assert self._dev("start") == self.servers

    def stop(self):
        self._dev("stop")

    def kill(self):
        with open(f"{self.folder}/kafka.pid") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGKILL)
        until("the broker is gone",
              lambda: not os.path.exists(f"/proc/{pid}"), 30)
