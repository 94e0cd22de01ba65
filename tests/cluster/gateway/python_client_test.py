"""The Python client against a gateway with a fake backend.

    python_client_test.py FAKE_NODE
"""

import asyncio
import json
import os
import pathlib
import subprocess
import sys
import types
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools" / "python"))

import herald  # noqa: E402  (its folder is not installed)

FAKE_NODE = os.environ.get("FAKE_NODE", "")


class PythonClient(unittest.TestCase):
    def setUp(self):
        self.node = subprocess.Popen([FAKE_NODE], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        self.port = json.loads(self.node.stdout.readline())["rpc"]

    def tearDown(self):
        self.node.stdin.close()
        self.assertEqual(self.node.wait(timeout=60), 0)
        self.node.stdout.close()

    def with_client(self, use):
        async def main():
            async with herald.connect(f"127.0.0.1:{self.port}") as client:
                return await use(client)
        return herald.run(main())

    def test_tasks_live_and_die(self):
        async def use(client):
            version = await client.create_task(
                "t", "SELECT 1", options={"parallelism": 2}, start=True)
            self.assertEqual(version, 1)
            status = await client.task_status("t")
            self.assertEqual(status["wanted"], "running")
            self.assertEqual(status["recordsIn"], 12345678901234)
            self.assertEqual(status["options"], {"parallelism": "2"})
            await client.start_task("t")
            self.assertEqual(
                await client.update_task("t", "SELECT 2", if_version=1), 2)
            await client.stop_task("t")
            self.assertEqual(
                [task["name"] for task in await client.list_tasks()], ["t"])
            await client.delete_task("t")
            with self.assertRaises(herald.Error) as caught:
                await client.task_status("t")
            self.assertEqual(caught.exception.code, "notFound")
        self.with_client(use)

    def test_a_wrong_rule_says_where(self):
        async def use(client):
            self.assertEqual(await client.put_rule("name: fraud\n"),
                             ("fraud", 1))
            with self.assertRaises(herald.Error) as caught:
                await client.put_rule("name: fraud\n usr")
            self.assertEqual((caught.exception.line, caught.exception.column),
                             (2, 7))
            self.assertEqual(caught.exception.hint, "did you mean user?")
            rules = await client.list_rules()
            self.assertEqual((rules[0]["version"], rules[0]["matches"]),
                             (1, 7))
            await client.delete_rule("fraud")
        self.with_client(use)

    def test_a_query_gives_its_rows(self):
        async def use(client):
            job = await client.submit("rows 3", user="ana",
                                      format="jsonLines")
            self.assertEqual((await job.status())["user"], "ana")
            self.assertEqual(await job.rows(),
                             [{"job": job.id, "batch": n} for n in range(3)])
            self.assertIsNone(await job.next())
            again = await client.get_job(job.id)
            self.assertEqual((await again.status())["state"], "success")
            self.assertEqual(len(await client.list_jobs(user="ana")), 1)
        self.with_client(use)

    def test_a_piece_that_nobody_waited_for_is_not_lost(self):
        async def use(client):
            job = await client.submit("rows 2", format="jsonLines")
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(job.next(), 0)
            self.assertEqual([row["batch"] for row in await job.rows()],
                             [0, 1])
        self.with_client(use)

    def test_a_piece_that_was_out_of_reach_is_asked_for_again(self):
        answers = iter([herald.Error("unavailable", "try again"),
                        types.SimpleNamespace(done=False, data=b"x")])

        async def call(*_):
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        async def use():
            job = herald.client.Job("q.1", None, "arrow")
            with self.assertRaises(herald.Error):
                await job.next()
            self.assertEqual(await job.next(), b"x")
        with unittest.mock.patch("herald.client._call", call):
            asyncio.run(use())

    def test_a_large_result_comes_in_pieces(self):
        async def use(client):
            job = await client.submit("bytes 3000000")
            sizes = [len(piece) async for piece in job]
            self.assertEqual(sum(sizes), 3000000)
            self.assertGreater(len(sizes), 2)
        self.with_client(use)

    def test_many_jobs_run_at_once(self):
        async def use(client):
            async def one(number):
                job = await client.submit(f"rows {number}",
                                          format="jsonLines")
                return len(await job.rows())
            counts = await asyncio.gather(*(one(n) for n in range(30)))
            self.assertEqual(counts, list(range(30)))
        self.with_client(use)

    def test_a_failed_and_a_cancelled_job_say_why(self):
        async def use(client):
            job = await client.submit("fail")
            with self.assertRaises(herald.Error) as caught:
                await job.read()
            self.assertEqual(str(caught.exception), "out of memory")
            job = await client.submit("rows 9")
            await job.cancel()
            status = await job.status()
            self.assertEqual(status["state"], "fail")
            self.assertEqual(status["error"]["code"], "cancelled")
        self.with_client(use)

    def test_queues_settings_and_the_cluster_are_shown(self):
        async def use(client):
            await client.put_queue("etl", weight=2.5, kinds=["etl"])
            queues = await client.list_queues()
            self.assertEqual(queues[0]["spec"]["kinds"], ["etl"])
            self.assertEqual(await client.put_setting("a.b", 1), 1)
            self.assertEqual(await client.get_settings("a."), {"a.b": "1"})
            cluster = await client.cluster_status()
            self.assertEqual(cluster["members"][1]["state"], "suspect")
            self.assertEqual((await client.node_status())["actors"], 17)
        self.with_client(use)

    def test_a_message_over_the_limit_is_an_error_of_its_own(self):
        async def use(client):
            with self.assertRaises(herald.Error) as caught:
                await client.create_task("t", "x" * ((1 << 20) + 1))
            self.assertIn("over the limit of 524288",
                          caught.exception.message)
            with self.assertRaises(herald.Error) as caught:
                await client.create_task("t", "x" * (9 << 20))
            self.assertIn("too large", caught.exception.message)
        self.with_client(use)

    def test_nobody_there_is_an_error_that_says_so(self):
        async def main():
            async with herald.connect("127.0.0.1:1"):
                pass
        with self.assertRaises(herald.Error) as caught:
            herald.run(main())
        self.assertIn("is a node running there?", caught.exception.message)


if __name__ == "__main__":
    FAKE_NODE = sys.argv.pop(1)
    unittest.main()
