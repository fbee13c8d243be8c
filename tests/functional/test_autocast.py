import inspect

import pytest
import torch

from gcl.functional import autocast
from gcl.functional.autocast import full_precision, single_precision


@full_precision
def product(a, b=None, *, other=1.0):
    """Say what it does."""
    a = a[0] if isinstance(a, list) else a
    return a @ b * other


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x]], ids=["tensor", "list"])
def test_products_keep_their_precision(wrap):
    a, b = torch.randn(3, 3), torch.randn(3, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (a @ b).dtype == torch.bfloat16
        out = product(wrap(a), b)
        assert (a @ b).dtype == torch.bfloat16  # as before
    assert torch.equal(out, a @ b)


def test_signature_and_docstring_are_kept():
    assert list(inspect.signature(product).parameters) == ["a", "b", "other"]
    assert product.__doc__ == "Say what it does."


def test_other_arguments_reach_the_function():
    with pytest.raises(TypeError):
        product(None, torch.eye(2))


def test_what_autocast_made_in_half_precision_comes_back_in_single():
    half = torch.eye(2, dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert single_precision(half).dtype == torch.float32
        assert single_precision(half.double()).dtype == torch.float64
    assert single_precision(half) is half  # asked for by the caller, not by autocast


def test_tensors_by_keyword_name_the_device(monkeypatch):
    seen = []
    monkeypatch.setattr(autocast, "_device_type", lambda first: seen.append(first) or "cpu")
    a = torch.eye(2)
    product(a=a, b=a)
    assert seen[0] is a
