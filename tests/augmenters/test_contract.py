"""What every exported augmenter must do; a new export without a case here fails."""

import copy
import doctest
import importlib
import inspect
import pickle
import sys

import pytest
import torch
import torch_geometric.transforms as T
from torch_geometric.data import Batch, Data, HeteroData

import gcl.augmenters as A
import gcl.functional as F


class Narrow(torch.nn.Module):
    """An encoder of the first two columns of ``x``, however many there are."""

    out_channels = 3

    def __init__(self):
        super().__init__()
        self.lin = torch.nn.Linear(2, 3)

    def forward(self, x, edge_index, edge_weight=None):
        return self.lin(x[:, :2])


def learnable_edge_drop(p=0.5, **options):
    """Keeps an edge with odds near (1 - p) / p; the same weights at every call."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        augmenter = A.LearnableEdgeDrop(Narrow(), **options)
    if p in (0, 1):  # beyond the reach of noise and features
        augmenter.scorer.last.bias.data.fill_(1e4 * (1 - 2 * p))
    return augmenter.requires_grad_(False)


CASES = {
    "AugmentationSelector": lambda p=0.5, generator=None: A.AugmentationSelector(
        [A.FeatureMask(p, generator=generator), A.EdgeDrop(p, generator=generator)],
        generator=generator,
    ),
    "AdaptiveEdgeDrop": A.AdaptiveEdgeDrop,
    "AdaptiveFeatureMask": A.AdaptiveFeatureMask,
    "CommunityEdgeDrop": A.CommunityEdgeDrop,
    "CommunityFeatureMask": A.CommunityFeatureMask,
    "Diffusion": lambda p=0.5, generator=None: A.Diffusion(top_k=3),
    "EdgeAdd": lambda p=0.5, **o: A.EdgeAdd(p, fill=-1, **o),
    "EdgeDrop": A.EdgeDrop,
    "EgoSubgraph": lambda p=0.5, **o: A.EgoSubgraph(max(1.0 - p, 0.01), num_hops=1, **o),
    "FeatureDrop": A.FeatureDrop,
    "FeatureMask": A.FeatureMask,
    "FeatureNoise": lambda p=0.5, **o: A.FeatureNoise(std=p, **o),
    "FeatureShuffle": lambda p=0.5, **o: A.FeatureShuffle(**o),
    "LearnableEdgeDrop": learnable_edge_drop,
    "Mixup": lambda p=0.5, **o: A.Mixup(lam=1 - p, **o),
    "NodeDrop": A.NodeDrop,
    "RandomChoice": lambda p=0.5, generator=None: A.RandomChoice(
        [A.FeatureMask(p, generator=generator), A.EdgeDrop(p, generator=generator)],
        generator=generator,
    ),
    "RandomWalkSubgraph": lambda p=0.5, **o: A.RandomWalkSubgraph(
        max(1.0 - p, 0.01), length=1, **o
    ),
    "SVDView": lambda p=0.5, generator=None: A.SVDView(2, of="features"),
}
NEEDS = {  # arguments without a default
    "AugmentationSelector": [[A.EdgeDrop()]],
    "LearnableEdgeDrop": [Narrow()],
    "RandomChoice": [[A.EdgeDrop()]],
}
SCORED = {"AdaptiveEdgeDrop", "AdaptiveFeatureMask", "CommunityEdgeDrop", "CommunityFeatureMask"}
REMOVE_NODES = {"EgoSubgraph", "NodeDrop", "RandomWalkSubgraph"}
REPLACE_EDGES = {"Diffusion"}  # what described single edges is gone with them
DRAW_NOTHING = {"Diffusion", "SVDView"}  # so they take no generator
# Communal Edge Dropping drops weak edges at rate 0 too, by its formula; the others have no rate.
HAVE_NO_ZERO = {"CommunityEdgeDrop", "Diffusion", "FeatureShuffle", "SVDView"}
HETERO = sorted(set(CASES) - {"LearnableEdgeDrop"} - REMOVE_NODES - DRAW_NOTHING - SCORED)
HAVE_P = ["EdgeAdd", "EdgeDrop", "FeatureDrop", "FeatureMask", "NodeDrop", *sorted(SCORED)]

every = pytest.mark.parametrize("name", sorted(CASES))


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def same(a, b):
    assert a.keys() == b.keys()
    for store_a, store_b in zip(a.stores, b.stores, strict=True):
        for key in store_a:
            va, vb = store_a[key], store_b[key]
            assert torch.equal(va, vb) if isinstance(va, torch.Tensor) else va == vb, key


def graph(n=8, m=14, offset=0):
    """Every attribute tells its own position: x[i] = y[i] = i, edge_attr[j] = (u, v)."""
    g = seeded(n + m)
    edge_index = torch.randint(n, (2, m), generator=g)
    return Data(
        x=torch.arange(n).view(n, 1).repeat(1, 4) + 1.0 + offset,
        edge_index=edge_index,
        edge_attr=edge_index.t() + offset,
        edge_weight=torch.rand(m, generator=g) + 2,
        strength=torch.arange(m) + offset,
        node_tag=torch.arange(n) + 1.0 + offset,
        y=torch.tensor([offset]),
    )


def hetero():
    data = HeteroData()
    data["user"].x = torch.arange(12.0).view(4, 3) + 1
    data["item"].x = torch.arange(10.0).view(5, 2) + 1
    data["tag"].color = torch.arange(2)
    data["user", "buys", "item"].edge_index = torch.tensor([[0, 1, 3, 3], [4, 0, 1, 2]])
    data["user", "buys", "item"].edge_attr = torch.arange(4.0)
    data["user", "knows", "user"].edge_index = torch.tensor([[0, 1, 2], [1, 0, 3]])
    data["user", "knows", "user"].stars = torch.arange(3)
    return data


def batch():
    return Batch.from_data_list([graph(6, 9), graph(1, 0, 10), graph(5, 12, 20)])


def hetero_batch():
    return Batch.from_data_list([hetero(), hetero()])


INPUTS = {"data": graph, "batch": batch, "hetero": hetero, "hetero_batch": hetero_batch}
every_input = pytest.mark.parametrize(
    ("name", "kind"), [(n, k) for n in CASES for k in INPUTS if n in HETERO or "hetero" not in k]
)


def test_every_export_has_a_case():
    assert sorted(CASES) == sorted(A.__all__)


@every_input
@pytest.mark.parametrize("call", ["__call__", "forward"])
def test_input_is_untouched(name, kind, call):
    data = INPUTS[kind]()
    before, slices = copy.deepcopy(data), copy.deepcopy(vars(data.stores[0]).get("_slice_dict"))
    view = getattr(CASES[name](0.7), call)(data)
    same(data, before)
    assert view is not data
    assert repr(slices) == repr(vars(data.stores[0]).get("_slice_dict"))


@every_input
def test_views_are_on_the_device_of_the_graph(name, kind, device):
    augmenter = CASES[name](0.7)
    if isinstance(augmenter, torch.nn.Module):
        augmenter.to(device)
    view = augmenter(INPUTS[kind]().to(device))
    tensors = [v for store in view.stores for v in store.values() if torch.is_tensor(v)]
    assert {t.device.type for t in tensors} == {device}


@every_input
def test_a_generator_repeats_and_leaves_the_global_one_alone(name, kind):
    data, state = INPUTS[kind](), torch.get_rng_state()
    same(CASES[name](generator=seeded())(data), CASES[name](generator=seeded())(data))
    assert torch.equal(state, torch.get_rng_state())
    torch.manual_seed(3)
    view = CASES[name]()(data)
    torch.manual_seed(3)
    same(view, CASES[name]()(data))


@every_input
def test_zero_changes_nothing(name, kind):
    if name in HAVE_NO_ZERO:
        return
    data = INPUTS[kind]()
    view = CASES[name](0)(data)
    if name in REMOVE_NODES:
        assert view.n_id.tolist() == list(range(data.num_nodes))
        del view.n_id
    if name == "LearnableEdgeDrop":
        assert view.edge_keep.tolist() == [1.0] * data.num_edges
        del view.edge_keep
    same(view, data)


@every
def test_attributes_stay_aligned(name):
    for seed in range(10):
        view = CASES[name](generator=seeded(seed))(graph())
        assert view.validate()
        assert len(view.x) == len(view.node_tag) == view.num_nodes
        ids = view.n_id if "n_id" in view else torch.arange(8)
        assert torch.equal(ids + 1, view.node_tag.long())
        assert len(view.edge_weight) == view.edge_index.size(1)
        if name in REPLACE_EDGES:
            assert not {"edge_attr", "strength"} & set(view.keys())
            continue
        for key in ("edge_attr", "strength"):
            assert len(view[key]) == view.edge_index.size(1)
        old = view.strength >= 0  # EdgeAdd fills with -1
        assert torch.equal(ids[view.edge_index].t()[old], view.edge_attr[old])
        assert torch.equal(graph().edge_attr[view.strength[old]], view.edge_attr[old])


@every
def test_a_batch_separates_into_the_right_graphs(name):
    originals = batch().to_data_list()
    for seed in range(10):
        view = CASES[name](generator=seeded(seed))(batch())
        graphs = view.to_data_list()
        assert view.num_graphs == len(graphs) == 3
        same(Batch.from_data_list(graphs)[2], graphs[2])
        assert torch.equal(view.ptr.diff(), torch.tensor([g.num_nodes for g in graphs]))
        assert torch.equal(view.batch, torch.arange(3).repeat_interleave(view.ptr.diff()))
        for i, (g, original) in enumerate(zip(graphs, originals, strict=True)):
            assert int(g.y) == 10 * i
            assert g.validate()
            ids = g.n_id if "n_id" in g else torch.arange(original.num_nodes)
            assert torch.equal(original.node_tag[ids], g.node_tag)
            assert len(g.edge_weight) == g.edge_index.size(1)
            if name in REPLACE_EDGES:
                alone = CASES[name]()(original)
                assert torch.equal(g.edge_index, alone.edge_index)
                assert torch.allclose(g.edge_weight, alone.edge_weight)
                continue
            assert len(g.edge_attr) == g.edge_index.size(1)
            old = g.strength >= 0
            assert torch.equal(ids[g.edge_index].t()[old] + 10 * i, g.edge_attr[old])


@pytest.mark.filterwarnings("ignore:The node types")
@pytest.mark.parametrize("name", HETERO)
def test_a_hetero_batch_separates_into_the_right_graphs(name):
    buys, knows = ("user", "buys", "item"), ("user", "knows", "user")
    for seed in range(10):
        view = CASES[name](generator=seeded(seed))(hetero_batch())
        for g in view.to_data_list():
            assert g.validate()
            ends = dict(zip(range(4), hetero()[buys].edge_index.t().tolist(), strict=True))
            for edge, j in zip(g[buys].edge_index.t().tolist(), g[buys].edge_attr, strict=True):
                assert ends.get(int(j), edge) == edge
            assert len(g[knows].stars) == g[knows].num_edges
        total = sum(g[buys].num_edges for g in view.to_data_list())
        assert total == view[buys].num_edges


@every
@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_degenerate_graphs(name, p):
    nothing = torch.empty(2, 0, dtype=torch.long)
    for n in (0, 1, 4):  # empty, a single node, isolated nodes only
        view = CASES[name](p)(Data(x=torch.ones(n, 2), edge_index=nothing, w=torch.ones(0)))
        loops = n if name in REPLACE_EDGES else 0  # walks stay where they start
        assert view.edge_index.shape == (2, loops)
        assert view.x.size(1) == 2


@every
def test_composes_pickles_and_copies(name):
    both = T.Compose([CASES[name](), CASES[name]()])
    assert both(batch()).validate()
    if name == "NodeDrop":
        assert isinstance(both(graph()), Data)
    augmenter = CASES[name](generator=seeded())
    clones = [pickle.loads(pickle.dumps(augmenter)), copy.deepcopy(augmenter)]
    first = augmenter(graph())
    for clone in clones:
        assert repr(clone) == repr(augmenter)
        same(clone(graph()), first)


@every
def test_other_data_is_refused(name):
    if name not in ("AugmentationSelector", "RandomChoice"):
        with pytest.raises(TypeError, match=r"data must be a Data.*got 3 of type int"):
            CASES[name]().forward(3)


@pytest.mark.parametrize("name", sorted(set(CASES) - DRAW_NOTHING))
def test_bad_generator(name):
    with pytest.raises(TypeError, match=r"generator must be a torch\.Generator or None, got 5"):
        getattr(A, name)(*NEEDS.get(name, []), generator=5)


@pytest.mark.parametrize("name", HAVE_P)
@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan"), "x", True, None])
def test_bad_p(name, p):
    kind = ValueError if isinstance(p, float) else TypeError
    with pytest.raises(kind, match=f"p must be a .*{p}"):
        getattr(A, name)(p)


def test_repr():
    assert repr(A.EdgeDrop(0.3)) == "EdgeDrop(p=0.3)"
    assert repr(A.EdgeDrop(undirected=True)) == "EdgeDrop(p=0.5, undirected=True)"
    assert repr(A.FeatureShuffle(node_types=["a"])) == "FeatureShuffle(node_types=['a'])"
    assert repr(A.Diffusion("heat", t=3.0)) == "Diffusion(kind='heat', t=3.0)"
    assert repr(A.EgoSubgraph([2, 1])) == "EgoSubgraph(seeds=tensor([2, 1]))"
    assert repr(A.NodeDrop(generator=seeded())) == "NodeDrop(p=0.5, generator=<cpu>)"
    assert repr(A.RandomChoice([A.FeatureNoise()])) == "RandomChoice([FeatureNoise(std=0.1)])"


@pytest.mark.parametrize("name", ["EdgeAdd", "EdgeDrop"])
class TestEdgeTypes:
    def test_only_the_chosen_type_changes(self, name):
        chosen, other = ("user", "knows", "user"), ("user", "buys", "item")
        view = CASES[name](1.0, edge_types=[chosen])(hetero())
        assert torch.equal(view[other].edge_index, hetero()[other].edge_index)
        assert view[chosen].num_edges == len(view[chosen].stars) != 3

    def test_unknown_or_useless_types(self, name):
        with pytest.raises(ValueError, match=r"edge_types must be among .*knows.*got \('a', 'b'"):
            CASES[name](edge_types=[("a", "b", "c")])(hetero())
        with pytest.raises(ValueError, match="edge_types must be None for a graph without types"):
            CASES[name](edge_types=[("a", "b", "c")])(graph())
        with pytest.raises(TypeError, match="edge_types must hold triples of names, got 'ab'"):
            CASES[name](edge_types=["ab"])
        with pytest.raises(TypeError, match="edge_types must be a list"):
            CASES[name](edge_types=("a", "b", "c"))
        with pytest.raises(ValueError, match="at least one type"):
            CASES[name](edge_types=[])

    def test_undirected_needs_equal_ends(self, name):
        with pytest.raises(ValueError, match=r"undirected must be False.*'buys'"):
            CASES[name](undirected=True)(hetero())
        with pytest.raises(TypeError, match="undirected must be True or False, got 'no'"):
            CASES[name](undirected="no")

    def test_adjacency_instead_of_edges(self, name):
        with pytest.raises(ValueError, match="data must have an edge_index, got only adj_t"):
            CASES[name]()(Data(x=torch.ones(2, 1), adj_t=torch.eye(2).to_sparse()))
        both = graph()
        both.adj_t = torch.eye(8).to_sparse()
        with pytest.raises(ValueError, match="must not have adj_t"):
            CASES[name]()(both)
        with pytest.raises(ValueError, match="must have an edge_index"):
            CASES[name]()(Data(x=torch.ones(2, 1)))


@pytest.mark.parametrize("name", [*sorted(n for n in CASES if n.startswith("Feature")), "Mixup"])
class TestNodeTypes:
    def test_only_the_chosen_type_changes(self, name):
        data = hetero()
        view = CASES[name](1.0, node_types=["item"], generator=seeded(4))(data)
        assert view["user"].x is data["user"].x
        assert not torch.equal(view["item"].x, data["item"].x)

    def test_unknown_or_useless_types(self, name):
        with pytest.raises(ValueError, match=r"node_types with x must be among .*item.*got 'tag'"):
            CASES[name](node_types=["tag"])(hetero())
        with pytest.raises(ValueError, match="node_types must be None"):
            CASES[name](node_types=["user"])(graph())
        with pytest.raises(TypeError, match="node_types must hold names, got 3"):
            CASES[name](node_types=[3])

    def test_x_is_needed_and_dense(self, name):
        with pytest.raises(ValueError, match="data must have node features x"):
            CASES[name]()(Data(edge_index=torch.tensor([[0], [0]])))
        with pytest.raises(ValueError, match="data must have node features x"):
            CASES[name]()(HeteroData(a={"num_nodes": 2}))
        with pytest.raises(TypeError, match="x must be a dense tensor"):
            CASES[name]()(Data(x=torch.eye(2).to_sparse()))

    def test_gradient_reaches_x(self, name):
        x = torch.ones(3, 4, requires_grad=True)
        view = CASES[name](0.5)(Data(x=x))
        view.x.sum().backward()
        whole = name in ("FeatureNoise", "FeatureShuffle", "Mixup")
        assert torch.equal(x.grad, torch.ones(3, 4) if whole else view.x.detach())


def test_docstring_examples():
    names = {n: getattr(A, n) for n in A.__all__} | {n: getattr(F, n) for n in F.__all__}
    mine = [*A.__all__, "add_edges", "add_noise", "drop_edges", "drop_features", "drop_nodes"]
    mine += ["diffuse", "ego_subgraph", "mix_rows", "truncated_svd", "walk_subgraph"]
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    for name in [*mine, "mask_features", "shuffle_rows"]:
        tests = finder.find(names[name], name, globs=names | {"torch": torch, "Data": Data})
        assert any(t.examples for t in tests), f"{name} has no example"
        for t in tests:
            assert runner.run(t).failed == 0


def test_arguments_after_the_first_are_keyword_only():
    for name in A.__all__:
        parameters = list(inspect.signature(getattr(A, name)).parameters.values())
        positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        known = ([], ["p"], ["std"], ["transforms"], ["transforms", "p"], ["encoder"])
        known = (*known, ["alpha"], ["kind"], ["q"], ["seeds"])
        assert positional in known


def test_module_is_importable_by_name():
    assert importlib.import_module("gcl.augmenters") is sys.modules["gcl.augmenters"]
