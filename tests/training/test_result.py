from gcl.training.result import History


def test_rows_and_prefixes():
    history = History()
    history.append(2.0, 0.1, 0.5, None)
    history.append(1.0, 0.2, 0.25, 0.75)
    assert history.row(1) == {"epoch": 1, "loss": 2.0, "lr": 0.1, "seconds": 0.5}
    assert history.row(2) == {"epoch": 2, "loss": 1.0, "lr": 0.2, "seconds": 0.25, "probe": 0.75}
    first = {"losses": [2.0], "rates": [0.1], "seconds": [0.5], "probes": {}, "logged": {}}
    assert history.first(1) == first
    assert History(**history.first(2)) == history
