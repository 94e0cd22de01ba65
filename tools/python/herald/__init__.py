"""A client of Herald, over Cap'n Proto RPC.

    import herald

    async def main():
        async with herald.connect("127.0.0.1:7400") as client:
            job = await client.submit("SELECT 1 AS one")
            print(await job.table())

    herald.run(main())

Everything is asynchronous. Calls take plain values and return plain ones:
numbers, texts, and dictionaries whose keys are the field names of
schemas/herald.capnp. What Herald refuses is raised as herald.Error, which
says where in the text the mistake is, if it has a place.
"""

from herald.client import Client, Error, Job, connect, run

__all__ = ["Client", "Error", "Job", "connect", "run"]
