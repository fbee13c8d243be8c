r"""Sphinx configuration; `make docs` builds with warnings as errors and without network access."""

from gcl.version import __version__

project = "gcl"
author = "the gcl authors"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "generated"]
html_theme = "furo"
html_title = f"gcl {__version__}"
html_copy_source = False

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autoclass_content = "class"
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # autodoc describes the fields of named tuples already
napoleon_custom_sections = ["Shapes", "Cost"]
python_maximum_signature_line_length = 88

# A reference into gcl must resolve. Those into torch, PyG and Python stay plain text: resolving
# them would need their inventories from the network.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!gcl\.).*")]
