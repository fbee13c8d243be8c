r"""Published methods, one file each: augmenters, encoder, head and loss put together."""

from gcl.methods.afgrl import AFGRL
from gcl.methods.auto_encoder import AutoEncoder
from gcl.methods.base import Method
from gcl.methods.bgrl import BGRL
from gcl.methods.ccassg import CCASSG
from gcl.methods.costa import COSTA
from gcl.methods.csgcl import CSGCL
from gcl.methods.dgi import DGI
from gcl.methods.direct_au import DirectAU
from gcl.methods.gbt import GBT
from gcl.methods.gca import GCA
from gcl.methods.ggd import GGD
from gcl.methods.grace import GRACE
from gcl.methods.light_gcl import LightGCL
from gcl.methods.light_gcl_paper import LightGCLPaper
from gcl.methods.light_gcn import LightGCN
from gcl.methods.mvgrl import MVGRL
from gcl.methods.ncl import NCL
from gcl.methods.pam_cgc import PamCGC
from gcl.methods.pro_gcl import ProGCL
from gcl.methods.recommender import Recommender
from gcl.methods.scgc import SCGC
from gcl.methods.scgc_star import SCGCStar
from gcl.methods.sdcn import SDCN
from gcl.methods.sgl import SGL
from gcl.methods.sim_gcl import SimGCL
from gcl.methods.spgcl import SPGCL
from gcl.methods.sugrl import SUGRL
from gcl.methods.xsim_gcl import XSimGCL

__all__ = [
    # all pairs of nodes
    "GRACE",
    "GCA",
    "CSGCL",
    "ProGCL",
    "COSTA",
    # sampled nodes
    "SUGRL",
    "SPGCL",
    # nodes and summaries
    "DGI",
    "GGD",
    "MVGRL",
    # without negatives
    "BGRL",
    "AFGRL",
    "GBT",
    "CCASSG",
    # users and items
    "LightGCN",
    "LightGCL",
    "LightGCLPaper",
    "SGL",
    "SimGCL",
    "XSimGCL",
    "NCL",
    "DirectAU",
    # clusters
    "PamCGC",
    "SCGC",
    "SCGCStar",
    "SDCN",
    "AutoEncoder",
    "Method",
    "Recommender",
]
