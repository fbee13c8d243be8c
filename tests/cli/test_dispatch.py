import pytest

from gcl.cli.dispatch import COMMANDS
from gcl.version import __version__


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command(gcl, words):
    ended = gcl(*words)
    assert ended.code == 0
    for name, (_, summary) in COMMANDS.items():
        assert f"  {name}" in ended.out
        assert summary in ended.out


def test_version(gcl):
    assert gcl("--version") == (0, f"gcl {__version__}\n", "")


def test_unknown_command_names_the_nearest(fails):
    fails(2, "unknown command: got 'trian' (did you mean train?)", "trian")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(gcl, command):
    ended = gcl(command, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"usage: gcl {command}")
    assert max(map(len, ended.out.splitlines())) <= 100


@pytest.mark.parametrize("place", [0, 1, 3])
def test_debug_shows_the_traceback_wherever_it_stands(gcl, place):
    words = ["train", "--dataset", "coar"]
    words.insert(place, "--debug")
    ended = gcl(*words)
    assert ended.code == 2
    assert "Traceback" in ended.err
    assert ended.err.splitlines()[-1].startswith("gcl train: error: unknown dataset")
