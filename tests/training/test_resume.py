import json

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from gcl.augmenters import EdgeDrop, FeatureMask, RandomChoice
from gcl.methods import GRACE
from gcl.training import CheckpointError, fit, load_checkpoint, save_checkpoint

OPTIONS = {"lr": 0.01, "progress": False, "seed": 4}


def metrics(folder):
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").open()]
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def state(method):
    return {key: value.clone() for key, value in method.state_dict().items()}


def assert_same(first, second):
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


VARIANTS = {
    "plain": {},
    "cosine": {"schedule": "cosine", "schedule_epochs": 7, "warmup": 2},
    "exponential": {"schedule": "exponential", "lr_decay": 0.5, "lr_min": 1e-3, "warmup": 1},
    "warm": {"warmup": 4, "optimizer": "adamw", "weight_decay": 0.1},
    "patience": {"patience": 2},
    "probe": {"probe": lambda m: m.layer.weight.sum().item() + torch.rand(()), "probe_every": 2},
    "clip": {"grad_clip": 0.1, "checkpoint_every": 2},
}


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("split", [0, 3, 7])
def test_k_then_m_epochs_equal_k_plus_m(noisy_class, graph, tmp_path, options, split):
    options = OPTIONS | options
    split = max(split, options.get("probe_every", 0))
    whole, part, resumed = noisy_class(), noisy_class(), noisy_class()
    expected = fit(whole, graph, epochs=7, out=tmp_path / "whole", **options)
    fit(part, graph, epochs=split, out=tmp_path / "parts", **options)
    with torch.no_grad():  # nothing of the new method may survive, nor of the generators
        resumed.layer.weight.fill_(9)
    torch.rand(5)
    result = fit(resumed, graph, epochs=7, out=tmp_path / "parts", resume=True, **options)
    assert_same(state(whole), state(resumed))
    assert (result.losses, result.probes) == (expected.losses, expected.probes)
    assert (result.best_epoch, result.best_value) == (expected.best_epoch, expected.best_value)
    assert (result.epochs, result.stopped_early) == (expected.epochs, expected.stopped_early)
    assert metrics(tmp_path / "whole") == metrics(tmp_path / "parts")
    both = [load_checkpoint(tmp_path / name / "checkpoint.pt") for name in ("whole", "parts")]
    assert_same(both[0].weights, both[1].weights)
    assert torch.equal(both[0].training["random"]["torch"], both[1].training["random"]["torch"])
    assert torch.equal(
        both[0].training["random"]["numpy"][1], both[1].training["random"]["numpy"][1]
    )


@pytest.mark.parametrize("own", [False, True])
def test_shuffling_loader_resumes(noisy_class, graph, tmp_path, own):
    def loader():
        generator = torch.Generator().manual_seed(2) if own else None
        graphs = [graph.clone() for _ in range(6)]
        for i, g in enumerate(graphs):
            g.x = g.x + i
        return DataLoader(graphs, batch_size=2, shuffle=True, generator=generator)

    whole, resumed = noisy_class(), noisy_class()
    expected = fit(whole, loader(), epochs=4, **OPTIONS)
    fit(noisy_class(), loader(), epochs=2, out=tmp_path, **OPTIONS)
    result = fit(resumed, loader(), epochs=4, out=tmp_path, resume=True, **OPTIONS)
    assert result.losses == expected.losses
    assert_same(state(whole), state(resumed))


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # neither fixture is changed
)
@given(total=st.integers(1, 6), split=st.integers(0, 6), every=st.integers(1, 3))
def test_any_split_of_any_run(noisy_class, graph, tmp_path_factory, total, split, every):
    split = min(split, total)
    folder, options = tmp_path_factory.mktemp("run"), OPTIONS | {"checkpoint_every": every}
    expected = fit(noisy_class(), graph, epochs=total, **OPTIONS).losses
    fit(noisy_class(), graph, epochs=split, out=folder, **options)
    method = noisy_class()
    assert fit(method, graph, epochs=total, out=folder, resume=True, **options).losses == expected


def test_ready_optimizer_and_schedule_resume(noisy_class, graph, tmp_path):
    def run(epochs, **options):
        method = noisy_class()
        sgd = torch.optim.SGD(method.parameters(), lr=0.1, momentum=0.9)
        steps = torch.optim.lr_scheduler.StepLR(sgd, step_size=2)
        fit(method, graph, epochs=epochs, optimizer=sgd, schedule=steps, **options)
        return state(method)

    expected = run(5)
    run(3, out=tmp_path)
    assert_same(run(5, out=tmp_path, resume=True), expected)


def test_a_ready_optimizer_with_other_options_is_refused(noisy_class, graph, tmp_path):
    def run(epochs, momentum, **options):
        method = noisy_class()
        sgd = torch.optim.SGD(method.parameters(), lr=0.1, momentum=momentum)
        fit(method, graph, epochs=epochs, optimizer=sgd, out=tmp_path, **options)

    run(2, 0.9)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(ValueError, match=r"momentum=0.5 of parameter group 0 would change"):
        run(3, 0.5, resume=True)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_schedule_that_moves_the_momentum_resumes(noisy_class, graph, tmp_path):
    def run(epochs, **options):
        method = noisy_class()
        adam = torch.optim.Adam(method.parameters())
        cycle = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=0.1, total_steps=10)
        fit(method, graph, epochs=epochs, optimizer=adam, schedule=cycle, **options)
        return state(method)

    expected = run(5)
    run(3, out=tmp_path)
    assert_same(run(5, out=tmp_path, resume=True), expected)


def test_lines_after_the_checkpoint_are_written_anew(noisy_class, graph, tmp_path):
    fit(noisy_class(), graph, epochs=3, out=tmp_path, **OPTIONS)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 4, "loss": 99}\n{"epoch": 5, "lo')  # as a killed run leaves them
    fit(noisy_class(), graph, epochs=5, out=tmp_path, resume=True, **OPTIONS)
    rows = metrics(tmp_path)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[3]["loss"] != 99


def test_finished_run_gives_its_result_again(noisy_class, graph, tmp_path):
    first, again = noisy_class(), noisy_class()
    expected = fit(first, graph, epochs=6, patience=1, out=tmp_path, **OPTIONS)
    result = fit(again, graph, epochs=6, patience=1, out=tmp_path, resume=True, **OPTIONS)
    assert result == expected
    assert_same(state(first), state(again))


def test_more_patience_goes_on(scripted_class, graph, sgd, tmp_path):
    first = scripted_class([1.0, 2.0])
    options = {"out": tmp_path, "epochs": 4}
    stopped = fit(first, graph, patience=1, optimizer=sgd(first), **options)
    assert stopped.stopped_early
    second = scripted_class([3.0, 0.5])
    result = fit(second, graph, patience=3, resume=True, optimizer=sgd(second), **options)
    assert result.losses == [1.0, 2.0, 3.0, 0.5]
    assert second.w.item() == 3.0  # before the fourth step


def test_old_run_is_not_overwritten(mean_class, graph, tmp_path):
    fit(mean_class(), graph, epochs=1, out=tmp_path)
    before = (tmp_path / "metrics.jsonl").read_bytes()
    with pytest.raises(ValueError, match="holds a run already .*resume=True.*another folder"):
        fit(mean_class(), graph, epochs=1, out=tmp_path)
    assert (tmp_path / "metrics.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"lr": 0.1}, "lr=0.1 would change the run to resume, which has lr=0.01"),
        ({"weight_decay": 0.1}, "weight_decay=0.1 would change"),
        ({"optimizer": "adamw"}, "optimizer='AdamW' would change .* optimizer='Adam'"),
        ({"schedule": "cosine"}, "schedule='cosine' would change"),
        (
            {"schedule": "exponential", "lr_decay": 0.9},
            "schedule='exponential' would change",
        ),
        ({"warmup": 3}, "warmup=3 would change"),
        ({"seed": 9}, "seed=9 would change"),
        ({"grad_clip": 0.1}, "grad_clip=0.1 would change"),
        ({"monitor": "loss"}, "monitor='loss' would change"),
        ({"epochs": 1}, "epochs counts from the beginning of the run, which has 2 already; got 1"),
    ],
)
def test_what_would_be_ignored_on_resume(noisy_class, graph, tmp_path, changed, text):
    fit(noisy_class(), graph, epochs=2, out=tmp_path, **OPTIONS)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    options = {"epochs": 4} | OPTIONS | changed
    with pytest.raises(ValueError, match=text):
        fit(noisy_class(), graph, out=tmp_path, resume=True, **options)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_stretched_cosine_says_what_to_do(noisy_class, graph, tmp_path):
    options = OPTIONS | {"schedule": "cosine", "out": tmp_path}
    fit(noisy_class(), graph, epochs=2, **options)
    with pytest.raises(ValueError, match="schedule_epochs=4 would change .*fix its whole length"):
        fit(noisy_class(), graph, epochs=4, resume=True, **options)


def test_nothing_to_resume(mean_class, graph, tmp_path):
    with pytest.raises(ValueError, match=r"resume=True, but out=.* holds no checkpoint.pt"):
        fit(mean_class(), graph, epochs=1, out=tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()


def test_bare_weights_are_no_run(mean_class, graph, tmp_path):
    save_checkpoint(tmp_path / "checkpoint.pt", mean_class())
    with pytest.raises(CheckpointError, match="holds weights only"):
        fit(mean_class(), graph, epochs=1, out=tmp_path, resume=True)


def test_another_method_names_the_keys(mean_class, noisy_class, graph, tmp_path):
    fit(noisy_class(), graph, epochs=1, out=tmp_path)
    with pytest.raises(CheckpointError, match=r"do not fit Mean: missing: w; unexpected: layer"):
        fit(mean_class(), graph, epochs=2, out=tmp_path, resume=True)


def test_other_trainable_parameters_do_not_fit(noisy_class, graph, tmp_path):
    fit(noisy_class(), graph, epochs=1, out=tmp_path)
    frozen = noisy_class()
    frozen.layer.weight.requires_grad_(False)
    with pytest.raises(CheckpointError, match="the optimizer in .* does not fit"):
        fit(frozen, graph, epochs=2, out=tmp_path, resume=True)


def test_config_is_stored_and_kept(mean_class, graph, tmp_path):
    fit(mean_class(), graph, epochs=1, out=tmp_path, config={"method": "mean", "shape": (1, 2)})
    fit(mean_class(), graph, epochs=2, out=tmp_path, resume=True)
    stored = load_checkpoint(tmp_path / "checkpoint.pt")
    assert stored.config == {"method": "mean", "shape": [1, 2]}


def test_generators_of_augmenters_resume(graph, tmp_path):
    def method():
        torch.manual_seed(0)
        first, second, pick = (torch.Generator().manual_seed(i) for i in range(3))
        drop = Compose([EdgeDrop(0.3, generator=first), FeatureMask(0.3, generator=second)])
        views = [drop, RandomChoice([drop, FeatureMask(0.5)], generator=pick)]
        return GRACE(graph.num_features, out_channels=4, augmenters=views)

    whole, resumed = method(), method()
    fit(whole, graph, epochs=4, **OPTIONS)
    fit(method(), graph, epochs=2, out=tmp_path, **OPTIONS)
    fit(resumed, graph, epochs=4, out=tmp_path, resume=True, **OPTIONS)
    assert_same(state(whole), state(resumed))
    other = GRACE(graph.num_features, out_channels=4)
    with pytest.raises(CheckpointError, match="3 generators of the method's own, which has 0"):
        fit(other, graph, epochs=5, out=tmp_path, resume=True, **OPTIONS)
