from dataclasses import replace

import pytest
import torch

from gcl.benchmark import Config, embed, load_graph, restore, train
from gcl.training import CheckpointError, save_checkpoint

CONFIG = Config(dataset="karate", options={"out_channels": 8}, fit={"epochs": 2})


def test_a_run_is_built_again(tmp_path):
    data = load_graph(CONFIG)
    trained = train(CONFIG, data, out=tmp_path, progress=False)
    for path in (tmp_path, tmp_path / "checkpoint.pt"):
        config, method, in_channels = restore(path)
        assert (config, in_channels) == (CONFIG, 34)
        assert torch.equal(embed(method, data), trained.h)


def test_what_holds_no_run(tmp_path):
    file = tmp_path / "checkpoint.pt"
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*checkpoint.pt"):
        restore(tmp_path)
    save_checkpoint(file, torch.nn.Linear(1, 1))
    with pytest.raises(CheckpointError, match="does not say how its method is built"):
        restore(tmp_path)
    content = replace(CONFIG, options={}).to_dict() | {"in_channels": 34}
    content["method"]["tau"] = 1
    save_checkpoint(file, torch.nn.Linear(1, 1), config=content)
    with pytest.raises(CheckpointError, match="cannot be built: unknown option method.tau"):
        restore(tmp_path)
    del content["method"]["tau"]
    save_checkpoint(file, torch.nn.Linear(1, 1), config=content)
    with pytest.raises(CheckpointError, match="do not fit GRACE"):
        restore(tmp_path)
