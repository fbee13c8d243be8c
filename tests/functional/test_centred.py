import pytest
import torch

from gcl.functional.centred import centred, is_narrow
from gcl.functional.normalize import unit_rows
from gcl.functional.pairwise import row_logsumexp
from gcl.functional.two_views import two_view_logsumexp
from gcl.functional.unit_stack import UnitStack
from gcl.functional.weighed_views import weighed_view_sums
from gcl.losses import CACR, JSD, AllNodeInfoNCE, InfoNCE

SCALE = 1 / 0.3


def narrow(n, spread=0.01, d=64, dtype=torch.float64, seed=0):
    """Rows that point in much the same direction."""
    generator = torch.Generator().manual_seed(seed)
    shared = torch.rand(d, generator=generator, dtype=dtype)
    return shared + spread * torch.randn(n, d, generator=generator, dtype=dtype)


def test_products_are_the_same_and_the_factors_small():
    a, b = narrow(9), narrow(7, spread=0.1, seed=1)
    found = centred(a, b, SCALE)
    s = SCALE * found.a @ found.b.t() + found.row_bias[:, None] + found.col_bias
    torch.testing.assert_close(s, SCALE * a @ b.t())
    assert found.a.norm() < 0.1 * a.norm()
    assert found.b.norm() < 0.5 * b.norm()


def test_the_same_tensor_stays_the_same():
    a = narrow(9)
    found = centred(a, a, SCALE)
    assert found.a is found.b


@pytest.mark.parametrize("b", [torch.randn(100, 64), torch.empty(0, 64)])
def test_spread_and_empty_factors_stay_as_they_are(b):
    a = narrow(9, dtype=torch.float32)
    for found in (centred(a, b, SCALE), centred(b, a, SCALE)):
        assert found.row_bias is found.col_bias is None
    assert centred(a, b, SCALE).a is a


def test_narrow_stacks_are_told():
    assert is_narrow(UnitStack([narrow(9), narrow(9, seed=1)]))
    assert not is_narrow(UnitStack([narrow(9), -narrow(9)]))
    assert not is_narrow(UnitStack([torch.empty(0, 4)]))


def relative(rough, exact):
    return ((rough - exact).norm() / exact.norm()).item()


@pytest.mark.parametrize("scale", [SCALE, 30.0])
def test_gradients_of_nearly_parallel_rows_survive_bf16(products, scale):
    gradients = {}
    for precision in ("highest", "bf16"):
        dtype = torch.float64 if precision == "highest" else torch.float32
        z1, z2 = (narrow(300, seed=s).to(dtype).requires_grad_() for s in (0, 1))
        r, c = two_view_logsumexp(z1, z2, scale=scale, precision=precision)
        gradients[precision] = torch.autograd.grad((r.view(2, -1).mean(0) - scale * c).sum(), z1)[0]
    assert relative(gradients["bf16"].double(), gradients["highest"]) < 1e-3


@pytest.mark.parametrize("biased", [False, True])
def test_two_sets_of_nearly_parallel_rows(products, biased):
    a, b = unit_rows(narrow(50)).requires_grad_(), unit_rows(narrow(80, seed=1)).requires_grad_()
    bias = {"row_bias": torch.rand(50).double(), "col_bias": torch.rand(80).double()}
    weight = torch.rand(50).double()
    found = {}
    for precision in ("highest", "bf16"):
        dtype = torch.float64 if precision == "highest" else torch.float32
        biases = {name: value.to(dtype) for name, value in bias.items()} if biased else {}
        out = row_logsumexp(a.to(dtype), b.to(dtype), scale=SCALE, precision=precision, **biases)
        found[precision] = (out.double(), *torch.autograd.grad(out.double() @ weight, (a, b)))
    errors = map(relative, found["bf16"], found["highest"])
    assert max(errors) < 1e-4


def narrow_losses():
    info, cacr, all_nodes = InfoNCE(0.3), CACR(), AllNodeInfoNCE(0.3)
    sums = lambda z1, z2, p: weighed_view_sums(z1, z2, lambda s: s.mul_(0.5), precision=p)[1]  # noqa: E731
    made = lambda loss, p: type(loss)(precision=p)  # noqa: E731
    return {
        "info_nce": lambda z1, z2, p: made(info, p)(z1, z2),
        "all_node": lambda z1, z2, p: made(all_nodes, p)(z1, z2, torch.arange(len(z1))),
        "cacr": lambda z1, z2, p: made(cacr, p)(z1, z2),
        "jsd": lambda z1, z2, p: JSD(precision=p)(z1, z2),
        "weighed": lambda z1, z2, p: (
            sums(unit_rows(z1), unit_rows(z2), p).log().mean()
            - (unit_rows(z1) * unit_rows(z2)).sum(1).mean()
        ),
    }


@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("name", narrow_losses())
def test_losses_of_nearly_parallel_rows_survive_bf16(products, name, autocast):
    gradients = {}
    for precision in ("highest", "bf16"):
        z1, z2 = (narrow(300, seed=s).float().requires_grad_() for s in (0, 1))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            loss = narrow_losses()[name](z1, z2, precision)
        gradients[precision] = torch.autograd.grad(loss, z1)[0]
    assert relative(gradients["bf16"], gradients["highest"]) < 1e-3
