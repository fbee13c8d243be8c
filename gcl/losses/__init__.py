r"""Contrastive losses: one file each, a module and a pure function."""

from gcl.losses.adaptive_multi_head import AdaptiveMultiHead, adaptive_multi_head
from gcl.losses.align_uniform import AlignUniform, align_uniform, alignment, uniformity
from gcl.losses.all_node_info_nce import AllNodeInfoNCE, all_node_info_nce
from gcl.losses.barlow_twins import BarlowTwins, barlow_twins
from gcl.losses.bootstrap import Bootstrap, bootstrap
from gcl.losses.bpr import BPR, bpr
from gcl.losses.cacr import CACR, cacr
from gcl.losses.ccassg import CCASSG, ccassg
from gcl.losses.cluster_ns import ClusterNS, cluster_ns
from gcl.losses.cluster_weights import cluster_weights
from gcl.losses.cwcl import CWCL, cwcl
from gcl.losses.dcl import DCL, dcl
from gcl.losses.debiased_info_nce import DebiasedInfoNCE, debiased_info_nce
from gcl.losses.gram import GRAM, gram
from gcl.losses.gro_co import GroCo, gro_co
from gcl.losses.hardness_weighted import HardnessWeighted, hardness_weighted
from gcl.losses.iac import IAC, iac
from gcl.losses.info_nce import InfoNCE, info_nce
from gcl.losses.isog_clr import ISogCLR, isog_clr
from gcl.losses.jsd import JSD, jsd
from gcl.losses.kernel_info_nce import KernelInfoNCE, kernel_info_nce
from gcl.losses.local_global import LocalGlobal, local_global
from gcl.losses.macl import MACL, macl
from gcl.losses.mochi import Mochi, mochi
from gcl.losses.nt_xent import NTXent, nt_xent
from gcl.losses.pam_c import PamC, pam_c, pam_c_views
from gcl.losses.poly_view import PolyView, poly_view
from gcl.losses.sep_clr import SepCLR, sep_clr
from gcl.losses.sigmoid import Sigmoid, sigmoid
from gcl.losses.soft_target_info_nce import SoftTargetInfoNCE, soft_target_info_nce
from gcl.losses.sup_con import SupCon, sup_con
from gcl.losses.sw_av import SwAV, sw_av
from gcl.losses.symile import Symile, symile
from gcl.losses.triplet import Triplet, triplet
from gcl.losses.vic_reg import VICReg, vic_reg
from gcl.losses.weighted_info_nce import WeightedInfoNCE, weighted_info_nce

__all__ = [
    "InfoNCE",
    "NTXent",
    "DCL",
    "SupCon",
    "DebiasedInfoNCE",
    "HardnessWeighted",
    "WeightedInfoNCE",
    "CWCL",
    "SoftTargetInfoNCE",
    "KernelInfoNCE",
    "Mochi",
    "ClusterNS",
    "JSD",
    "LocalGlobal",
    "BarlowTwins",
    "VICReg",
    "CCASSG",
    "Bootstrap",
    "Sigmoid",
    "Triplet",
    "AlignUniform",
    "PolyView",
    "Symile",
    "MACL",
    "ISogCLR",
    "GRAM",
    "CACR",
    "GroCo",
    "SepCLR",
    "SwAV",
    "AdaptiveMultiHead",
    "PamC",
    "AllNodeInfoNCE",
    "BPR",
    "IAC",
    "info_nce",
    "nt_xent",
    "dcl",
    "sup_con",
    "debiased_info_nce",
    "hardness_weighted",
    "weighted_info_nce",
    "cluster_weights",
    "cwcl",
    "soft_target_info_nce",
    "kernel_info_nce",
    "mochi",
    "cluster_ns",
    "jsd",
    "local_global",
    "barlow_twins",
    "vic_reg",
    "ccassg",
    "bootstrap",
    "sigmoid",
    "triplet",
    "align_uniform",
    "alignment",
    "uniformity",
    "poly_view",
    "symile",
    "macl",
    "isog_clr",
    "gram",
    "cacr",
    "gro_co",
    "sep_clr",
    "sw_av",
    "adaptive_multi_head",
    "pam_c",
    "pam_c_views",
    "all_node_info_nce",
    "bpr",
    "iac",
]
