"""What programs may rely on when they call `herald`: the lines of `sql --json`,
exit statuses, the summary of `run`, and a clean end at Ctrl-C; and what people
may rely on in the shell."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time

from support import HERALD, folder, herald

VALUES = """SELECT
  CAST('1.10' AS DECIMAL(38, 10)) AS short,
  CAST('-12345678901234567890123456789.123456789' AS DECIMAL(38, 9)) AS long,
  CAST('2026-01-02 03:04:05' AS TIMESTAMP(3)) AS whole,
  CAST('2026-01-02 03:04:05.678' AS TIMESTAMP(3)) AS millis,
  DATE '2026-02-28' AS a_day, CAST(NULL AS INT) AS nothing,
  9223372036854775807 AS most, 0.1E0 AS tenth, 'ä"\\' AS text, TRUE AS yes;"""
VALUES_LINE = (
    '{"op":"+I","row":{"short":1.1000000000,'
    '"long":-12345678901234567890123456789.123456789,'
    '"whole":"2026-01-02 03:04:05.000","millis":"2026-01-02 03:04:05.678",'
    '"a_day":"2026-02-28","nothing":null,"most":9223372036854775807,'
    '"tenth":0.1,"text":"ä\\"\\\\","yes":true}}\n')

COUNTS = """SELECT word, COUNT(*) AS n
FROM (VALUES ('a'), ('b'), ('a'), ('a')) AS v(word) GROUP BY word;"""

ENDLESS = """CREATE TABLE ticks (id BIGINT) WITH
  ('connector' = 'datagen', 'rows-per-second' = '500');
CREATE TABLE sink (id BIGINT) WITH
  ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'json');
INSERT INTO sink SELECT id FROM ticks;"""

BOUNDED = """CREATE TABLE bids (event_type INT,
  bid ROW<price BIGINT>) WITH ('connector' = 'nexmark',
  'events.num' = '50000');
CREATE TABLE sink (price BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sink SELECT bid.price FROM bids WHERE event_type = 2;"""


WRONG_OPTION = """CREATE TABLE t (id BIGINT) WITH (
  'connector' = 'filesystem', 'path' = '/nowhere',
  'formt' = 'json');
SELECT * FROM t;"""


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


# -- rows --------------------------------------------------------------------


def check_rows():
    done = herald("sql", "--json", "-e", VALUES)
    assert done.stdout == VALUES_LINE, done.stdout
    assert done.stderr == "", done.stderr


def check_changes():
    """Applying the changes in order gives the result."""
    rows = {}
    for line in herald("sql", "--json", "-e", COUNTS).stdout.splitlines():
        change = json.loads(line)
        assert list(change) == ["op", "row"], line
        word, n = change["row"]["word"], change["row"]["n"]
        if change["op"] in ("-U", "-D"):
            assert rows.pop(word) == n, line
        else:
            assert change["op"] in ("+I", "+U") and word not in rows, line
            rows[word] = n
    assert rows == {"a": 3, "b": 1}, rows


def check_limit():
    """Once a LIMIT is reached, not even an endless source goes on."""
    sql = ENDLESS.split("CREATE TABLE sink")[0]
    sql += "SELECT id + 1 AS x FROM ticks LIMIT 7; SELECT 'on' AS text;"
    done = herald("sql", "--json", "-e", sql, timeout=60)
    rows = [json.loads(line)["row"] for line in done.stdout.splitlines()]
    assert [list(x) for x in rows] == [["x"]] * 7 + [["text"]], rows


def check_analysis(home):
    """EXPLAIN ANALYZE runs the statement and says what each operator did."""
    sql = BOUNDED.split("INSERT")[0] + "EXPLAIN ANALYZE INSERT INTO sink " \
        "SELECT MAX(price) FROM (SELECT bid.price, bid.auction FROM bids " \
        "WHERE event_type = 2) GROUP BY auction;"
    sql = sql.replace("bid ROW<price BIGINT>",
                      "bid ROW<price BIGINT, auction BIGINT>")
    plan = herald("sql", "-e", sql, "--set", "parallelism=2").stdout
    assert "    = 50000 rows read" in plan, plan
    assert "    = 46000 rows in, " in plan, plan
    assert " bytes of state" in plan, plan
    assert plan.rstrip().endswith("rows written"), plan
    with open(f"{home}/mixed", "w", encoding="utf-8") as file:
        file.write("1\n2\n3,x\n")
    plan = herald("sql", "-e", "CREATE TABLE m (a INT) WITH ("
                  f"'connector' = 'filesystem', 'path' = '{home}/mixed', "
                  "'format' = 'csv', 'csv.ignore-parse-errors' = 'true'); "
                  "EXPLAIN ANALYZE SELECT a FROM m").stdout
    assert "    = 3 rows read, 1 malformed left out" in plan, plan
    rows = herald("sql", "-e", "EXPLAIN ANALYZE " + COUNTS).stdout
    assert "    = 4 rows in" in rows and "anna" not in rows, rows


def check_input_and_output():
    """A script on standard input is one text; no value loses its end."""
    script = "SELECT 1 AS a;\nSELECT 2 AS\n  b;\nSELEC 3;\n"
    done = subprocess.run([HERALD, "sql"], input=script, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 1, done
    assert done.stderr.startswith("error: line 4, column 1"), done.stderr
    asked = subprocess.run([HERALD, "sql"], input="help;\n", text=True,
                           capture_output=True, timeout=60)
    assert asked.returncode == 0 and "SHOW TABLES" in asked.stderr, asked
    long = "x" * 100
    wide = "SELECT x, y FROM (VALUES (1, 'a'), (9223372036854775807, " \
        f"'{long}')) AS v(x, y);"
    out = herald("sql", "-e", wide, "--set", "batch.size=1").stdout
    assert "9223372036854775807" in out and long in out, out


def check_words(home):
    """What a statement without rows did is said, but not to programs."""
    out = f"{home}/said"
    sql = ENDLESS.format(out=out).replace("'500'", "'500', "
                                          "'number-of-rows' = '9'")
    words = herald("sql", "-e", sql)
    assert words.stdout == "", words
    assert words.stderr.startswith("FINISHED: 9 records in, 9 out"), words
    assert herald("sql", "--json", "-e", sql).stderr == ""
    assert herald("sql", "-e", "SHOW TABLES").stdout == "0 rows\n"


# -- statuses ----------------------------------------------------------------


def check_errors(home):
    """Status 1, nothing on standard output, one message that says what."""
    script = write(f"{home}/wrong.sql", "SELECT 1;\nSELEC 2;")
    late = "SELECT CAST(x AS INT) FROM (VALUES ('z')) AS v(x)"
    cases = [
        (["sql", "-f", script], "line 2, column 1: expected a statement"),
        (["sql", "-e", "SELECT 1 + nix"], "there is no column 'nix'"),
        (["sql", "-e", late], "cannot read 'z' as INT"),
        (["sql", "-f", home], f"cannot read '{home}'"),
        (["sql", "-f", f"{home}/none.sql"], f"cannot read '{home}/none.sql'"),
        (["sql", "-e", "SELECT 1", "--set", "batch.size=0"], "'batch.size'"),
        (["sql", "-e", "SET 'table.exec.mini-batch.enable' = 'true'"],
         "did you mean 'table.exec.mini-batch.enabled'?"),
        (["sql", "-f", write(f"{home}/option.sql", WRONG_OPTION)],
         "line 3, column 3: table 't': option 'format' is missing (is 'formt' "
         "meant to be it?)"),
        (["tsk", "list"], "there is no verb 'tsk' (did you mean 'task'?)"),
        (["task", "strt", "x"], "there is no verb 'strt'"),
        (["run", f"{home}/none.sql"], f"cannot read '{home}/none.sql'"),
        (["run", write(f"{home}/q.sql", "SELECT 1")], "INSERT"),
        (["task", "list", "--node", "127.0.0.1:1"],
         "cannot reach a node at 127.0.0.1:1"),
    ]
    for arguments, wanted in cases:
        done = herald(*arguments, check=False)
        assert done.returncode == 1, (arguments, done)
        assert done.stdout == "", (arguments, done.stdout)
        assert done.stderr.startswith("error: "), (arguments, done.stderr)
        assert done.stderr.count("error:") == 1, (arguments, done.stderr)
        assert wanted in done.stderr, (arguments, done.stderr)


# -- summary and Ctrl-C ------------------------------------------------------


def check_summary(home):
    script = write(f"{home}/bounded.sql", BOUNDED)
    done = herald("run", "--json", script, "--set", "parallelism=2",
                  "--set", "batch.size=100")
    summary = json.loads(done.stdout)
    assert summary["state"] == "FINISHED", summary
    assert summary["records_in"] == 50000, summary
    assert summary["records_out"] == 46000, summary
    assert summary["late"] == summary["malformed"] == 0, summary
    assert 0 < summary["seconds"] < 60, summary
    assert summary["cpu_seconds"] > 0, summary
    assert 1 << 20 < summary["peak_rss_bytes"] < 4 << 30, summary
    words = herald("run", script).stderr
    assert words.startswith("FINISHED: 50000 records in, 46000 out"), words


def interrupt_at_first_output(arguments, has_output):
    """Starts herald, interrupts it once it works, and waits for its end."""
    process = subprocess.Popen([HERALD, *arguments], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    killer = threading.Timer(60, process.kill)  # a hang is a failure
    killer.start()
    first = has_output(process)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate()
    killer.cancel()
    return process.returncode, first + out, errors


def check_interrupt(home):
    """What was read is written; the status says that all went well."""
    out = f"{home}/ticks"
    script = write(f"{home}/endless.sql", ENDLESS.format(out=out))
    ready = threading.Event()

    def files_appear(process):
        while not os.path.isdir(out) or not os.listdir(out):
            assert process.poll() is None, process.stderr.read()
            ready.wait(0.05)
        return ""
    status, summary, errors = interrupt_at_first_output(
        ["run", "--json", script], files_appear)
    assert status == 0, (status, errors)
    summary = json.loads(summary)
    assert summary["state"] == "STOPPED", summary
    assert summary["records_in"] == summary["records_out"], summary
    lines = sum(len(open(f"{out}/{x}").readlines()) for x in os.listdir(out))
    assert lines == summary["records_out"], (lines, summary, os.listdir(out))


def check_interrupted_select():
    sql = ENDLESS.split("CREATE TABLE sink")[0] + "SELECT id FROM ticks;" \
        "SELECT 'this statement comes too late' AS text;"
    status, out, errors = interrupt_at_first_output(
        ["sql", "--json", "-e", sql], lambda process: process.stdout.readline())
    assert status == 0, (status, errors)
    rows = [json.loads(line) for line in out.splitlines()]
    assert all(list(x["row"]) == ["id"] for x in rows), rows[-1]
    assert re.fullmatch(r"cancelled after \d+ rows?\n", errors), errors


# -- the shell ---------------------------------------------------------------


class Terminal:
    """`herald sql` as a person has it: keys go in, the screen comes out."""

    def __init__(self, home=""):
        """Lines of before are kept in `home`, if there is one."""
        self.screen = ""
        self.process, self.keys = pty.fork()
        if self.process == 0:
            os.execve(HERALD, [HERALD, "sql"], {**os.environ, "HOME": home})

    def see(self, wanted, seconds=60):
        """Waits until the screen shows `wanted`, and forgets what was before."""
        end = time.monotonic() + seconds
        while not (found := re.search(wanted, self.screen)):
            assert time.monotonic() < end, (wanted, self.screen[-2000:])
            if select.select([self.keys], [], [], 0.2)[0]:
                text = os.read(self.keys, 65536).decode(errors="replace")
                self.screen += text.replace("\r", "")
        self.screen = self.screen[found.end():]
        return found.group(0)

    def type(self, text):
        os.write(self.keys, text.encode())

    def end(self):
        """Its exit status."""
        status = os.waitpid(self.process, 0)[1]
        os.close(self.keys)
        return os.waitstatus_to_exitcode(status)


def check_shell():
    shell = Terminal()
    shell.see(r"Ctrl-C cancels a statement; quit leaves.\n")
    shell.see("herald> ")
    for asked in "help;\n", "HELP select;\n":
        shell.type(asked)
        shell.see(r"quit, exit")
    shell.type("SELECT 1 +\n")
    shell.see("     -> ")
    shell.type("\x03")  # what was typed is forgotten
    shell.see("herald> ")
    shell.type("SELECT ';' AS a,\n 2 AS b; -- two\n")
    shell.see(r";       2 *\n1 row\n")
    shell.type("SELECT nix;\n")
    shell.see("no column 'nix'")
    shell.type(ENDLESS.split("CREATE TABLE sink")[0].replace("\n", " ") + "\n")
    shell.see("herald> ")
    for _ in range(2):  # it is there for the next statement, too
        shell.type("SELECT id FROM ticks;\n")
        shell.see(r"\d+ *\n.*\d+ *\n")
        shell.type("\x03")
        shell.see(r"cancelled after \d+ rows\n")
        shell.see("herald> ")
    shell.type("SELECT 'still' AS here;\n")
    shell.see(r"still *\n1 row\n")
    shell.type("QUIT;\n")
    assert shell.end() == 0


def check_editing(home):
    """Lines are edited, and those of earlier shells come back."""
    shell = Terminal(home)
    shell.see("herald> ")
    shell.type("ELECT 'Größe' AS größe;\x01S\n")  # Ctrl-A: to the begin
    shell.see(r"Größe *\n1 row\n")
    shell.see("herald> ")
    shell.type("SELECT\tCHAR_LENGTH('\t') AS\ttab;\n")
    shell.see(r"tab *\n")
    shell.see(r"1 *\n1 row\n")
    shell.see("herald> ")
    os.write(shell.keys, b"SELECT '\xc3', 'late\xe4' AS x;\n")  # no UTF-8
    shell.see(r"1 row\n")
    shell.see("herald> ")
    shell.type("SELECT 1;\x15quit\n")  # Ctrl-U: nothing of it is left
    assert shell.end() == 0
    history = os.path.join(home, ".herald_history")
    assert os.stat(history).st_mode & 0o777 == 0o600, os.stat(history)
    shell = Terminal(home)
    shell.see("herald> ")
    shell.type(4 * "\x10" + "\n")  # Ctrl-P: the fourth line before
    shell.see(r"Größe *\n1 row\n")
    shell.see("herald> ")
    shell.type("SELECT\n")
    shell.see("     -> ")
    shell.type("'x\x03")
    shell.see("herald> ")
    shell.type("\x04")
    assert shell.end() == 0


def check_end_of_shell():
    """By the end of input, and from outside."""
    shell = Terminal()
    shell.see("herald> ")
    shell.type("\x04")
    assert shell.end() == 0
    shell = Terminal()
    shell.see("herald> ")
    os.kill(shell.process, signal.SIGTERM)
    assert shell.end() == 0


def check_local_times():
    """People see instants in the session's zone, programs in UTC."""
    sql = "SET 'table.local-time-zone' = 'Asia/Tokyo'; SELECT " \
        "TO_TIMESTAMP_LTZ(0, 3) AS t, ROW(1, TO_TIMESTAMP_LTZ(0, 3)) AS r, " \
        "TIMESTAMP '2026-01-01 00:00:00' AS l, " \
        "CAST(NULL AS TIMESTAMP_LTZ(9)) AS n;"
    shown = herald("sql", "-e", sql).stdout
    assert "1970-01-01 09:00:00.000  (1, 1970-01-01 09:00:00.000)  " \
        "2026-01-01 00:00:00" in shown, shown
    shown = herald("sql", "--json", "-e", sql).stdout
    assert '"t":"1970-01-01 00:00:00.000' in shown, shown
    sql = "SET 'table.local-time-zone' = 'Asia/Tokyo'; CREATE TABLE p " \
        "(t TIMESTAMP_LTZ(3)) WITH ('connector' = 'print'); " \
        "INSERT INTO p SELECT TO_TIMESTAMP_LTZ(0, 3);"
    shown = herald("sql", "-e", sql).stdout
    assert shown == "+I[1970-01-01 00:00:00.000Z]\n", shown


def check_malformed(home):
    """A record that is left out is counted, with the reason of the last."""
    lines = '{"a": 1}\n{"a": \n{"a": 3}\n'
    for option in "", ", 'json.ignore-parse-errors' = 'true'":
        table = "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', " \
            f"'path' = '{write(home + '/bad.json', lines)}', " \
            f"'format' = 'json'{option}); "
        done = herald("sql", "-e", table + "SELECT * FROM t;")
        reason = f"{home}/bad.json at 9: at byte "
        assert f"1 malformed record was left out, the last: {reason}" \
            in done.stderr, done.stderr
        assert "a dead-letter table keeps them" in done.stderr, done.stderr
        plan = herald("sql", "-e", table + "EXPLAIN ANALYZE SELECT * FROM t;")
        assert f"1 malformed left out (the last: {reason}" in plan.stdout, plan
    kept = "CREATE TABLE kept (line BYTES, reason STRING, " \
        "split STRING, `position` BIGINT) WITH " \
        "('connector' = 'blackhole'); " \
        + table.replace(f"'json'{option}", "'json', 'dead-letter' = 'kept'")
    done = herald("sql", "-e", kept + "SELECT * FROM t;")
    assert "1 malformed record was left out" in done.stderr, done.stderr
    assert "a dead-letter table" not in done.stderr, done.stderr


def main():
    with folder() as home:
        check_rows()
        check_changes()
        check_limit()
        check_analysis(home)
        check_input_and_output()
        check_words(home)
        check_errors(home)
        check_summary(home)
        check_interrupt(home)
        check_interrupted_select()
        check_shell()
        check_editing(home)
        check_end_of_shell()
        check_local_times()
        check_malformed(home)
    print("all as documented")


main()
