"""The seeds of a clustering run apart, in the documentation."""

from gcl.benchmark import Config, Row, pool, write_json
from gcl.evaluation import Result


def stored(file, scores):
    """Write accuracies of the last and of the best epoch by seed, as the benchmark does."""
    rows = []
    for seed, by_task in scores.items():
        config = Config("pam_cgc", "acm_sdcn", seed=seed)
        for task, acc in by_task.items():
            result = Result({"acc": (acc,), "nmi": (acc / 2,)}, "as assigned")
            rows.append(Row(config, "pam_cgc", task, 1.0, result))
        rows.append(Row(config, "raw features", "clustering", 1.0, result))
    write_json(pool(rows), file)


def test_seeds_are_matched_and_the_best_start_comes_first(generate, tmp_path):
    stored(tmp_path / "start.json", {s: {"clustering": s / 10} for s in (1, 2, 3)})
    end = {s: {"clustering": 0.9 - s / 10, "best_epoch": 0.95} for s in (3, 2)}
    stored(tmp_path / "end.json", end)
    lines = generate.seed_tables.render(tmp_path, "pam_cgc", "start", "end").splitlines()
    assert lines[0].startswith("| seed | acc, start | nmi, start | acc, end |")
    assert lines[2:] == [
        "| 3 | 30.0 | 15.0 | 60.0 | 30.0 | 95.0 | 47.5 |",
        "| 2 | 20.0 | 10.0 | 70.0 | 35.0 | 95.0 | 47.5 |",
    ]
