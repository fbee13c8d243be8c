import numpy as np
import pytest
import torch
from torch import nn

from gcl.training.plain import plain_copy


def test_copies_deeply():
    inner = torch.ones(2, requires_grad=True)
    value = {"a": [inner, (1, None)], 3: "x"}
    copy = plain_copy(value, "state")
    with torch.no_grad():
        inner.zero_()
    assert copy["a"][0].tolist() == [1, 1]
    assert not copy["a"][0].requires_grad
    assert (copy["a"][1], copy[3]) == ((1, None), "x")


@pytest.mark.parametrize("value", [np.float64(1.0), np.ones(2), {1}, len])
def test_names_what_a_checkpoint_cannot_hold(value):
    with pytest.raises(TypeError, match=rf"state\['a'\]\[1\] is of type {type(value).__name__}"):
        plain_copy({"a": [0, value]}, "state")


def test_lazy_parameters_have_nothing_to_copy():
    with pytest.raises(ValueError, match=r"state\['weight'\] has no shape yet"):
        plain_copy(nn.LazyLinear(2).state_dict(), "state")
