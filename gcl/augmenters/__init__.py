r"""Random views of a graph: transforms for PyG's ``Data``, ``Batch`` and ``HeteroData``.

Each leaves its input as it is, and keeps node and edge attributes aligned. Chain them with
``torch_geometric.transforms.Compose``.
"""

from gcl.augmenters.adaptive_edge_drop import AdaptiveEdgeDrop
from gcl.augmenters.adaptive_feature_mask import AdaptiveFeatureMask
from gcl.augmenters.augmentation_selector import AugmentationSelector
from gcl.augmenters.community_edge_drop import CommunityEdgeDrop
from gcl.augmenters.community_feature_mask import CommunityFeatureMask
from gcl.augmenters.diffusion import Diffusion
from gcl.augmenters.edge_add import EdgeAdd
from gcl.augmenters.edge_drop import EdgeDrop
from gcl.augmenters.ego_subgraph import EgoSubgraph
from gcl.augmenters.feature_drop import FeatureDrop
from gcl.augmenters.feature_mask import FeatureMask
from gcl.augmenters.feature_noise import FeatureNoise
from gcl.augmenters.feature_shuffle import FeatureShuffle
from gcl.augmenters.learnable_edge_drop import LearnableEdgeDrop
from gcl.augmenters.mixup import Mixup
from gcl.augmenters.node_drop import NodeDrop
from gcl.augmenters.random_choice import RandomChoice
from gcl.augmenters.random_walk_subgraph import RandomWalkSubgraph
from gcl.augmenters.svd_view import SVDView

__all__ = [
    "AdaptiveEdgeDrop",
    "AdaptiveFeatureMask",
    "AugmentationSelector",
    "CommunityEdgeDrop",
    "CommunityFeatureMask",
    "Diffusion",
    "EdgeAdd",
    "EdgeDrop",
    "EgoSubgraph",
    "FeatureDrop",
    "FeatureMask",
    "FeatureNoise",
    "FeatureShuffle",
    "LearnableEdgeDrop",
    "Mixup",
    "NodeDrop",
    "RandomChoice",
    "RandomWalkSubgraph",
    "SVDView",
]
