r"""SDCN on ACM in plain PyG: an auto-encoder, k-means, and convolutions with the same target.

    python examples/sdcn_acm.py
    python examples/sdcn_acm.py --dataset digits     # needs no download

The hyper-parameters are the authors' for ACM (https://arxiv.org/abs/2002.01633).
"""

import argparse
import time

import torch
from sklearn.cluster import KMeans
from torch import nn
from torch.nn import functional as F
from torch_geometric.data import Data

import gcl.functional as gf
from gcl.datasets import load
from gcl.encoders import MLP
from gcl.evaluation import clustering_scores, node_classification


def start(net: nn.ModuleList, x: torch.Tensor, num_clusters: int) -> nn.Parameter:
    r"""Train the auto-encoder on rows of the features; the centres of k-means."""
    encoder, decoder = net
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(30):
        for index in torch.randperm(len(x)).split(256):
            optimizer.zero_grad()
            F.mse_loss(decoder(encoder(x[index])), x[index]).backward()
            optimizer.step()
    z = encoder(x).detach()
    found = KMeans(num_clusters, n_init=20, random_state=0).fit(z.cpu().numpy())
    return nn.Parameter(torch.from_numpy(found.cluster_centers_).to(z))


def train(net: nn.ModuleList, centers: nn.Parameter, data: Data, epochs: int) -> torch.Tensor:
    r"""Reconstruct, and draw both assignments to one target; the clusters that come out."""
    edges, share = gf.influence(data.edge_index, len(data.x))
    walk = gf.weighted_adjacency(edges, len(data.x), share)
    inner = [500, 500, 2000, 10]
    widths = zip([data.num_features, *inner], [*inner, len(centers)], strict=True)
    parameters = [nn.Parameter(nn.init.xavier_uniform_(torch.empty(w))) for w in widths]
    optimizer = torch.optim.Adam([*net.parameters(), *parameters, centers], lr=1e-3)
    encoder, decoder = net
    for _ in range(epochs):
        optimizer.zero_grad()
        h, g = data.x, data.x
        for i, weight in enumerate(parameters[:-1]):
            h = encoder.layers[i](h) if i == 3 else encoder.layers[i](h).relu()
            g = ((walk @ (g @ weight)).relu() + h) / 2  # convolutions take in the encoder's layers
        log_s = (walk @ (g @ parameters[-1])).log_softmax(1)
        log_q = gf.log_assignment(h, centers)
        target = gf.target_distribution(log_q.detach().exp())
        divergence = [gf.assignment_divergence(q, target) for q in (log_q, log_s)]
        loss = F.mse_loss(decoder(h), data.x) + 0.1 * divergence[0] + 0.01 * divergence[1]
        loss.backward()
        optimizer.step()
    return log_s.argmax(1)


def score(encoder: MLP, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x).detach(), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", default="acm_sdcn", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=200)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    data = load(options.dataset)[0]
    encoder = MLP(data.num_features, (500, 500, 2000), 10, 4, activate_last=False)
    decoder = MLP(10, (2000, 500, 500), data.num_features, 4, activate_last=False)
    net = nn.ModuleList([encoder, decoder])
    print(f"untrained encoder: {score(encoder, data)}")
    begin = time.perf_counter()
    centers = start(net, data.x, int(data.y.max()) + 1)
    cluster = train(net, centers, data, options.epochs)
    print(clustering_scores(cluster, data.y))
    print(f"SDCN: {score(encoder, data)}, {time.perf_counter() - begin:.1f} s of training")


if __name__ == "__main__":
    main()
