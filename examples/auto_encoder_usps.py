r"""An auto-encoder on USPS in plain PyG: what deep clustering starts from, and its baseline.

    python examples/auto_encoder_usps.py
    python examples/auto_encoder_usps.py --dataset digits     # needs no download

The hyper-parameters are the authors' for all graphs (https://arxiv.org/abs/2002.01633).
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
from gcl.functional import log_assignment


def pretrain(encoder: MLP, x: torch.Tensor, epochs: int) -> None:
    r"""Train an auto-encoder on random rows of the features."""
    decoder = MLP(10, (2000, 500, 500), x.size(1), 4, activate_last=False).to(x.device)
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    for _ in range(epochs):
        for index in torch.randperm(len(x)).split(256):
            optimizer.zero_grad()
            loss = F.mse_loss(decoder(encoder(x[index])), x[index])
            loss.backward()
            optimizer.step()


def k_means(encoder: MLP, x: torch.Tensor, num_clusters: int, seed: int) -> torch.Tensor:
    r"""Centres of the embeddings."""
    with torch.no_grad():
        z = encoder(x)
    found = KMeans(num_clusters, n_init=20, random_state=seed).fit(z.cpu().numpy())
    return torch.from_numpy(found.cluster_centers_).to(z)


@torch.no_grad()
def score(encoder: MLP, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="An auto-encoder and k-means.")
    parser.add_argument("--dataset", default="usps_sdcn", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = load(options.dataset)[0].to(options.device)
    num_clusters = int(data.y.max()) + 1
    encoder = MLP(data.num_features, (500, 500, 2000), 10, 4, activate_last=False)
    encoder = encoder.to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    pretrain(encoder, data.x, options.epochs)
    centers = k_means(encoder, data.x, num_clusters, options.seed)
    cluster = log_assignment(encoder(data.x), centers).argmax(1)  # that of the nearest centre
    seconds = time.perf_counter() - start
    print(clustering_scores(cluster, data.y))
    print(f"Auto-encoder: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
