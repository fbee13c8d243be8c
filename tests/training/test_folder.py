import json

import pytest

from gcl.training import fit, load_checkpoint


def test_a_line_per_epoch(scripted_class, graph, sgd, tmp_path):
    method = scripted_class([3.0, 2.0])
    fit(
        method,
        graph,
        epochs=2,
        out=tmp_path / "a" / "b",
        optimizer=sgd(method, 0.5),
        probe=lambda m: m.w.item(),
        probe_every=2,
    )
    rows = [json.loads(line) for line in (tmp_path / "a" / "b" / "metrics.jsonl").open()]
    assert all(0 <= row.pop("seconds") < 5 for row in rows)
    assert rows == [
        {"epoch": 1, "loss": 3.0, "lr": 0.5},
        {"epoch": 2, "loss": 2.0, "lr": 0.5, "probe": 1.0},
    ]


def test_lines_and_checkpoint_are_there_while_training(mean_class, graph, tmp_path):
    method, seen, step = mean_class(), [], mean_class.step

    def look(batch):
        lines = (tmp_path / "metrics.jsonl").read_text().count("\n")
        seen.append((lines, load_checkpoint(tmp_path / "checkpoint.pt").training["epoch"]))
        return step(method, batch)

    method.step = look
    fit(method, graph, epochs=5, out=tmp_path, checkpoint_every=2)
    assert seen == [(0, 0), (1, 0), (2, 2), (3, 2), (4, 4)]
    assert load_checkpoint(tmp_path / "checkpoint.pt").training["epoch"] == 5


def test_weights_of_a_monitored_run_are_the_best(scripted_class, graph, sgd, tmp_path):
    method = scripted_class([2.0, 1.0, 3.0, 3.0])
    fit(method, graph, epochs=4, out=tmp_path, monitor="loss", optimizer=sgd(method))
    checkpoint = load_checkpoint(tmp_path / "checkpoint.pt")
    assert checkpoint.weights["w"].item() == method.w.item() == 1.0
    assert checkpoint.training["last_weights"]["w"].item() == 4.0


def test_zero_epochs_leave_a_checkpoint(mean_class, graph, tmp_path):
    fit(mean_class(), graph, epochs=0, out=tmp_path)
    assert load_checkpoint(tmp_path / "checkpoint.pt").training["epoch"] == 0
    assert (tmp_path / "metrics.jsonl").read_text() == ""


def test_out_is_a_file(mean_class, graph, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match=r"out must be a folder, got the file .*file"):
        fit(mean_class(), graph, epochs=1, out=tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_other_files_are_left_alone(mean_class, graph, tmp_path):
    (tmp_path / "config.yaml").write_text("lr: 1")
    fit(mean_class(), graph, epochs=1, out=tmp_path)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["checkpoint.pt", "config.yaml", "metrics.jsonl"]


def test_state_that_cannot_be_stored_is_named_before_training(mean_class, graph, tmp_path):
    method = mean_class()
    type(method).get_extra_state = lambda self: {"f": len}
    try:
        with pytest.raises(TypeError, match=r"_extra_state'\]\['f'\] is of type builtin"):
            fit(method, graph, epochs=1, out=tmp_path)
    finally:
        del type(method).get_extra_state
