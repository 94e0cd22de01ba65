"""A folder that gets files while a task reads it ('source.monitor-interval'):
each row comes once, also when the task stops in between and starts again under
another parallelism, and none is lost when it is killed."""

import collections
import glob
import os
import signal
import subprocess
import threading

from support import HERALD, folder, herald, until

TABLES = """SET 'parallelism' = '{parallelism}';
CREATE TABLE arrived (id INT, k STRING) PARTITIONED BY (k) WITH (
  'connector' = 'filesystem', 'path' = '{home}/in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms');
CREATE TABLE kept (id INT, k STRING) WITH ('connector' = 'filesystem',
  'path' = '{home}/out', 'format' = 'csv');
"""


def put(home, ids):
    """A file with `ids`, as others should write them: it gets its name when it
    is whole."""
    path = f"{home}/in/k={ids[0] % 3}"
    os.makedirs(path, exist_ok=True)
    with open(f"{path}/.new", "w") as file:
        file.writelines(f"{x}\n" for x in ids)
    os.rename(f"{path}/.new", f"{path}/{ids[0]:06}.csv")


def put_all(home, numbers):
    for n in numbers:
        put(home, range(n * 50, n * 50 + 50))


def ids_in(pattern):
    """How often each id was written."""
    found = collections.Counter()
    for path in glob.glob(pattern):
        with open(path) as file:
            for line in file:
                if line.endswith("\n"):
                    n, k = line.strip().split(",")
                    assert int(k) == int(n) // 50 * 50 % 3, line
                    found[int(n)] += 1
    return found


def start(home, parallelism):
    script = f"{home}/task.sql"
    with open(script, "w") as file:
        file.write(TABLES.format(home=home, parallelism=parallelism)
                   + "INSERT INTO kept SELECT * FROM arrived;")
    return subprocess.Popen([HERALD, "run", script],
                            stdout=subprocess.DEVNULL)


def check_restarts(home):
    os.mkdir(f"{home}/in")
    put_all(home, range(20))
    hidden = f"{home}/out/.part-*"
    done = 0
    for parallelism in (2, 3, 1):
        process = start(home, parallelism)
        writer = threading.Thread(
            target=put_all, args=(home, range(done + 20, done + 60)))
        writer.start()
        writer.join()
        done += 40
        want = (done + 10) * 50
        until("rows", lambda: sum(ids_in(hidden).values()) + sum(
            ids_in(f"{home}/out/part-*").values()) >= want, 60)
        process.send_signal(signal.SIGINT)
        process.wait(60)
        assert not glob.glob(hidden), glob.glob(hidden)
    process = start(home, 2)
    put_all(home, range(done + 20, done + 40))
    total = (done + 40) * 50
    until("the rest", lambda: sum(ids_in(hidden).values()) + sum(
        ids_in(f"{home}/out/part-*").values()) >= total, 60)
    process.send_signal(signal.SIGINT)
    process.wait(60)
    got = ids_in(f"{home}/out/part-*")
    assert got == {x: 1 for x in range(total)}, (len(got), sum(got.values()))


def check_killed(home):
    os.mkdir(f"{home}/in")
    put_all(home, range(20))
    for n in range(3):
        process = start(home, 2)
        put_all(home, range(20 + n * 20, 40 + n * 20))
        until("rows", lambda: len(ids_in(f"{home}/out/.part-*")) > 0, 60)
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = start(home, 2)
    until("all rows", lambda: len(ids_in(f"{home}/out/.part-*")
                                  + ids_in(f"{home}/out/part-*")) == 80 * 50,
          60)
    process.send_signal(signal.SIGINT)
    process.wait(60)


def check_queries(home):
    """LIMIT ends a query; a watermark goes on though subtasks have no file, or
    none with rows."""
    os.mkdir(f"{home}/in")
    put_all(home, range(2))
    tables = TABLES.format(home=home, parallelism=2)
    got = herald("sql", "--json", "-e",
                 tables + "SELECT id FROM arrived LIMIT 60;")
    assert len(got.stdout.splitlines()) == 60, got.stdout
    plan = herald("sql", "-e", tables + "SET 'execution.runtime-mode' = "
                  "'batch'; SELECT id FROM arrived;", check=False)
    assert "arrived" in plan.stderr and plan.returncode == 1, plan.stderr
    for n in range(16):
        with open(f"{home}/in/k=0/empty{n}.csv", "w"):
            pass
    got = herald("sql", "--json", "-e", f"""SET 'parallelism' = '4';
      SET 'table.exec.source.idle-timeout' = '200 ms';
      CREATE TABLE arrived (id INT, ts AS TO_TIMESTAMP_LTZ(id * 100, 3),
        WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem',
        'path' = '{home}/in/k=0', 'format' = 'csv',
        'source.monitor-interval' = '20 ms');
      SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE arrived,
        DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start,
        window_end LIMIT 4;""")
    assert len(got.stdout.splitlines()) == 4, got.stdout


def main():
    for check in (check_restarts, check_killed, check_queries):
        with folder() as home:
            check(home)
            print(f"{check.__name__}: ok", flush=True)


if __name__ == "__main__":
    main()
