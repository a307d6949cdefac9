from pages.ui.frame import page

with page("pages/filters.py"):
    pass
