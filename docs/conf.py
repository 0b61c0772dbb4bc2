"""Settings of the site: ``make docs`` builds it into ``build/docs``, from the root of the repository."""

from docs import make_parameters

make_parameters.write()

project = "Corridor"
author = copyright = "Corridor contributors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "docs.equations"]
exclude_patterns = ["screenshots", "_templates"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_fence_as_directive = {"math"}
myst_heading_anchors = 3

templates_path = ["_templates"]
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc has them, with units and shapes
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "Corridor"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "back_to_top_button": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
}
html_sidebars = {"index": [], "glossary": []}
