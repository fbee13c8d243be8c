import copy

import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import CommunityEdgeDrop, CommunityFeatureMask
from gcl.augmenters import communities as module
from gcl.augmenters.communities import Communities, as_communities
from gcl.functional import community_strength, detect_communities
from gcl.functional.communities import DETECTORS

TRIANGLES = torch.tensor([[0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]])


@pytest.fixture
def calls(monkeypatch):
    seen = []

    def counted(*args, **options):
        seen.append(options)
        return detect_communities(*args, **options)

    monkeypatch.setattr(module, "detect_communities", counted)
    return seen


def test_a_graph_is_searched_once(calls):
    find = Communities("louvain", seed=4)
    first = find(TRIANGLES, 7)
    assert find(TRIANGLES.clone(), 7) is first
    assert find(TRIANGLES, 7) is first
    assert calls == [{"method": "louvain", "seed": 4}]
    assert find(TRIANGLES[:, :3], 7) is not first
    assert len(calls) == 2


@pytest.mark.parametrize("method", DETECTORS)
def test_communities_and_strengths_belong_together(method):
    found = Communities(method)(TRIANGLES, 7)
    assert torch.equal(found.community, detect_communities(TRIANGLES, 7, method=method))
    assert torch.equal(found.strength, community_strength(TRIANGLES, found.community))


def test_a_partition_of_ones_own(calls):
    own = torch.tensor([0, 0, 0, 2, 2, 2, -1])
    found = Communities(own)(TRIANGLES, 7)
    assert torch.equal(found.community, own)
    torch.testing.assert_close(found.strength, torch.tensor([3 / 7 - 1 / 4] * 6 + [0.0]))
    assert not calls


def test_names_objects_and_copies():
    shared = Communities("leiden", seed=3)
    assert as_communities(shared) is shared
    assert repr(as_communities("louvain")) == "Communities('louvain')"
    assert repr(copy.deepcopy(shared)) == "Communities('leiden', seed=3)"
    assert repr(Communities(torch.zeros(4, dtype=torch.long))) == "Communities(<4 nodes>)"


def test_bad_input():
    with pytest.raises(ValueError, match="communities must be one of leiden.*did you mean leiden"):
        Communities("laiden")
    with pytest.raises(TypeError, match="communities must be a name, a partition.*got 5"):
        Communities(5)
    with pytest.raises(TypeError, match="communities must hold integer"):
        Communities(torch.zeros(4))
    with pytest.raises(ValueError, match=r"communities must have shape \[4\], got.*\[2, 2\]"):
        Communities(torch.zeros(2, 2, dtype=torch.long))
    with pytest.raises(ValueError, match=r"communities must have shape \[7\], got.*\[4\]"):
        Communities(torch.zeros(4, dtype=torch.long))(TRIANGLES, 7)
    with pytest.raises(ValueError, match="seed=1 would be ignored"):
        Communities(torch.zeros(4, dtype=torch.long), seed=1)
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        Communities("leiden", seed=-1)


def test_a_batch_takes_the_communities_of_its_nodes():
    own = torch.tensor([3, 0, 0, 5, 5, 3])
    communities = Communities(own)
    batch = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), n_id=torch.tensor([4, 0, 3]))
    n_id = communities.numbers(batch)
    found = communities(batch.edge_index, 3, n_id)
    assert found.community.tolist() == [5, 3, 5]
    assert torch.equal(found.strength, community_strength(batch.edge_index, own[[4, 0, 3]]))
    for augment in (
        CommunityEdgeDrop(0.5, communities=own),
        CommunityFeatureMask(0.5, communities=own),
    ):
        batch.x = torch.rand(3, 2)
        assert augment(batch).num_nodes == 3
    assert Communities("leiden").numbers(batch) is None
    with pytest.raises(
        ValueError, match="communities must have a number for every node, up to n_id 4"
    ):
        Communities(own[:3])(batch.edge_index, 3, n_id)


def test_a_partition_that_is_written_to_is_another():
    part = torch.tensor([0, 0, 1, 1])
    data = Data(x=torch.rand(4, 2), edge_index=torch.tensor([[0, 1, 2, 3, 1], [1, 0, 3, 2, 2]]))
    communities = Communities(part)
    drop = CommunityEdgeDrop(0.5, communities=part)
    mask = CommunityFeatureMask(0.5, communities=part)
    before = communities(data.edge_index, 4), drop.drop_probability(data)
    mask.mask_probability(data)
    part.copy_(torch.tensor([0, 0, 0, 1]))
    assert before[0].community.tolist() == [0, 0, 1, 1]
    fresh = part.clone()
    found, expected = (c(data.edge_index, 4) for c in (communities, Communities(fresh)))
    assert torch.equal(found.community, fresh)
    assert torch.equal(found.strength, expected.strength)
    again = CommunityEdgeDrop(0.5, communities=fresh).drop_probability(data)
    assert torch.equal(drop.drop_probability(data), again)
    assert not torch.equal(again, before[1])
    again = CommunityFeatureMask(0.5, communities=fresh).mask_probability(data)
    assert torch.equal(mask.mask_probability(data), again)
