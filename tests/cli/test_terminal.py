import io
import sys

from gcl.cli.terminal import aligned, say, show_table

HEADER = ["data", "nmi"]
BODY = [["cora [x]", "50.0 ± 1.0 [54.6]"], ["b", "1"]]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_plain_lines_are_aligned_and_never_wrapped():
    assert aligned([["a", "bb"], ["ccc", "d"]]) == "a    bb\nccc  d"


def test_without_a_terminal_the_table_is_plain(capsys):
    wide = [["x" * 300, "1"]]
    show_table(HEADER, wide)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_brackets_survive_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "80")
    show_table(HEADER, BODY)
    text = sys.stdout.getvalue()
    assert "cora [x]" in text
    assert "50.0 ± 1.0 [54.6]" in text


def test_a_narrow_terminal_breaks_before_the_spread(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "24")
    show_table(HEADER, BODY)
    lines = [line.strip() for line in sys.stdout.getvalue().splitlines()]
    assert any(line.endswith("50.0") for line in lines)
    assert any(line.startswith("± 1.0") for line in lines)


def test_progress_goes_to_stderr(capsys):
    say("working")
    assert capsys.readouterr() == ("", "working\n")
