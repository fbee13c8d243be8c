import copy

import pytest
import torch

from gcl.augmenters.centrality import Centrality, as_centrality
from gcl.functional.centrality import CENTRALITIES

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


@pytest.mark.parametrize("kind", CENTRALITIES)
def test_each_kind_is_computed_once_for_a_content(kind):
    centrality = Centrality(kind)
    first = centrality(PATH, 4)
    assert torch.equal(first, CENTRALITIES[kind](PATH, 4))
    assert centrality(PATH.clone(), 4) is first
    assert centrality(PATH, 5).shape == (5,)
    assert centrality(PATH, 4) is first


def test_names_and_objects_resolve():
    shared = Centrality("pagerank")
    assert as_centrality(shared) is shared
    assert as_centrality("pagerank").kind == "pagerank"
    assert repr(copy.deepcopy(shared)) == "Centrality('pagerank')"


def test_bad_kinds():
    with pytest.raises(ValueError, match="centrality must be one of degree.*did you mean pagerank"):
        Centrality("page_rank")
    with pytest.raises(TypeError, match="centrality must be a name or a Centrality, got 3"):
        Centrality(3)
