r"""Published methods, one file each: augmenters, encoder, head and loss put together."""

from gcl.methods.base import Method
from gcl.methods.dgi import DGI
from gcl.methods.grace import GRACE
from gcl.methods.mvgrl import MVGRL

__all__ = ["DGI", "GRACE", "MVGRL", "Method"]
