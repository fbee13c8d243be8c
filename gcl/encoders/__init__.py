r"""Graph encoders, heads, and the way methods call any encoder."""

from gcl.encoders.build import build_encoder, encode
from gcl.encoders.ema import MovingAverage
from gcl.encoders.gcn import GCN
from gcl.encoders.gin import GIN
from gcl.encoders.heads import PredictionHead, ProjectionHead
from gcl.encoders.layerwise import encode_layerwise
from gcl.encoders.mlp import MLP
from gcl.encoders.prelu import PReLU
from gcl.encoders.sage import SAGE
from gcl.encoders.whitening import GroupWhitening

__all__ = [
    "GCN",
    "SAGE",
    "GIN",
    "MLP",
    "ProjectionHead",
    "PredictionHead",
    "PReLU",
    "GroupWhitening",
    "MovingAverage",
    "build_encoder",
    "encode",
    "encode_layerwise",
]
