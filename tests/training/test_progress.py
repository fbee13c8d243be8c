import io
import sys

from gcl.training import fit


class Terminal(io.StringIO):
    def isatty(self):
        return True


def printed(monkeypatch, stream, method, data, **options):
    monkeypatch.setattr(sys, "stderr", stream)
    fit(method, data, epochs=3, **options)
    return stream.getvalue()


def test_silent_where_stderr_is_no_terminal(monkeypatch, mean_class, graph):
    assert printed(monkeypatch, io.StringIO(), mean_class(), graph) == ""


def test_shown_on_a_terminal(monkeypatch, mean_class, graph):
    monkeypatch.setenv("TERM", "xterm")
    text = printed(monkeypatch, Terminal(), mean_class(), graph)
    assert "3/3" in text
    assert "loss 0.9" in text


def test_false_hides_it(monkeypatch, mean_class, graph):
    assert printed(monkeypatch, Terminal(), mean_class(), graph, progress=False) == ""


def test_true_shows_it_with_the_probe(monkeypatch, mean_class, graph, capsys):
    text = printed(
        monkeypatch, io.StringIO(), mean_class(), graph, progress=True, probe=lambda m: 0.25
    )
    assert "probe 0.2500" in text
    assert capsys.readouterr().out == ""
