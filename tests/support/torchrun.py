"""``torchrun`` with two processes, on a port that is free."""

import os
import socket
import sys


def torchrun(*words):
    """The command that starts ``words``, a script or ``-m`` and a module, twice."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    own = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    own += ["--monitor-interval=2"]  # a process may say what it has met before the others' end
    return [*own, f"--master-port={port}", *map(str, words)]


def environment():
    """That of this process, with this package and these tests on the path."""
    paths = [path for path in sys.path if path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
