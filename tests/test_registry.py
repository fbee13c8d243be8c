import pytest
import torch

from gcl import augmenters, losses
from gcl.registry import classes, find, resolve, same_name, snake_case


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("EdgeDrop", "edge_drop"),
        ("GRACE", "grace"),
        ("NTXent", "nt_xent"),
        ("InfoNCE", "info_nce"),
        ("GCN", "gcn"),
    ],
)
def test_snake_case(name, expected):
    assert snake_case(name) == expected


def test_classes_are_the_exported_ones():
    assert classes(losses)["nt_xent"] is losses.NTXent
    assert "nt_xent" in classes(losses)
    assert losses.nt_xent not in classes(losses).values()


@pytest.mark.parametrize("name", ["nt_xent", "NTXent", "NT-Xent", "ntxent"])
def test_names_ignore_case_and_dashes(name):
    assert find(name, classes(losses), "loss") is losses.NTXent


def test_unknown_name_lists_the_nearest():
    with pytest.raises(ValueError, match=r"unknown loss: got 'ntxnet' \(did you mean .*nt_xent"):
        find("ntxnet", classes(losses), "loss")


def test_name_class_or_instance():
    by_name = resolve("edge_drop", augmenters, "augmenter", p=0.25)
    by_class = resolve(augmenters.EdgeDrop, augmenters, "augmenter", p=0.25)
    assert by_name.p == by_class.p == 0.25
    assert resolve(by_name, augmenters, "augmenter") is by_name
    assert resolve(torch.relu, losses, "loss") is torch.relu


def test_options_with_an_instance_are_an_error():
    with pytest.raises(ValueError, match="instance already; these options would be ignored: p"):
        resolve(augmenters.EdgeDrop(0.1), augmenters, "augmenter", p=0.5)
    with pytest.raises(TypeError, match="loss must be a name, a class or an instance, got 3"):
        resolve(3, losses, "loss")


def test_same_name_ignores_case_and_dashes():
    assert same_name("pro_gcl", "ProGCL")
    assert same_name("ogbn-arxiv", "OGBN_Arxiv")
    assert not same_name("grace", "gca")
