import pytest
import torch

from gcl.benchmark import (
    RecConfig,
    load_interactions,
    restore_recommender,
    train_recommender,
)
from gcl.benchmark.rec_run import fingerprint
from gcl.checks import OptionError
from gcl.datasets import interactions
from gcl.evaluation import ranking
from gcl.training import CheckpointError, save_checkpoint

SMALL = {
    "method": {"name": "light_gcn", "embedding_dim": 4, "num_layers": 1},
    "split": {"protocol": "ratio"},
    "loader": {"batch_size": 32},
    "fit": {"epochs": 3},
    "probe": {"k": 5},
}


@pytest.fixture
def table(tmp_path):
    """Users a, b, c, ... like every second item, even or odd ones."""
    rows = [f"u{u},i{i}" for u in range(12) for i in range(u % 2, 20, 2) if (u + i) % 7]
    path = tmp_path / "likes.csv"
    path.write_text("user,item\n" + "\n".join(rows) + "\n")
    return path


def config(table, **changes):
    return RecConfig.from_dict({**SMALL, "dataset": str(table), **changes})


def test_training_keeps_the_best_epoch_on_validation(table):
    data = load_interactions(config(table))
    trained = train_recommender(config(table), data, progress=False)
    assert trained.history.best_value == max(trained.history.probes.values())
    assert trained.h["user"].shape == (12, 4)
    assert trained.h["item"].shape == (20, 4)
    again = train_recommender(config(table), data, progress=False)
    assert torch.equal(again.h["user"], trained.h["user"])


def test_without_validation_all_epochs_count(table):
    changed = config(table, split={"protocol": "ratio", "val": 0.0})
    trained = train_recommender(changed, load_interactions(changed), progress=False)
    assert trained.history.probes == {}
    assert trained.split.val.size(1) == 0


def test_scores_of_the_test_part_are_logged_and_change_nothing(table):
    whole = config(table, split={"protocol": "ratio", "val": 0.0})
    data = load_interactions(whole)
    plain = train_recommender(whole, data, progress=False)
    watched = train_recommender(whole, data, progress=False, test_every=3)
    assert plain.history.losses == watched.history.losses
    h, split = watched.h, watched.split
    expected = ranking(h["user"], h["item"], split, metrics=("recall", "ndcg"))
    assert watched.history.logged == {3: {name: score.mean for name, score in expected.items()}}


def test_a_run_is_built_again_from_its_folder(table, tmp_path):
    data = load_interactions(config(table))
    trained = train_recommender(config(table), data, out=tmp_path / "run", progress=False)
    restored = restore_recommender(tmp_path / "run")
    assert restored.config == config(table)
    assert restored.fingerprint == fingerprint(data)
    h = restored.method.embed(trained.split.data)
    assert torch.equal(h["item"], trained.h["item"])
    assert (tmp_path / "run" / "loss.png").exists()


def test_checkpoints_are_written_as_often_as_asked(table, tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr("gcl.training.folder.write", lambda path, **content: saved.append(path))
    data = load_interactions(config(table))
    out = tmp_path / "run"
    train_recommender(config(table), data, out=out, progress=False, checkpoint_every=1)
    assert len(saved) == 4  # the state it begins with, and three epochs
    with pytest.raises(ValueError, match="checkpoint_every=1 would be ignored"):
        train_recommender(config(table), data, progress=False, checkpoint_every=1)


def test_resume_is_exact(table, tmp_path):
    longer = config(table, fit={"epochs": 6})
    data = load_interactions(longer)
    whole = train_recommender(longer, data, progress=False)
    train_recommender(config(table), data, out=tmp_path / "run", progress=False)
    resumed = train_recommender(longer, data, out=tmp_path / "run", resume=True, progress=False)
    assert resumed.history.losses == whole.history.losses
    assert torch.equal(resumed.h["user"], whole.h["user"])


def test_a_method_of_batches_of_users_is_trained_on_them(table, tmp_path):
    own = {"method": "light_gcl_paper", "loader": {"batch_size": 5}, "fit": {"epochs": 2}}
    changed = config(table, **own)
    data = load_interactions(changed)
    trained = train_recommender(changed, data, out=tmp_path / "run", progress=False)
    assert trained.history.epochs == 2
    h = restore_recommender(tmp_path / "run").method.embed(trained.split.data)
    assert torch.equal(h["user"], trained.h["user"])


def test_fingerprints_change_with_ids_not_with_interactions():
    pairs = torch.tensor([[0, 1], [0, 1]])
    prints = [
        fingerprint(interactions(pairs, user_names=names, num_items=2))
        for names in (["a", "b"], ["a", "c"], ["a", "b", "c"])
    ]
    assert len(set(prints)) == 3
    assert fingerprint(interactions(pairs[:, :1], user_names=["a", "b"], num_items=2)) == prints[0]


def test_bad_use(table, tmp_path):
    with pytest.raises(OptionError, match="'cora' has no users and items .* lastfm, gowalla"):
        load_interactions(RecConfig(dataset="cora"))
    with pytest.raises(OptionError, match="columns=.*would be ignored: lastfm is no file"):
        load_interactions(RecConfig(columns={"user": "u"}))
    with pytest.raises(OptionError, match="root='here' would be ignored"):
        load_interactions(config(table, root="here"))
    save_checkpoint(tmp_path / "other.pt", torch.nn.Linear(2, 2), config={"in_channels": 2})
    with pytest.raises(CheckpointError, match="holds no run of a recommender"):
        restore_recommender(tmp_path / "other.pt")
