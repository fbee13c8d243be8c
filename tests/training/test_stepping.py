import pytest
import torch

from gcl.benchmark.names import method_class, method_names
from gcl.datasets import load
from gcl.loaders import ClusterLoader
from gcl.methods import GRACE
from gcl.training import fit
from gcl.training.stepping import Stepping, make_stepping

DATA = load("digits")[0]
CLUSTERING = ("auto_encoder", "sdcn", "scgc", "scgc_star", "pam_cgc")
SMALL = {"num_clusters": 4, "hidden_channels": (16,), "pretrain_epochs": 0}


def make(name):
    torch.manual_seed(0)
    options = SMALL if name in CLUSTERING else {}
    return method_class(name)(DATA.num_features, out_channels=16, **options)


@pytest.mark.parametrize("name", method_names())
def test_mixed_precision_gives_nearly_the_same_loss_in_float32(name):
    results = {}
    for autocast in (None, "bf16"):
        method, seen = make(name), []
        step = method.step
        method.step = lambda batch, step=step, seen=seen: seen.append(step(batch)) or seen[-1]
        results[autocast] = fit(method, DATA, epochs=1, autocast=autocast).losses[0]
        assert seen[0].dtype == torch.float32
        assert {p.dtype for p in method.parameters()} == {torch.float32}
    assert results["bf16"] == pytest.approx(results[None], rel=5e-3)
    assert results["bf16"] != results[None]  # products did run in another precision


def test_backward_runs_outside_of_autocast():
    method, inside = GRACE(DATA.num_features, out_channels=8), []
    weight = next(method.parameters())
    weight.register_hook(lambda g: inside.append(torch.is_autocast_enabled("cpu")))
    fit(method, DATA, epochs=1, autocast="bf16")
    assert inside == [False]
    assert not torch.is_autocast_enabled("cpu")


def test_mixed_precision_over_several_batches():
    losses = []
    for autocast in (None, "bf16"):
        method = make("grace")
        loader = ClusterLoader(DATA, 8, 2)
        done = fit(method, loader, epochs=2, autocast=autocast, accumulate=2, lr=1e-3)
        assert {p.dtype for p in method.parameters()} == {torch.float32}
        losses.append(done.losses)
    assert losses[1] == pytest.approx(losses[0], rel=5e-3)


def test_a_run_goes_on_in_its_precision(tmp_path):
    fit(make("grace"), DATA, epochs=1, autocast="bf16", out=tmp_path)
    with pytest.raises(ValueError, match="autocast=None would change the run"):
        fit(make("grace"), DATA, epochs=2, out=tmp_path, resume=True)
    again = fit(make("grace"), DATA, epochs=2, autocast="bf16", out=tmp_path, resume=True)
    assert again.losses == fit(make("grace"), DATA, epochs=2, autocast="bf16").losses


@pytest.mark.parametrize("value", ["bf61", "fp16", torch.bfloat16, True])
def test_another_precision_is_refused(value):
    with pytest.raises(ValueError, match="autocast must be None or one of bf16; got"):
        fit(make("grace"), DATA, epochs=1, autocast=value)


def test_several_processes_do_not_accumulate(monkeypatch):
    monkeypatch.setattr("gcl.training.stepping.is_distributed", lambda: True)
    with pytest.raises(ValueError, match="accumulate must be 1 with several processes, got 2"):
        make_stepping(make("grace"), None, None, 2)


def test_steps_are_plain_unless_asked():
    assert make_stepping(make("grace"), None, None, 1) == Stepping()
    with Stepping().precision(make("grace")):
        assert not torch.is_autocast_enabled("cpu")
