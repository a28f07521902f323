"""One worker of `benchmarks.claims` with Procrastinate: run by a Python that has it, by its path.

    python claims_procrastinate.py ADDRESS fill JOBS ACCOUNTS
    python claims_procrastinate.py ADDRESS work

Filling makes its tables and jobs, each under its account's lock. A worker says "ready", waits for a
line, then fetches and finishes jobs until there are none, and says how many, from when to when.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job, Status


def main() -> None:
    """Fill, or work."""
    logging.disable(logging.WARNING)  # it warns of an app in a script, which is meant so
    address, what, *numbers = sys.argv[1:]
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=1))
    doing = _fill(app, *map(int, numbers)) if what == "fill" else _work(app)
    asyncio.run(doing)


async def _fill(app: App, count: int, accounts: int) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        jobs = [
            Job(
                queue="default",
                lock=f"acct-{number % accounts}",
                queueing_lock=None,
                task_name="note",
                task_kwargs={"text": f"Note {number} of a long day, written by nobody."},
            )
            for number in range(count)
        ]
        await app.job_manager.batch_defer_jobs_async(jobs=jobs)


async def _work(app: App) -> None:
    async with app.open_async():
        manager = app.job_manager
        worker = await manager.register_worker()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        begun, count = time.time(), 0
        while True:
            job = await manager.fetch_job(queues=None, worker_id=worker)
            if job is None:
                break
            await manager.finish_job(job, status=Status.SUCCEEDED, delete_job=False)
            count += 1
        sys.stdout.write(json.dumps([count, begun, time.time()]))


if __name__ == "__main__":
    main()
