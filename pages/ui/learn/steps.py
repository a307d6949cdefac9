"""The steps of the lesson in their order."""

from __future__ import annotations

from pages.ui.learn.answers import ANSWERS
from pages.ui.learn.baseline import BASELINE
from pages.ui.learn.by_heart import BY_HEART
from pages.ui.learn.failures import FAILURES
from pages.ui.learn.field import FIELD
from pages.ui.learn.filters import FILTERS
from pages.ui.learn.loss import LOSS
from pages.ui.learn.picture import PICTURE
from pages.ui.learn.pooling import POOLING
from pages.ui.learn.teaching import TEACHING
from pages.ui.learn.update import UPDATE
from pages.ui.learn.window import WINDOW

STEPS = (
    PICTURE,
    WINDOW,
    POOLING,
    FILTERS,
    FIELD,
    ANSWERS,
    LOSS,
    UPDATE,
    BY_HEART,
    FAILURES,
    BASELINE,
    TEACHING,
)
