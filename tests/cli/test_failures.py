import sys
import warnings

import pytest

from gcl.cli.failures import FailedError, Interrupted, UsageError, describe, guard
from gcl.training import CheckpointError, TrainingError


def raising(error):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UsageError("a"), 2, "gcl x: error: a"),
        (ValueError("a"), 2, "gcl x: error: a"),
        (TypeError("a"), 2, "gcl x: error: a"),
        (FileNotFoundError("no a"), 2, "gcl x: error: no a"),
        (FailedError("a"), 1, "gcl x: error: a"),
        (TrainingError("a"), 1, "gcl x: error: a"),
        (CheckpointError("a"), 1, "gcl x: error: a"),
        (OSError(28, "No space left on device", "f"), 1, "No space left on device: f"),
        (KeyError("a"), 1, "gcl x: error: KeyError: 'a' (--debug shows where)"),
        (RuntimeError("a\nb"), 1, "gcl x: error: RuntimeError: a (--debug shows where)"),
        (MemoryError(), 1, "gcl x: error: out of memory"),
        (KeyboardInterrupt(), 130, "gcl x: interrupted"),
        (Interrupted("go on so"), 130, "gcl x: go on so"),
    ],
)
def test_code_and_message(capsys, error, code, message):
    assert guard("gcl x", raising(error), debug=False) == code
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_success_and_help(capsys):
    assert guard("gcl x", lambda: None, debug=False) == 0
    assert guard("gcl x", raising(SystemExit(0)), debug=False) == 0
    assert capsys.readouterr().err == ""


def test_a_closed_pipe_is_silent(capsys):
    assert guard("gcl x", raising(BrokenPipeError()), debug=False) == 141
    assert capsys.readouterr().err == ""


def test_an_error_without_text_names_its_type():
    assert describe(ValueError()).startswith("ValueError: no message")


def warn_as(filename):
    return lambda: warnings.warn_explicit("mind this", UserWarning, filename, 1)


def test_own_warnings_are_one_line_and_others_are_hidden(capsys):
    import gcl

    filters = list(warnings.filters)
    assert guard("gcl x", warn_as(f"{gcl.__path__[0]}/a.py"), debug=False) == 0
    assert capsys.readouterr().err == "gcl x: warning: mind this\n"
    assert guard("gcl x", warn_as("torch/a.py"), debug=False) == 0
    assert capsys.readouterr().err == ""
    assert list(warnings.filters) == filters


def test_debugging_leaves_warnings_alone():
    with pytest.warns(UserWarning, match="mind this"):
        guard("gcl x", warn_as("torch/a.py"), debug=True)


def test_stdout_is_flushed_inside_the_guard(monkeypatch):
    class Closed:
        def write(self, text): ...

        def flush(self):
            raise BrokenPipeError

        def fileno(self):
            raise OSError

    monkeypatch.setattr(sys, "stdout", Closed())
    assert guard("gcl x", lambda: None, debug=False) == 141
