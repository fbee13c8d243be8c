import torch

from gcl.training.batches import Batches
from gcl.training.epoch import train_epoch
from gcl.training.measurements import Measurements
from gcl.training.probe import Probe
from gcl.training.run import Run
from gcl.training.stepping import Stepping
from gcl.training.stopping import Monitor

NO_LOG = Measurements(None, None, 0)


def test_one_epoch_changes_all_parts_of_a_run(mean_class, graph):
    method = mean_class()
    sgd = torch.optim.SGD(method.parameters(), lr=0.25)
    halve = torch.optim.lr_scheduler.ExponentialLR(sgd, 0.5)
    run = Run(method, sgd, halve, Monitor("loss"), None)
    for _ in range(2):
        train_epoch(
            run,
            Batches(graph, torch.device("cpu"), 2),
            Probe(lambda m: 7, 2, 2),
            NO_LOG,
            Stepping(),
        )
    assert run.epoch == 2
    assert run.history.losses == [1.0, 0.25]
    assert run.history.rates == [0.25, 0.125]
    assert run.history.probes == {2: 7.0}
    assert run.monitor.best_epoch == 2
    assert method.w.item() == 0.625
