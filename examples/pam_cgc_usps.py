r"""PamCGC on USPS in plain PyG: an auto-encoder, k-means, and a contrast with clusters.

    python examples/pam_cgc_usps.py
    python examples/pam_cgc_usps.py --dataset digits     # needs no download

The hyper-parameters are the authors' for USPS (https://arxiv.org/abs/2209.14067).
"""

import argparse
import time

import torch
from sklearn.cluster import KMeans
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.datasets import load
from gcl.encoders import MLP
from gcl.evaluation import clustering_scores, node_classification
from gcl.functional import assignment_divergence, log_assignment
from gcl.losses import PamC


def begin(encoder: MLP, x: torch.Tensor, num_clusters: int, seed: int) -> torch.Tensor:
    r"""Train an auto-encoder on rows of the features; the centres of k-means."""
    decoder = MLP(10, (2000, 500, 500), x.size(1), 4, activate_last=False).to(x.device)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
    for _ in range(30):
        for index in torch.randperm(len(x)).split(256):
            optimizer.zero_grad()
            loss = F.mse_loss(decoder(encoder(x[index])), x[index])
            loss.backward()
            optimizer.step()
    z = encoder(x).detach()
    found = KMeans(num_clusters, n_init=20, random_state=seed).fit(z.cpu().numpy())
    return torch.from_numpy(found.cluster_centers_).to(z)


def train(encoder: MLP, centers: torch.Tensor, data: Data, epochs: int) -> torch.Tensor:
    r"""Draw neighbours together and clusters apart; the clusters that come out."""
    contrast = PamC(order=4, scale=0.5, num_clusters=len(centers))
    centers = centers.clone().requires_grad_()
    optimizer = torch.optim.Adam([*encoder.parameters(), centers], lr=1e-3)
    for _ in range(epochs):
        optimizer.zero_grad()
        z = encoder(data.x)
        log_q = log_assignment(z, centers)
        cluster = log_q.detach().argmax(1)
        loss = 2 * contrast(z, data.edge_index, cluster) + 2 * assignment_divergence(log_q)
        loss.backward()
        optimizer.step()
    return log_assignment(encoder(data.x), centers).argmax(1)


@torch.no_grad()
def score(encoder: MLP, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="PamCGC in plain PyG.")
    parser.add_argument("--dataset", default="usps_sdcn", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=200)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = load(options.dataset)[0].to(options.device)
    num_clusters = int(data.y.max()) + 1
    encoder = MLP(data.num_features, (500, 500, 2000), 10, 4, activate_last=False)
    encoder = encoder.to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    centers = begin(encoder, data.x, num_clusters, options.seed)
    cluster = train(encoder, centers, data, options.epochs)
    seconds = time.perf_counter() - start
    print(clustering_scores(cluster, data.y))
    print(f"PamCGC: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
