r"""How near the negative term of PamC comes to that of all pairs, in value and in gradient.

Both terms are compared as logarithms of means: log N is taken from the exact one, log K from
PamC's, or log N if its sums count every node.

Legend: N nodes, K clusters, D width.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from gcl.benchmark.pamc.inputs import rows_of
from gcl.benchmark.pamc.references import all_negatives
from gcl.functional.normalize import unit_rows
from gcl.losses.meta_contrast import MetaOptions, meta_rows

FORMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "sized": {"size_weighted": True},
    "intra": {"intra_cluster": True},
    "both": {"size_weighted": True, "intra_cluster": True},
}
NODES, CLUSTERS, WIDTH, SCALE = 4_000, 10, 32, 2.0
SPREADS = (2.0, 1.0, 0.5, 0.25, 0.1)
SKEWS = (0.0, 0.5, 1.0, 2.0)


def tighten(spreads: Sequence[float] = SPREADS, num_nodes: int = NODES) -> Iterator[dict[str, Any]]:
    r"""One record for each spread of the rows around their clusters' directions, sizes equal."""
    cluster = torch.arange(num_nodes) * CLUSTERS // num_nodes
    for spread in spreads:
        yield {"spread": f"{spread:g}", **compared(cluster, spread)}


def unbalance(
    skews: Sequence[float] = SKEWS, num_nodes: int = NODES, spread: float = 0.25
) -> Iterator[dict[str, Any]]:
    r"""One record for each skew a: cluster k has a share of nodes proportional to 1 / k^a."""
    for skew in skews:
        share = torch.arange(1, CLUSTERS + 1, dtype=torch.double).pow(-skew)
        end = (share.cumsum(0) / share.sum() * num_nodes).round().long()
        cluster = torch.bucketize(torch.arange(num_nodes), end, right=True)
        largest = torch.bincount(cluster).max().item() / num_nodes
        yield {"skew": f"{skew:g}", "largest_share": largest, **compared(cluster, spread)}


def compared(cluster: Tensor, spread: float) -> dict[str, Any]:
    r"""Mean cosine inside clusters; relative differences and cosines of gradients of each form."""
    z = rows_of(cluster, WIDTH, spread)
    exact = all_negatives(unit_rows(z), SCALE).mean() - math.log(len(z))
    (slope,) = torch.autograd.grad(exact, z)
    record: dict[str, Any] = {"inside_cosine": _inside(z, cluster)}
    for name, form in FORMS.items():
        count = len(z) if form.get("size_weighted") else int(cluster.max()) + 1
        near = meta_rows(z, cluster, MetaOptions(scale=SCALE, **form)).mean() - math.log(count)
        (ours,) = torch.autograd.grad(near, z)
        record[f"{name}_difference"] = abs((near / exact).item() - 1)
        record[f"{name}_gradient_cosine"] = _cosine(ours, slope)
    return record


def _cosine(a: Tensor, b: Tensor) -> float:
    return cosine_similarity(a.flatten(), b.flatten(), dim=0).item()


def _inside(z: Tensor, cluster: Tensor) -> float:
    r"""Mean over the nodes of their mean cosine with all nodes of their cluster."""
    u = unit_rows(z.detach())
    total = u.new_zeros(int(cluster.max()) + 1, u.size(1)).index_add_(0, cluster, u)
    size = torch.bincount(cluster).to(u.dtype)
    return ((u * total[cluster]).sum(1) / size[cluster]).mean().item()
