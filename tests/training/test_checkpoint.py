import os

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from gcl.training import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from gcl.version import __version__

CORRUPT = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "layer.pt"
    save_checkpoint(path, nn.Linear(2, 3), config={"in": 2, "lr": np.float64(0.5)})
    return path


def test_round_trip(tmp_path):
    first, second = nn.Linear(2, 3), nn.Linear(2, 3)
    save_checkpoint(tmp_path / "layer.pt", first, config={"a": [1, {"b": None}]})
    checkpoint = load_checkpoint(str(tmp_path / "layer.pt"), second)
    assert isinstance(checkpoint, Checkpoint)
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(first.bias, second.bias)
    assert checkpoint.config == {"a": [1, {"b": None}]}
    assert (checkpoint.training, checkpoint.gcl_version) == (None, __version__)


def test_file_loads_with_weights_only_and_says_its_version(saved):
    payload = torch.load(saved, weights_only=True)
    assert (payload["format"], payload["version"]) == ("gcl.checkpoint", 1)
    assert payload["gcl"] == __version__
    assert type(payload["config"]["lr"]) is float


def test_load_into_builds_from_the_config(saved):
    checkpoint = load_checkpoint(saved)
    layer = nn.Linear(checkpoint.config["in"], 3)
    checkpoint.load_into(layer)
    assert torch.equal(layer.weight, checkpoint.weights["weight"])


def test_loading_does_not_tie_the_method_to_the_checkpoint(saved):
    layer = nn.Linear(2, 3)
    checkpoint = load_checkpoint(saved, layer)
    with torch.no_grad():
        layer.weight.zero_()
    assert checkpoint.weights["weight"].any()


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*absent.pt"):
        load_checkpoint(tmp_path / "absent.pt")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"\x80\x02}q\x00."])
def test_foreign_bytes(tmp_path, content):
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"x.pt is (damaged or )?not a checkpoint"):
        load_checkpoint(tmp_path / "x.pt")


@pytest.mark.parametrize("value", [{"weight": torch.ones(2)}, [1], torch.ones(2)])
def test_files_of_other_programs(tmp_path, value):
    torch.save(value, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match="not a checkpoint written by gcl"):
        load_checkpoint(tmp_path / "x.pt")


def test_pickled_objects_are_refused(tmp_path):
    torch.save(nn.Linear(1, 1), tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match="x.pt is damaged or not a checkpoint"):
        load_checkpoint(tmp_path / "x.pt")


@CORRUPT
@given(st.data())
def test_truncated_anywhere(saved, data):
    whole = saved.read_bytes()
    cut = saved.with_name("cut.pt")
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(CheckpointError, match="cut.pt is damaged or not a checkpoint"):
        load_checkpoint(cut)


@CORRUPT
@given(st.data())
def test_a_damaged_byte_is_an_error_or_harmless(saved, data):
    whole = bytearray(saved.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    bad = saved.with_name("bad.pt")
    bad.write_bytes(whole)
    expected = load_checkpoint(saved)
    try:
        found = load_checkpoint(bad)
    except CheckpointError:
        return
    assert found.config == expected.config
    for key, value in expected.weights.items():
        assert torch.equal(found.weights[key], value)


def test_weights_marked_as_a_folder_are_noticed(saved):
    whole = bytearray(saved.read_bytes())
    name = whole.rindex(b"archive/data/0")  # in the directory at the end of the file
    whole[name - 8] ^= 0x10
    saved.write_bytes(whole)
    with pytest.raises(CheckpointError, match="the attributes of archive/data/0 are wrong"):
        load_checkpoint(saved)


def test_a_flipped_bit_of_a_weight_is_noticed(saved):
    whole = bytearray(saved.read_bytes())
    weight = load_checkpoint(saved).weights["weight"].numpy().tobytes()
    whole[whole.index(weight)] ^= 1
    saved.write_bytes(whole)
    with pytest.raises(CheckpointError, match="layer.pt is damaged .* checksum"):
        load_checkpoint(saved)


def test_newer_format(saved):
    payload = torch.load(saved, weights_only=True) | {"version": 2, "gcl": "9.0"}
    torch.save(payload, saved)
    with pytest.raises(CheckpointError, match=r"has format 2, written by gcl 9.0; .* format 1"):
        load_checkpoint(saved)


def test_fields_are_checked(saved):
    payload = torch.load(saved, weights_only=True)
    del payload["weights"]
    torch.save(payload, saved)
    with pytest.raises(CheckpointError, match="lacks weights"):
        load_checkpoint(saved)


def test_misfit_names_every_kind_of_key(saved):
    class Other(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(4, 2))
            self.extra = nn.Parameter(torch.zeros(1))

    other = Other()
    text = (
        r"layer.pt do not fit Other: missing: extra; unexpected: bias; "
        r"of another shape: weight \(stored \[3, 2\], method \[4, 2\]\)"
    )
    with pytest.raises(CheckpointError, match=text):
        load_checkpoint(saved, other)
    assert not other.weight.any()


def test_many_misfits_are_counted(saved):
    deep = nn.Sequential(*[nn.Linear(1, 1) for _ in range(4)])
    with pytest.raises(CheckpointError, match="2.bias|2.weight.* and 3 more"):
        load_checkpoint(saved, deep)


def test_failed_write_leaves_the_old_file(saved, monkeypatch):
    before = saved.read_bytes()

    def full(payload, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(saved, nn.Linear(2, 3))
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == ["layer.pt"]


@pytest.mark.parametrize("config", [{"a": torch.ones(1)}, {"a": {1, 2}}, {"a": object()}])
def test_config_must_be_plain(tmp_path, config):
    with pytest.raises(TypeError, match="config must hold what json can hold"):
        save_checkpoint(tmp_path / "x.pt", nn.Linear(1, 1), config=config)
    assert not list(tmp_path.iterdir())


def test_config_must_be_a_dictionary(tmp_path):
    with pytest.raises(TypeError, match=r"config must be a dictionary, got \[1\]"):
        save_checkpoint(tmp_path / "x.pt", nn.Linear(1, 1), config=[1])


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        save_checkpoint(tmp_path / "none" / "x.pt", nn.Linear(1, 1))
