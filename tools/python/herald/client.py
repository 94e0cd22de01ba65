"""The client: one method per call of schemas/herald.capnp."""

import asyncio
import contextlib
import io
import json
import pathlib

import capnp

_HERE = pathlib.Path(__file__).resolve().parent


def _schema():
    """The schema: beside this file when installed, else in the project."""
    # pycapnp brings the files that schemas import as /capnp/….
    imports = [str(pathlib.Path(capnp.__file__).resolve().parents[1])]
    for folder in (_HERE, _HERE.parents[2] / "schemas"):
        path = folder / "herald.capnp"
        if path.exists():
            return capnp.load(str(path), imports=imports)
    raise FileNotFoundError("herald.capnp is neither beside herald/client.py "
                            "nor in schemas/ of the project")


schema = _schema()

_KINDS_OF_TROUBLE = {
    "DISCONNECTED": "unavailable",
    "OVERLOADED": "resourceExhausted",
    "UNIMPLEMENTED": "unimplemented",
}


class Error(Exception):
    """What Herald refused, and why.

    `code` is an enumerator of the schema's ErrorCode, as "notFound". `line`
    and `column` count from 1 and are 0 when the mistake has no place. `hint`
    says what to do; it may be empty.
    """

    def __init__(self, code, message, line=0, column=0, hint=""):
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint


def _of_kj(failure):
    """Makes an Error of what the RPC system raised."""
    text = failure.description.removeprefix("remote exception: ")
    return Error(_KINDS_OF_TROUBLE.get(failure.type, "internal"), text)


async def _call(capability, method, /, **fields):
    """Calls a method of the schema and raises the error of its reply."""
    try:
        request = getattr(capability, method + "_request")()
        for field, value in fields.items():
            setattr(request, field, value)
        reply = await request.send()
    except capnp.KjException as failure:
        raise _of_kj(failure) from failure
    if reply._has("error"):
        error = reply.error
        raise Error(str(error.code), error.message, error.line, error.column,
                    error.hint)
    return reply


def _options(options):
    return [{"key": key, "value": str(value)}
            for key, value in (options or {}).items()]


class Job:
    """A submitted statement; made by Client.submit and Client.get_job.

    Keep it until the result is consumed: a job that is dropped before is
    cancelled, unless it was submitted with detached=True and nothing of its
    result was taken yet.
    """

    def __init__(self, job_id, capability, result_format):
        self.id = job_id
        self.format = result_format
        self._job = capability
        self._asked = None

    async def status(self, *, seen=None, wait_ms=0):
        """The job's state, at once, or with `seen` and `wait_ms` when the
        state is no longer `seen`."""
        reply = await _call(self._job, "status", waitMs=wait_ms,
                            seen=seen or "new")
        return reply.status.to_dict()

    async def next(self):
        """The next piece of the result's bytes; None at its end.

        May be given up (asyncio.wait_for) and called again: no piece is lost.
        """
        if self._asked is None:
            self._asked = asyncio.ensure_future(_call(self._job, "next"))
        asked = self._asked
        try:
            reply = await asyncio.shield(asked)
        except Exception:  # not of being given up
            self._asked = None
            raise
        self._asked = None
        return None if reply.done else bytes(reply.data)

    def __aiter__(self):
        return self

    async def __anext__(self):
        piece = await self.next()
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def read(self):
        """The whole result as bytes."""
        return b"".join([piece async for piece in self])

    async def table(self):
        """The whole result as a pyarrow.Table (needs pyarrow)."""
        import pyarrow

        data = await self.read()
        with pyarrow.ipc.open_stream(io.BytesIO(data)) as stream:
            return stream.read_all()

    async def rows(self):
        """The whole result as a list of dictionaries: by way of pyarrow, or
        without it for a job that was submitted with format="jsonLines"."""
        if self.format == "arrow":
            return (await self.table()).to_pylist()
        data = await self.read()
        return [json.loads(line) for line in data.splitlines() if line]

    async def cancel(self):
        """Ends the job."""
        await _call(self._job, "cancel")


class Client:
    """One connection; made by connect()."""

    def __init__(self, capability):
        self._herald = capability

    async def _call(self, method, /, **fields):
        return await _call(self._herald, method, **fields)

    # Tasks

    async def create_task(self, name, sql, *, project="default", options=None,
                          start=False):
        """Stores a task and returns its version."""
        reply = await self._call("createTask", project=project, name=name,
                                 sql=sql, options=_options(options),
                                 start=start)
        return reply.version

    async def update_task(self, name, sql, *, project="default", options=None,
                          if_version=0):
        """Stores a new version and returns it."""
        reply = await self._call("updateTask", project=project, name=name,
                                 sql=sql, options=_options(options),
                                 ifVersion=if_version)
        return reply.version

    async def start_task(self, name, *, project="default"):
        await self._call("startTask", project=project, name=name)

    async def stop_task(self, name, *, project="default"):
        await self._call("stopTask", project=project, name=name)

    async def delete_task(self, name, *, project="default"):
        await self._call("deleteTask", project=project, name=name)

    async def list_tasks(self, *, project="", limit=1000):
        reply = await self._call("listTasks", project=project, limit=limit)
        return [task.to_dict() for task in reply.tasks]

    async def task_status(self, name, *, project="default"):
        """One task's state, with "sql" and "options" in it."""
        reply = await self._call("taskStatus", project=project, name=name)
        status = reply.status.to_dict()
        status["sql"] = reply.sql
        status["options"] = {one.key: one.value for one in reply.options}
        return status

    # Rules

    async def put_rule(self, yaml, *, project="default"):
        """Loads a rule file; returns its name and version."""
        reply = await self._call("putRule", project=project, yaml=yaml)
        return reply.name, reply.version

    async def delete_rule(self, name, *, project="default"):
        await self._call("deleteRule", project=project, name=name)

    async def list_rules(self, *, project="", limit=1000):
        reply = await self._call("listRules", project=project, limit=limit)
        return [rule.to_dict() for rule in reply.rules]

    # Queries

    async def submit(self, sql, *, queue="default", user="", timeout_ms=0,
                     options=None, format="arrow", kind="adHoc",
                     detached=False, idle_timeout_ms=0):
        """Puts a statement into a queue and returns its Job."""
        reply = await self._call("submitQuery", sql=sql, queue=queue,
                                 user=user, timeoutMs=timeout_ms,
                                 options=_options(options), format=format,
                                 kind=kind, detached=detached,
                                 idleTimeoutMs=idle_timeout_ms)
        return Job(reply.jobId, reply.job, format)

    async def get_job(self, job_id):
        reply = await self._call("getJob", jobId=job_id)
        return Job(job_id, reply.job, str(reply.status.format))

    async def list_jobs(self, *, queue="", user="", states=(), limit=100):
        reply = await self._call("listJobs", queue=queue, user=user,
                                 states=list(states), limit=limit)
        return [job.to_dict() for job in reply.jobs]

    # Queues

    async def put_queue(self, name, *, weight=1.0, capacity=1000,
                        max_running=4, core=False, kinds=()):
        await self._call("putQueue", name=name, weight=weight,
                         capacity=capacity, maxRunning=max_running, core=core,
                         kinds=list(kinds))

    async def list_queues(self):
        reply = await self._call("listQueues")
        return [queue.to_dict() for queue in reply.queues]

    # Cluster

    async def cluster_status(self):
        return (await self._call("clusterStatus")).to_dict()

    async def node_status(self, node=""):
        """Figures of one node; of the one that answers when not named."""
        return (await self._call("nodeStatus", node=node)).to_dict()

    async def get_settings(self, prefix=""):
        reply = await self._call("getSettings", prefix=prefix)
        return {one.key: one.value for one in reply.settings}

    async def put_setting(self, key, value, *, if_version=0):
        """Changes a setting and returns its version."""
        reply = await self._call("putSetting", key=key, value=str(value),
                                 ifVersion=if_version)
        return reply.version


@contextlib.asynccontextmanager
async def connect(address, *, timeout=10.0):
    """Connects to "host:port"; a context manager that gives a Client."""
    host, _, port = address.rpartition(":")
    try:
        stream = await asyncio.wait_for(
            capnp.AsyncIoStream.create_connection(host=host.strip("[]"),
                                                  port=int(port)), timeout)
    except (OSError, asyncio.TimeoutError, capnp.KjException) as failure:
        raise Error("unavailable",
                    f"cannot connect to {address}: {failure or 'timed out'} "
                    "(is a node running there?)") from failure
    client = capnp.TwoPartyClient(stream)
    try:
        yield Client(client.bootstrap().cast_as(schema.Herald))
    finally:
        stream.close()


def run(main):
    """Runs a coroutine that uses this module, to its end."""
    return asyncio.run(capnp.run(main))
