from pages.ui.frame import page

with page("pages/mistakes.py"):
    pass
