"""Sphinx of the whole repository: its Markdown, the executed notebooks, and what lmutau_pages makes of the registry.

The source folder is the root, so that a link from one document to another is one here, too.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "lmutau"
author = "The lmutau developers"
copyright = "the lmutau developers, BSD-3-Clause"
version = release = version_of("lmutau")

extensions = [
    "myst_nb",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx-mathjax-offline",
    "lmutau_pages",
]
root_doc = "docs/index"
include_patterns = [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "physics/data/README.md",
    "docs/**.md", "notebooks/executed/*.ipynb",
]  # fmt: skip
exclude_patterns = [".*", "build", "dist", "demo", "docs/_*", "tests", "**/node_modules"]

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # `make notebooks` runs them, and stops where a number is not reproduced
nb_merge_streams = True
highlight_language = "none"
smartquotes = False  # --prior stays --prior

html_title = "lmutau"
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": {"**": ["page-toc"], "docs/generated/claims": [], "docs/observables": []},
    "show_nav_level": 2,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_context = {"default_mode": "auto"}
html_sidebars = {"docs/index": []}
html_static_path = ["_static"]
html_css_files = ["lmutau.css"]
html_extra_path = ["_extra", "generated/extra"]  # copied to the root: its index.html, the page of a store
html_copy_source = False
html_show_sphinx = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
