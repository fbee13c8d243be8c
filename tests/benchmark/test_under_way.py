from dataclasses import replace

from gcl.benchmark import Config
from gcl.benchmark.under_way import UnderWay

RUN = Config("dgi", fit={"epochs": 3})


def test_a_training_is_known_by_its_options_and_seed(tmp_path):
    folder = UnderWay(tmp_path).folder
    same = replace(RUN, root="elsewhere", published=({"mean": 1.0},))
    assert folder(same) == folder(RUN)
    others = [replace(RUN, seed=1), replace(RUN, fit={"epochs": 4}), replace(RUN, method="grace")]
    assert len({folder(RUN), *map(folder, others)}) == 4


def test_finished_trainings_are_forgotten_and_others_stay(tmp_path):
    kept = UnderWay(tmp_path)
    other = replace(RUN, method="grace")
    for config in (RUN, replace(RUN, seed=1), other):
        kept.folder(config).mkdir(parents=True)
    assert kept.count == 3
    kept.forget([RUN, replace(RUN, seed=1), replace(RUN, seed=2)])
    assert list(kept.path.iterdir()) == [kept.folder(other)]
    kept.forget([other])
    assert not kept.path.exists()
    assert kept.count == 0


def test_clearing_removes_all_and_nothing_else(tmp_path):
    kept = UnderWay(tmp_path)
    (tmp_path / "table.csv").touch()
    kept.clear()
    kept.folder(RUN).mkdir(parents=True)
    kept.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_without_a_folder_nothing_is_kept():
    kept = UnderWay(None)
    assert kept.folder(RUN) is None
    kept.clear()
    kept.forget([RUN])
    assert kept.count == 0
