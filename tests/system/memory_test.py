"""A slow reader of the result makes the source wait: memory stays flat over
ten million records, and none is lost."""

import os
import subprocess
import time

from support import HERALD

EVENTS = 10_000_000
BIDS = EVENTS // 50 * 46
RESIDENT_MAX = 256 << 20
STALL_SECONDS = 3  # long enough to fill gigabytes if nothing held the source
SQL = f"""
CREATE TABLE events (event_type INT, bid ROW<auction BIGINT, price BIGINT>)
WITH ('connector' = 'nexmark', 'events.num' = '{EVENTS}');
SELECT bid.auction, bid.price FROM events WHERE event_type = 2;"""


def resident(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def main():
    process = subprocess.Popen([HERALD, "sql", "-e", SQL, "--json"],
                               stdout=subprocess.PIPE)
    rows, highest, stalled = 0, 0, False
    while True:
        piece = process.stdout.read(1 << 22)
        if not piece:
            break
        rows += piece.count(b"\n")
        if not stalled and rows > BIDS // 10:
            stalled = True
            end = time.monotonic() + STALL_SECONDS
            while time.monotonic() < end:
                highest = max(highest, resident(process.pid))
                time.sleep(0.05)
        if process.poll() is None:
            highest = max(highest, resident(process.pid))
    assert process.wait(60) == 0
    assert stalled
    assert rows == BIDS, (rows, BIDS)
    assert highest <= RESIDENT_MAX, f"{highest >> 20} MB resident"
    print(f"{rows} rows, {highest >> 20} MB at most")


main()
