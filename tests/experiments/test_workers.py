"""Worker processes of this machine are for nobody else."""

import os
import subprocess
import sys

import psutil
import pytest
from distributed import Client
from distributed.security import Security

from corridor.experiments.runs.engine import each, workers


def double(factor: int, number: int) -> int:
    return factor * number


@pytest.mark.slow
def test_another_local_user_can_run_code_as_this_one() -> None:
    with workers(1) as client:
        assert [done.result for done in each(double, 2, [3], client)] == [6]
        own = client.scheduler.address
        assert own.startswith("tls://")
        port = own.rpartition(":")[2]
        for address, security in [(f"tcp://127.0.0.1:{port}", None), (own, Security.temporary())]:
            with pytest.raises(OSError):
                Client(address, security=security, timeout=3)
        here = psutil.Process()
        for process in (here, *here.children(recursive=True)):
            for door in process.net_connections("inet"):
                assert door.status != psutil.CONN_LISTEN or door.laddr.ip in ("127.0.0.1", "::1"), process.name()


def test_numba_refused_one_thread_where_part_of_the_model_was_compiled_already() -> None:
    """The number was asked for after Numba had been imported, so that compiling the next function failed."""
    code = """
import numba
from corridor.experiments.runs.engine import one_thread_each
one_thread_each()
numba.set_num_threads(1)  # launches the threads
numba.njit(lambda: 1)()
assert numba.config.NUMBA_NUM_THREADS == 1
"""
    own = {name: value for name, value in os.environ.items() if name != "NUMBA_NUM_THREADS"}
    subprocess.run([sys.executable, "-c", code], check=True, env=own)
