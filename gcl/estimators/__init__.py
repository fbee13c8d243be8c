r"""Methods with the interface of scikit-learn: parameters in, ``fit``, attributes out."""

from gcl.estimators.pam_c_clusterer import PamCClusterer

__all__ = ["PamCClusterer"]
