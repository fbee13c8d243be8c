import copy
import weakref

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data
from torch_geometric.nn import global_mean_pool

from gcl.encoders import GCN
from gcl.losses import NTXent, Sigmoid
from gcl.training import grad_cache

LOSS = NTXent(temperature=0.4)


def mlp(*layers):
    return nn.Sequential(nn.Linear(5, 8), nn.ReLU(), *layers, nn.Linear(8, 4)).double()


def inputs(n=13):
    return torch.randn(2, n, 5, dtype=torch.float64)


def gradients(*modules):
    return [p.grad for m in modules for p in m.parameters()]


def both(encoder):
    return lambda pair: (encoder(pair[0]), encoder(pair[1]))


def in_chunks(x, size=5):
    return list(zip(x[0].split(size), x[1].split(size), strict=True))


def test_value_and_gradient_are_those_of_the_whole_batch():
    encoder, x = mlp(), inputs()
    twin = copy.deepcopy(encoder)
    value = grad_cache(both(encoder), in_chunks(x), LOSS)
    expected = LOSS(*both(twin)(x))
    expected.backward()
    assert torch.allclose(value, expected)
    assert not value.requires_grad
    torch.testing.assert_close(gradients(encoder), gradients(twin))


def test_dropout_draws_the_same_in_both_passes():
    encoder, x = mlp(nn.Dropout(0.5)), inputs()
    twin, chunks = copy.deepcopy(encoder), in_chunks(x)
    torch.manual_seed(3)
    value = grad_cache(both(encoder), chunks, LOSS)
    after = torch.rand(3)
    torch.manual_seed(3)
    views = [both(twin)(chunk) for chunk in chunks]  # with all graphs in memory
    expected = LOSS(*(torch.cat(column) for column in zip(*views, strict=True)))
    assert torch.equal(torch.rand(3), after)  # the generator stands where it would have stood
    expected.backward()
    assert torch.allclose(value, expected)
    torch.testing.assert_close(gradients(encoder), gradients(twin))


def test_batches_of_graphs():
    graphs = [
        Data(x=torch.randn(n, 3), edge_index=torch.randint(n, (2, 2 * n))) for n in (4, 3, 5, 6, 2)
    ]
    encoder = GCN(3, 8, 4)
    twin = copy.deepcopy(encoder)

    def pooled(module):
        return lambda b: global_mean_pool(module(b.x, b.edge_index), b.batch)

    def loss(h):
        return LOSS(h, 2 * h.roll(1, 1))

    chunks = (Batch.from_data_list(part) for part in (graphs[:2], graphs[2:]))  # an iterator
    grad_cache(pooled(encoder), chunks, loss)
    loss(pooled(twin)(Batch.from_data_list(graphs))).backward()
    torch.testing.assert_close(gradients(encoder), gradients(twin), rtol=1e-4, atol=1e-6)


def test_parameters_of_the_loss_get_their_gradient():
    encoder, loss, x = mlp(), Sigmoid().double(), inputs()
    twins = copy.deepcopy((encoder, loss))
    grad_cache(both(encoder), in_chunks(x), loss)
    twins[1](*both(twins[0])(x)).backward()
    torch.testing.assert_close(gradients(encoder, loss), gradients(*twins))


def test_gradients_add_up():
    encoder, x = mlp(), inputs()
    grad_cache(both(encoder), in_chunks(x), LOSS)
    once = [g.clone() for g in gradients(encoder)]
    grad_cache(both(encoder), in_chunks(x), LOSS)
    torch.testing.assert_close(gradients(encoder), [2 * g for g in once])


def test_the_graph_of_one_chunk_at_most_is_alive():
    encoder, alive, live, nodes = mlp(), [], [], []

    def encode(pair):
        alive.append(torch.is_grad_enabled())
        out = both(encoder)(pair)
        live.append(sum(node() is not None for node in nodes))
        nodes.extend(weakref.ref(z) for z in out if z.requires_grad)
        return out

    grad_cache(encode, in_chunks(inputs()), LOSS)
    assert alive == [False] * 3 + [True] * 3
    assert live == [0] * 6


def test_a_view_the_loss_ignores_has_no_gradient():
    encoder, x = mlp(), inputs()
    twin = copy.deepcopy(encoder)
    grad_cache(both(encoder), in_chunks(x), lambda z1, z2: z1.square().sum())
    twin(x[0]).square().sum().backward()
    torch.testing.assert_close(gradients(encoder), gradients(twin))


def test_batch_norm_updates_its_statistics_twice():
    encoder = mlp(nn.BatchNorm1d(8))
    grad_cache(encoder, inputs(12)[0].split(4), lambda z: z.square().sum())
    assert encoder[2].num_batches_tracked == 6  # the limit that the docstring states


def test_a_generator_of_its_own_is_noticed():
    encoder, generator = mlp(), torch.Generator()

    def encode(x):
        return encoder(x * torch.bernoulli(torch.full_like(x, 0.5), generator=generator))

    with pytest.raises(RuntimeError, match="chunk 0 came out differently.*generator of its own"):
        grad_cache(encode, inputs()[0].split(5), lambda z: z.square().sum())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"chunks": []}, ValueError, "chunks must hold one chunk or more"),
        ({"encode": lambda x: [x]}, TypeError, "encode must give a tensor or a tuple of tensors"),
        ({"encode": lambda x: x}, ValueError, "rows without a gradient for chunk 0"),
        ({"loss": lambda z: 1.0}, TypeError, "loss must give a scalar tensor, got 1.0"),
        ({"loss": lambda z: z}, ValueError, r"loss must give a scalar, got.*\[3, 4\]"),
        ({"loss": lambda z: z.detach().sum()}, ValueError, "loss must depend on the rows"),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    layer = nn.Linear(4, 4)
    given = {"encode": layer, "chunks": [torch.ones(3, 4)], "loss": lambda z: z.sum()} | options
    with pytest.raises(error, match=message):
        grad_cache(**given)


def test_autocast_keeps_the_gradient_of_the_weights():
    encoder, x = mlp().float(), inputs()[0].float()
    twin = copy.deepcopy(encoder)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        grad_cache(encoder, x.split(5), lambda z: z.float().square().sum())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        z = torch.cat([twin(part) for part in x.split(5)])
    z.float().square().sum().backward()
    torch.testing.assert_close(gradients(encoder), gradients(twin), rtol=2e-2, atol=2e-2)
