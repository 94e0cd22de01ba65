"""MariaDB and Redis servers of a test's own, to be killed and started again."""

import os
import pathlib
import signal
import socket
import subprocess

from support import skip, until

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Server:
    def __init__(self, kind, program, folder):
        if subprocess.run(["which", program], capture_output=True,
                          check=False).returncode != 0:
            skip(f"{program} is not installed: run ./tools/dev setup")
        self.kind, self.folder = kind, folder
        self.address = self._dev("start", "--port", "0")
        self.host, self.port = self.address.split(":")

    def _dev(self, verb, *more):
        done = subprocess.run(
            [ROOT / "tools/dev", self.kind, verb, "--dir", self.folder, *more],
            capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self):
        """With the data and the port that it had."""
        self._dev("start")

    def stop(self):
        self._dev("stop")

    def kill(self):
        with open(f"{self.folder}/server.pid") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGKILL)
        until("the server is dead",
              lambda: not os.path.exists(f"/proc/{pid}/cwd"), 20)


class MariaDb(Server):
    def __init__(self, folder):
        super().__init__("mariadb", "mariadbd", folder)

    def run(self, sql):
        done = subprocess.run(
            ["mariadb", "--no-defaults", "-h", self.host, "-P", self.port,
             "-u", "root", "--default-character-set=utf8mb4"],
            input=sql, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def options(self, table):
        return (f"'connector' = 'mariadb', 'host' = '{self.host}', "
                f"'port' = '{self.port}', 'database' = 'shop', "
                f"'table-name' = '{table}', 'username' = 'root'")


class Redis(Server):
    def __init__(self, folder):
        super().__init__("redis", "redis-server", folder)

    def run(self, *commands):
        with socket.create_connection((self.host, int(self.port))) as link:
            for command in commands:
                words = [x.encode() for x in command]
                text = b"*%d\r\n" % len(words) + b"".join(
                    b"$%d\r\n%s\r\n" % (len(x), x) for x in words)
                link.sendall(text)
                reply = link.recv(4096)
                assert reply[:1] != b"-", reply
