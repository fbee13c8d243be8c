import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.data import Data

from gcl.benchmark import Config, build, embed, load_graph, train
from gcl.benchmark.artifacts import FILES
from gcl.training import load_checkpoint

CONFIG = Config(dataset="karate", options={"out_channels": 8}, fit={"epochs": 4, "lr": 1e-3})


@pytest.fixture(scope="module")
def karate():
    return load_graph(CONFIG)


def test_weights_depend_on_the_seed_alone(karate):
    torch.rand(5)
    first = build(CONFIG, karate.num_features)
    torch.rand(9)
    second = build(CONFIG, karate.num_features)
    other = build(replace(CONFIG, seed=1), karate.num_features)
    weights = [m.projector.net[0].weight for m in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_training_repeats(karate):
    runs = [train(CONFIG, karate, progress=False) for _ in range(2)]
    assert runs[0].history.losses == runs[1].history.losses
    assert torch.equal(runs[0].h, runs[1].h)


def test_folder_holds_the_run(karate, tmp_path):
    trained = train(CONFIG, karate, out=tmp_path / "run", progress=False)
    folder = tmp_path / "run"
    assert {p.name for p in folder.iterdir()} == set(FILES)
    assert np.array_equal(np.load(folder / "embeddings.npy"), trained.h.numpy())
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["loss"] for line in lines] == trained.history.losses
    for name in ("loss.png", "embedding.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_checkpoint_rebuilds_the_method(karate, tmp_path):
    trained = train(CONFIG, karate, out=tmp_path, progress=False)
    checkpoint = load_checkpoint(tmp_path / "checkpoint.pt")
    stored = dict(checkpoint.config)
    in_channels = stored.pop("in_channels")
    method = build(Config.from_dict(stored | {"seed": 99}), in_channels)
    checkpoint.load_into(method)
    assert torch.equal(embed(method, karate), trained.h)


def test_folder_of_another_run_is_respected(karate, tmp_path):
    first = train(CONFIG, karate, out=tmp_path, progress=False)
    with pytest.raises(ValueError, match="holds a run .*resume or overwrite"):
        train(CONFIG, karate, out=tmp_path)
    with pytest.raises(ValueError, match="resume and overwrite exclude each other"):
        train(CONFIG, karate, out=tmp_path, resume=True, overwrite=True)
    (tmp_path / "notes.txt").write_text("mine")
    again = train(CONFIG, karate, out=tmp_path, overwrite=True, progress=False)
    assert again.history.losses == first.history.losses
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_resume_equals_one_long_run(karate, tmp_path):
    whole = train(CONFIG, karate, progress=False)
    train(replace(CONFIG, fit={"epochs": 2, "lr": 1e-3}), karate, out=tmp_path, progress=False)
    rest = train(CONFIG, karate, out=tmp_path, resume=True, progress=False)
    assert torch.equal(rest.h, whole.h)


def test_file_in_place_of_the_folder(karate, tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(ValueError, match="out must be a folder, got the file"):
        train(CONFIG, karate, out=path)


def test_features_are_normalised_on_request():
    plain = load_graph(Config(dataset="digits"))
    scaled = load_graph(Config(dataset="digits", normalize_features=True))
    assert torch.allclose(scaled.x.sum(1), torch.ones(len(scaled.x)))
    assert not torch.allclose(plain.x.sum(1), torch.ones(len(plain.x)))


def test_edges_get_their_other_direction_on_request(tmp_path):
    path = tmp_path / "edges.txt"
    path.write_text("0 1\n1 2\n")
    config = Config(dataset=str(path), features=("constant",), directed=True)
    assert load_graph(config).edge_index.tolist() == [[0, 1], [1, 2]]
    both = load_graph(replace(config, undirected=True))
    assert both.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert config.graph != replace(config, undirected=True).graph


def test_embedding_does_not_move_the_graph(karate):
    method = build(CONFIG, karate.num_features)
    data = Data(x=karate.x, edge_index=karate.edge_index)
    embed(method, data)
    assert data.x is karate.x
