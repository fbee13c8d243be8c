import torch

from gcl.training.batches import Batches
from gcl.training.epoch import train_epoch
from gcl.training.measurements import Measurements
from gcl.training.probe import Probe
from gcl.training.run import Run
from gcl.training.stepping import Stepping
from gcl.training.stopping import Monitor

NO_LOG = Measurements(None, None, 0)


def test_snapshot_shares_nothing_with_training(noisy_class, graph):
    method = noisy_class()
    run = Run(method, torch.optim.Adam(method.parameters()), None, Monitor("loss"), None)
    batches, probe = Batches(graph, torch.device("cpu"), 4), Probe(None, None, 4)
    train_epoch(run, batches, probe, NO_LOG, Stepping())
    snapshot = run.capture()
    train_epoch(run, batches, probe, NO_LOG, Stepping())
    train_epoch(run, batches, probe, NO_LOG, Stepping())
    expected = list(run.history.losses)
    payload = run.payload(snapshot)
    assert payload["training"]["epoch"] == 1
    assert payload["training"]["history"]["losses"] == expected[:1]

    other = noisy_class()
    again = Run(other, torch.optim.Adam(other.parameters()), None, Monitor("loss"), None)
    again.restore(payload["weights"], payload["training"], "a test")
    train_epoch(again, batches, probe, NO_LOG, Stepping())
    train_epoch(again, batches, probe, NO_LOG, Stepping())
    assert again.history.losses == expected
    assert again.result().losses == run.result().losses
