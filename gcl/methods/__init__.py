r"""Published methods, one file each: augmenters, encoder, head and loss put together."""

from gcl.methods.base import Method
from gcl.methods.csgcl import CSGCL
from gcl.methods.dgi import DGI
from gcl.methods.gca import GCA
from gcl.methods.grace import GRACE

__all__ = ["CSGCL", "DGI", "GCA", "GRACE", "Method"]
