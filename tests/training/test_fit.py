import inspect
import json

import pytest
import torch
from torch import nn
from torch_geometric.data import Data, HeteroData

from gcl.training import TrainingError, fit, seed_all


def test_matches_a_plain_loop(noisy_class, graph):
    method, by_hand = noisy_class(), noisy_class()
    result = fit(method, graph, epochs=4, lr=0.01, weight_decay=0.1, optimizer="adamw", seed=3)
    seed_all(3)
    optimizer = torch.optim.AdamW(by_hand.parameters(), lr=0.01, weight_decay=0.1, fused=True)
    for value in result.losses:
        optimizer.zero_grad()
        loss = by_hand.step(graph)
        loss.backward()
        optimizer.step()
        assert loss.item() == value
    for mine, theirs in zip(method.parameters(), by_hand.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_losses_and_summary_worked_out_by_hand(mean_class, graph, sgd):
    method = mean_class()
    result = fit(method, graph, epochs=3, optimizer=sgd(method, 0.25))
    assert result.losses == [1.0, 0.25, 0.0625]  # the distance halves: 1, 1/2, 1/4
    assert method.w.item() == 0.875  # the last weights stay
    assert (result.epochs, result.best_epoch, result.best_value) == (3, None, None)
    assert result.probes == {}
    assert not result.stopped_early
    assert result.seconds > 0


def test_one_seed_one_result(noisy_class, graph):
    first = fit(noisy_class(), graph, epochs=3, seed=1)
    torch.rand(7)
    assert fit(noisy_class(), graph, epochs=3, seed=1).losses == first.losses
    assert fit(noisy_class(), graph, epochs=3, seed=2).losses != first.losses


def test_seed_none_leaves_the_generators_alone(mean_class, graph):
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    fit(mean_class(), graph, epochs=2, seed=None)
    assert torch.equal(torch.rand(3), expected)


def test_loader_takes_a_step_per_batch_and_averages(mean_class, sgd):
    method = mean_class()
    batches = [Data(num_nodes=1), Data(num_nodes=2)]
    result = fit(method, batches, epochs=2, optimizer=sgd(method, 0.25))
    assert result.losses == [(1 + 0.25) / 2, (0.0625 + 0.015625) / 2]


def test_hetero_data_is_one_batch(mean_class):
    data = HeteroData()
    data["paper"].x = torch.ones(2, 2)
    seen = []
    method = mean_class()
    method.step = lambda batch: seen.append(batch) or method.w.square()
    fit(method, data, epochs=2)
    assert seen == [data, data]


def test_zero_epochs_leave_the_method_untrained(mean_class, graph):
    method = mean_class()
    result = fit(method, graph, epochs=0)
    assert method.w.item() == 0
    assert (result.losses, result.epochs, result.seconds) == ([], 0, 0)


def test_method_is_in_training_mode_in_every_step_and_afterwards(mean_class, graph):
    method, modes = mean_class(), []
    method.step = lambda batch: modes.append(method.training) or method.w.square()
    fit(method.eval(), graph, epochs=2, probe=lambda m: float(m.eval().training))
    assert modes == [True, True]
    assert method.training


def test_best_weights_are_those_before_the_step_of_the_best_loss(scripted_class, graph, sgd):
    method = scripted_class([3.0, 1.0, 2.0, 1.0, 5.0])
    result = fit(method, graph, epochs=5, patience=3, optimizer=sgd(method))
    # Epoch 2 has the lowest loss; one step had been taken by then. A tie is no improvement.
    assert (result.best_epoch, result.best_value, method.w.item()) == (2, 1.0, 1.0)
    assert (result.epochs, result.stopped_early) == (5, True)


def test_patience_counts_looks_without_improvement(scripted_class, graph, sgd):
    method = scripted_class([3.0, 1.0, 2.0, 2.0, 0.0])
    result = fit(method, graph, epochs=5, patience=2, optimizer=sgd(method))
    assert (result.epochs, result.stopped_early, result.best_epoch) == (4, True, 2)


def test_monitored_loader_keeps_the_weights_at_the_end_of_the_epoch(scripted_class, graph, sgd):
    method = scripted_class([3.0, 3.0, 1.0, 1.0, 2.0, 2.0])
    result = fit(method, [graph, graph], epochs=3, monitor="loss", optimizer=sgd(method))
    assert (result.best_epoch, result.best_value, method.w.item()) == (2, 1.0, 4.0)


def test_probe_chooses_the_weights_it_saw(scripted_class, graph, sgd):
    method = scripted_class([1.0] * 6)
    probe = {2: 0.5, 4: 0.9, 6: 0.7}
    result = fit(
        method,
        graph,
        epochs=6,
        optimizer=sgd(method),
        probe=lambda m: probe[int(m.w)],
        probe_every=2,
    )
    assert result.probes == probe
    assert (result.best_epoch, result.best_value, method.w.item()) == (4, 0.9, 4.0)


def test_probe_with_monitor_loss_is_only_logged(scripted_class, graph, sgd):
    method = scripted_class([2.0, 1.0, 3.0])
    result = fit(
        method, graph, epochs=3, optimizer=sgd(method), probe=lambda m: 0.0, monitor="loss"
    )
    assert result.best_epoch == 2
    assert result.probes == {1: 0.0, 2: 0.0, 3: 0.0}


def test_probe_does_not_disturb_training(noisy_class, graph):
    alone = fit(noisy_class(), graph, epochs=3).losses
    assert fit(noisy_class(), graph, epochs=3, probe=lambda m: torch.rand(1)).losses == alone


def test_grad_clip_bounds_the_step(mean_class, graph, sgd):
    method = mean_class(target=100.0)  # gradient -200
    fit(method, graph, epochs=1, optimizer=sgd(method, 1.0), grad_clip=0.5)
    assert method.w.item() == pytest.approx(0.5, rel=1e-5)


def test_schedule_is_applied_per_epoch(mean_class, graph, tmp_path):
    fit(mean_class(), [graph, graph], epochs=4, lr=1.0, warmup=1, schedule="cosine", out=tmp_path)
    rates = [json.loads(line)["lr"] for line in (tmp_path / "metrics.jsonl").open()]
    assert rates == pytest.approx([0.5, 1.0, 0.75, 0.25])  # cosine of 0, 60 and 120 degrees


def test_nan_loss_stops_before_the_step(scripted_class, graph, sgd):
    method = scripted_class([1.0, float("nan"), 1.0])
    with pytest.raises(TrainingError, match="loss is nan at epoch 2; input and weights are finite"):
        fit(method, graph, epochs=3, optimizer=sgd(method))
    assert method.w.item() == 1.0


def test_device_moves_method_and_a_copy_of_the_data(mean_class, graph):
    method = mean_class()
    with pytest.raises((RuntimeError, NotImplementedError)):  # meta tensors have no values
        fit(method, graph, epochs=1, device="meta")
    assert method.w.device.type == "meta"
    assert graph.x.device.type == "cpu"


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"epochs": -1}, ValueError, "epochs must be at least 0, got -1"),
        ({"epochs": 1.5}, TypeError, "epochs must be an integer, got 1.5"),
        ({"lr": 0}, ValueError, "lr must be a finite number above 0, got 0"),
        ({"weight_decay": -1}, ValueError, "weight_decay must be .* got -1"),
        ({"optimizer": "adm"}, ValueError, r"optimizer must be one of .*mean adam"),
        ({"optimizer": torch.optim.Adam}, TypeError, "optimizer must be"),
        ({"schedule": "cosin"}, ValueError, "schedule must be one of .*mean cosine"),
        ({"schedule": "exponential"}, ValueError, r"lr_decay must be in \(0, 1\].* got None"),
        ({"lr_decay": 0.9}, ValueError, "lr_decay=0.9 would be ignored"),
        ({"schedule": 3}, TypeError, "schedule must be .* got 3"),
        ({"warmup": -1}, ValueError, "warmup must be at least 0, got -1"),
        ({"grad_clip": 0}, ValueError, "grad_clip must be .* got 0"),
        ({"patience": 0}, ValueError, "patience must be at least 1, got 0"),
        ({"monitor": "test"}, ValueError, "monitor must be one of loss, probe"),
        ({"monitor": "probe"}, ValueError, "monitor='probe' needs a probe"),
        ({"probe": 1}, TypeError, "probe must be a function"),
        ({"probe_every": 2}, ValueError, "probe_every=2 would be ignored"),
        ({"probe": len, "probe_every": 3}, ValueError, "probe_every must be at most epochs=2"),
        ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
        ({"resume": True}, ValueError, "resume=True would be ignored"),
        ({"checkpoint_every": 1}, ValueError, "checkpoint_every=1 would be ignored"),
        ({"config": {}}, ValueError, "config={} would be ignored"),
    ],
)
def test_bad_options(mean_class, graph, options, error, text):
    with pytest.raises(error, match=text):
        fit(mean_class(), graph, **({"epochs": 2} | options))


def test_bad_checkpoint_every(mean_class, graph, tmp_path):
    with pytest.raises(ValueError, match="checkpoint_every must be at least 1, got 0"):
        fit(mean_class(), graph, epochs=1, out=tmp_path / "run", checkpoint_every=0)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("method", [None, nn.Linear(1, 1), nn.Linear, "grace"])
def test_bad_method(method, graph):
    with pytest.raises(TypeError, match="method must be an nn.Module instance with step"):
        fit(method, graph, epochs=1)


def test_every_option_is_documented():
    for name in inspect.signature(fit).parameters:
        assert f"        {name}: " in fit.__doc__
