r"""Recommenders as their released codes compute a step: the references of the benchmark.

Sparse matrices are coalesced COO tensors; logits of a batch against all users and items are dense.

Legend: I users, J items, E interactions, B triplets, D width, q rank.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData

from gcl.functional.bipartite import Pair, bipartite_adjacency
from gcl.functional.interaction_data import RATES


def coo(data: HeteroData) -> Tensor:
    r"""The normalised interactions as a coalesced COO tensor [I, J]."""
    sizes = data["user"].num_nodes, data["item"].num_nodes
    a = bipartite_adjacency(data[RATES].edge_index, *sizes).items_of
    index = torch.stack([a.pattern.row, a.pattern.column]).long()
    return torch.sparse_coo_tensor(index, a.value, sizes, check_invariants=False).coalesce()


class DenseLightGCL(nn.Module):
    r"""LightGCL with B x I and 2B x J logits, kept for backward."""

    def __init__(self, data: HeteroData, width: int, temperature: float = 0.2) -> None:
        super().__init__()
        self.a = coo(data)
        self.back = self.a.t().coalesce()
        u, s, v = torch.svd_lowrank(self.a, q=5)
        self.low = (u * s, v), (v * s, u)
        tables = (torch.empty(size, width) for size in self.a.shape)
        self.user, self.item = (nn.Parameter(nn.init.xavier_uniform_(t)) for t in tables)
        self.temperature = temperature

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the loss of two layers."""
        user, positive, negative = batch.triplets
        layers: list[Pair] = [(self.user, self.item)]
        views: list[Pair] = [(self.user, self.item)]
        for _ in range(2):
            u, v = layers[-1]
            layers.append((torch.sparse.mm(self.a, v), torch.sparse.mm(self.back, u)))
            (p_u, v_q), (p_v, u_q) = self.low
            views.append((p_u @ (v_q.t() @ v), p_v @ (u_q.t() @ u)))
        (e_u, e_v), (g_u, g_v) = (_sums(x) for x in (layers, views))
        items = torch.cat([positive, negative])
        loss = self._contrast(g_u, e_u, user) + self._contrast(g_v, e_v, items)
        difference = (e_u[user] * (e_v[positive] - e_v[negative])).sum(1)
        penalty = self.user.square().sum() + self.item.square().sum()
        return 0.2 * loss - difference.sigmoid().log().mean() + 1e-7 * penalty

    def _contrast(self, g: Tensor, e: Tensor, index: Tensor) -> Tensor:
        logits = g[index] @ e.t() / self.temperature  # [B, all]
        own = (g[index] * e[index]).sum(1) / self.temperature
        return (logits.exp().sum(1) + 1e-8).log().mean() - own.clamp(-5.0, 5.0).mean()


class SquareLightGCN(nn.Module):
    r"""LightGCN on the (I + J) x (I + J) adjacency, every interaction in it twice."""

    def __init__(self, data: HeteroData, width: int) -> None:
        super().__init__()
        a = coo(data)
        num_users, total = a.size(0), sum(a.shape)
        row, column = a.indices()[0], a.indices()[1] + num_users
        index = torch.stack([torch.cat([row, column]), torch.cat([column, row])])
        value = torch.cat([a.values(), a.values()])
        shape = total, total
        self.a = torch.sparse_coo_tensor(index, value, shape, check_invariants=False).coalesce()
        self.num_users = num_users
        self.table = nn.Parameter(0.1 * torch.randn(total, width))

    def step(self, batch: HeteroData) -> Tensor:
        r"""Return the loss of three layers."""
        user, positive, negative = batch.triplets
        layers: list[Tensor] = [self.table]
        for _ in range(3):
            layers.append(torch.sparse.mm(self.a, layers[-1]))
        e, shift = torch.stack(layers, dim=1).mean(1), self.num_users
        u, i, j = e[user], e[positive + shift], e[negative + shift]
        rows = (self.table[user], self.table[positive + shift], self.table[negative + shift])
        penalty = sum(x.square().sum() for x in rows) / 2 / len(user)
        return F.softplus((u * j).sum(1) - (u * i).sum(1)).mean() + 1e-4 * penalty


def _sums(layers: list[Pair]) -> Pair:
    users, items = zip(*layers, strict=True)
    return torch.stack(users).sum(0), torch.stack(items).sum(0)
