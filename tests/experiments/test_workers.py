"""Worker processes of this machine are for nobody else."""

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
