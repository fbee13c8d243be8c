r"""Downstream tasks on frozen embeddings, one file each, and the metrics they report."""

from gcl.evaluation.assigned import assigned_clusters, best_epoch
from gcl.evaluation.cluster_metrics import clustering_accuracy, clustering_scores, match_clusters
from gcl.evaluation.clustering import clustering
from gcl.evaluation.compactness import node_compactness
from gcl.evaluation.diagnostics import (
    AlignmentUniformity,
    alignment_and_uniformity,
    effective_rank,
    mean_positive_rank,
)
from gcl.evaluation.link_metrics import auc, average_precision, hits_at_k, mean_reciprocal_rank
from gcl.evaluation.link_prediction import link_prediction
from gcl.evaluation.modularity import modularity
from gcl.evaluation.node_classification import node_classification
from gcl.evaluation.ogb_evaluator import ogb_evaluator
from gcl.evaluation.ranking import UserScores, ranking, user_scores
from gcl.evaluation.ranking_groups import RankingGroup, ranking_groups
from gcl.evaluation.ranking_probe import RankingProbe
from gcl.evaluation.result import Result, Score
from gcl.evaluation.spectral_view import SpectralView, spectral_view
from gcl.evaluation.validation_probe import ValidationProbe
from gcl.evaluation.view_diagnostics import ViewDiagnostics

__all__ = [
    "node_classification",
    "clustering",
    "assigned_clusters",
    "best_epoch",
    "link_prediction",
    "ranking",
    "user_scores",
    "UserScores",
    "ranking_groups",
    "RankingGroup",
    "RankingProbe",
    "Result",
    "Score",
    "AlignmentUniformity",
    "SpectralView",
    "match_clusters",
    "clustering_accuracy",
    "clustering_scores",
    "modularity",
    "auc",
    "average_precision",
    "hits_at_k",
    "mean_reciprocal_rank",
    "alignment_and_uniformity",
    "effective_rank",
    "mean_positive_rank",
    "spectral_view",
    "node_compactness",
    "ValidationProbe",
    "ViewDiagnostics",
    "ogb_evaluator",
]
