"""A stage before the first epoch: run once, resumed exactly, interrupted without harm."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Data

from gcl.methods.pretraining import Stage
from gcl.training import TrainingError, fit, load_checkpoint
from gcl.training.batches import Batches
from gcl.training.pretraining import RowBatches

OPTIONS = {"lr": 0.05, "progress": False, "seed": 4}
DATA = Data(x=torch.arange(10.0).view(5, 2), edge_index=torch.tensor([[0, 1], [1, 0]]))


class Rows(nn.Module):
    """Notes the batches it gets; the loss draws its weight to their mean."""

    def __init__(self, weight, stop_at=None):
        super().__init__()
        self.weight, self.stop_at, self.seen = weight, stop_at, []

    def step(self, batch):
        self.seen.append(batch)
        if len(self.seen) == self.stop_at:
            raise KeyboardInterrupt
        return (self.weight - batch.x.mean()).square()


class Staged(nn.Module):
    """One weight that is trained twice, and a centre that start sets from it."""

    def __init__(self, epochs=3, stop_at=None):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.center = nn.Parameter(torch.zeros(()))
        self.register_buffer("started", torch.zeros((), dtype=torch.bool))
        self.epochs, self.stop_at, self.stages = epochs, stop_at, []

    def pretraining(self):
        if self.started:
            return None
        self.stages.append(Stage(Rows(self.weight, self.stop_at), self.epochs, 0.1, 2))
        return self.stages[-1]

    def start(self, data):
        with torch.no_grad():
            self.center.copy_(self.weight + torch.rand(()))
            self.started.fill_(True)

    def step(self, batch):
        return (self.weight - self.center - torch.rand(())).square()


def state(method):
    return {key: value.clone() for key, value in method.state_dict().items()}


def test_every_row_is_seen_once_in_each_epoch_in_batches_without_edges():
    method = Staged()
    fit(method, DATA, epochs=0, **OPTIONS)
    (stage,) = method.stages
    assert [len(batch.x) for batch in stage.method.seen] == [2, 2, 1] * 3
    assert all("edge_index" not in batch for batch in stage.method.seen)
    epochs = [torch.cat([b.x for b in stage.method.seen[i : i + 3]]) for i in (0, 3, 6)]
    assert all(torch.equal(x[x[:, 0].argsort()], DATA.x) for x in epochs)
    assert not torch.equal(epochs[0], epochs[1])
    assert method.weight > 0.1
    assert method.started


def test_only_seeds_of_sampled_batches_are_rows():
    graphs = Batches([Data(x=torch.arange(4.0)[:, None], batch_size=3)], torch.device("cpu"), 1)
    (batch,) = RowBatches(graphs, 8)
    assert batch.x.flatten().sort().values.tolist() == [0, 1, 2]


def test_a_method_that_was_started_is_not_trained_again():
    method = Staged()
    fit(method, DATA, epochs=1, **OPTIONS)
    fit(method, DATA, epochs=1, **OPTIONS)
    assert len(method.stages) == 1


@pytest.mark.parametrize("autocast", [None, "bf16"])
def test_mixed_precision_is_that_of_training(autocast):
    class Seen(Rows):
        mixed = ()

        def step(self, batch):
            self.mixed += (torch.is_autocast_enabled("cpu"),)
            return super().step(batch)

    method = Staged()
    stage = Seen(method.weight)
    method.pretraining = lambda: Stage(stage, 1, 0.1, 2)
    fit(method, DATA, epochs=0, autocast=autocast, **OPTIONS)
    assert stage.mixed == (autocast is not None,) * 3


def test_no_epochs_go_on_to_the_start():
    method = Staged(epochs=0)
    fit(method, DATA, epochs=0, **OPTIONS)
    assert method.stages[0].method.seen == []
    assert method.started


@pytest.mark.parametrize("split", [0, 1, 4])
def test_k_then_m_epochs_equal_k_plus_m(tmp_path, split):
    whole, resumed = Staged(), Staged()
    expected = fit(whole, DATA, epochs=5, out=tmp_path / "whole", **OPTIONS)
    fit(Staged(), DATA, epochs=split, out=tmp_path / "parts", **OPTIONS)
    result = fit(resumed, DATA, epochs=5, out=tmp_path / "parts", resume=True, **OPTIONS)
    assert resumed.stages == []
    assert result.losses == expected.losses
    assert all(torch.equal(v, state(whole)[k]) for k, v in state(resumed).items())
    rows = [(tmp_path / name / "metrics.jsonl").read_text().count("\n") for name in ("whole",)]
    assert rows == [5]


@pytest.mark.parametrize("stop_at", [1, 5])
def test_an_interrupt_costs_the_stage_and_nothing_else(tmp_path, stop_at):
    with pytest.raises(KeyboardInterrupt):
        fit(Staged(stop_at=stop_at), DATA, epochs=5, out=tmp_path / "cut", **OPTIONS)
    assert not load_checkpoint(tmp_path / "cut" / "checkpoint.pt").weights["started"]
    resumed, whole = Staged(), Staged()
    result = fit(resumed, DATA, epochs=5, out=tmp_path / "cut", resume=True, **OPTIONS)
    assert result.losses == fit(whole, DATA, epochs=5, **OPTIONS).losses


def test_an_interrupt_of_the_first_epoch_keeps_the_stage(tmp_path):
    class Cut(Staged):
        def step(self, batch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(Cut(), DATA, epochs=5, out=tmp_path, **OPTIONS)
    assert load_checkpoint(tmp_path / "checkpoint.pt").weights["started"]
    resumed = Staged()
    losses = fit(resumed, DATA, epochs=5, out=tmp_path, resume=True, **OPTIONS).losses
    assert resumed.stages == []
    assert losses == fit(Staged(), DATA, epochs=5, **OPTIONS).losses


def test_divergence_says_that_it_was_in_pre_training():
    method = Staged()
    method.pretraining = lambda: Stage(Rows(method.weight), 3, 1e30, 2)
    with pytest.raises(TrainingError, match=r"in pre-training: .* at epoch \d.*lower lr"):
        fit(method, DATA, epochs=1, **OPTIONS)


def test_a_method_without_a_stage_is_left_alone(mean_class, graph):
    assert fit(mean_class(), graph, epochs=2, **OPTIONS).epochs == 2
