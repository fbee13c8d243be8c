import pytest
import torch

from gcl.evaluation import assigned_clusters, best_epoch, clustering, clustering_scores


def test_scores_are_those_of_the_assignment_on_the_labelled_nodes():
    y = torch.tensor([0, 0, 1, 1, -1])
    cluster = torch.tensor([1, 1, 0, 1, 0])
    result = assigned_clusters(cluster, y)
    expected = clustering_scores(cluster[:4], y[:4])
    assert {name: score.mean for name, score in result.items()} == expected
    assert result["acc"].mean == 0.75


def test_modularity_is_that_of_all_nodes():
    edges = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
    y = torch.tensor([0, 1, 0, -1])
    assert assigned_clusters(torch.tensor([0, 0, 1, 1]), y, edges)["modularity"].mean == 0.5
    h = torch.tensor([[0.0], [0], [9], [9]])
    assert clustering(h, y, num_runs=2, edge_index=edges)["modularity"].mean == 0.5
    assert "modularity" not in clustering(h, y, num_runs=1)


def test_the_best_epoch_is_chosen_for_each_metric_apart_and_says_so():
    logged = {1: {"acc": 0.5, "nmi": 0.9}, 2: {"acc": 0.7, "nmi": 0.1}}
    result = best_epoch(logged, {"acc": 0.6, "nmi": 0.3})
    assert (result["acc"].mean, result["nmi"].mean) == (0.7, 0.9)
    assert best_epoch(logged, {"acc": 0.8, "nmi": 0.3})["acc"].mean == 0.8
    assert "best of 2 epochs, chosen on labels: not a fair result" in result.protocol


def test_bad_labels_are_named():
    with pytest.raises(ValueError, match=r"y must have shape \[3\]"):
        assigned_clusters(torch.zeros(3, dtype=torch.long), torch.zeros(2, dtype=torch.long))
