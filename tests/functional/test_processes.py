"""In a single process there is nobody to tell; what two tell each other is tested in training."""

import pytest

from gcl.functional import processes
from gcl.functional.processes import ProcessError, alone, connection, exchange, lead, together


def test_a_single_process():
    assert (processes.rank(), processes.world_size()) == (0, 1)
    assert not processes.is_distributed()
    assert exchange(3) == [3.0]
    assert together(lambda: "x", len) == ("x", [1.0])
    assert lead(lambda: 7) == 7
    assert processes.all_gather_objects({"a": 1}) == [{"a": 1}]
    with alone():
        assert not processes.is_distributed()


def test_errors_pass():
    error = KeyError("k")
    with pytest.raises(KeyError) as caught:
        exchange(0, error)
    assert caught.value is error
    for action in (together, lambda f, _: lead(f)):
        with pytest.raises(ZeroDivisionError):
            action(lambda: 1 / 0, float)
    with pytest.raises(RuntimeError, match="connection of another kind"), connection():
        raise RuntimeError("connection of another kind")


def test_a_broken_connection_says_what_to_look_at(monkeypatch):
    monkeypatch.setattr(processes, "is_distributed", lambda: True)
    monkeypatch.setattr(processes.distributed, "get_rank", lambda: 2)
    text = "process 2 has lost the others.*reset by peer"
    with pytest.raises(ProcessError, match=text) as caught, connection():
        raise RuntimeError("[gloo/pair.cc:1] Connection reset by peer. Check the logs!")
    assert caught.value.kind is None
    assert "logs" not in str(caught.value)
    with pytest.raises(RuntimeError, match="a shape is wrong") as other, connection():
        raise RuntimeError("a shape is wrong")
    assert not isinstance(other.value, ProcessError)
