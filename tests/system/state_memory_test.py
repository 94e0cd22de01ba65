"""What state takes: ten million keys of a count within 2 GB, and windows that
give their memory back."""

import os

from support import HERALD, folder

KEYS = 10_000_000
SOURCE = f"""
CREATE TABLE numbers (
  k BIGINT, ts AS TO_TIMESTAMP_LTZ(k, 3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000',
  'number-of-rows' = '{KEYS}', 'fields.k.kind' = 'sequence',
  'fields.k.start' = '1', 'fields.k.end' = '{KEYS}');
CREATE TABLE sink (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sink SELECT k, COUNT(*) FROM """
CASES = {
    "a count by key": ("numbers GROUP BY k", 2 << 30),
    "a count by key that is forgotten in time": (
        "TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
        "GROUP BY k, window_start, window_end", 256 << 20),
}


def peak(script):
    """Bytes resident at most, of a run that ends well."""
    process = os.posix_spawn(
        HERALD, ["herald", "run", script, "--set", "parallelism=2"],
        os.environ)
    _, status, usage = os.wait4(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, script
    return usage.ru_maxrss * 1024


def main():
    with folder() as home:
        for name, (query, limit) in CASES.items():
            script = os.path.join(home, "query.sql")
            with open(script, "w") as file:
                file.write(SOURCE + query + ";")
            bytes_max = peak(script)
            print(f"{name}: {bytes_max >> 20} MB of {limit >> 20}")
            assert bytes_max <= limit, name


main()
