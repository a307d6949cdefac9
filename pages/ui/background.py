"""What takes long to find out goes on beside the pages, one thing after the other, and is kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import streamlit as st
from torch import Tensor

from ocr.inspection.findings import keep, recall

Found = Mapping[str, Tensor]
Tell = Callable[[float], None]
Compute = Callable[[Tell], Found]

KEPT = 20  # results in memory, for a disk that keeps none
AT_ONCE = 0.3  # seconds that a page waits for what it has begun by itself, before it shows how far that is


@dataclass
class Job:
    """Something that is being found out, for whoever asks.

    Attributes:
        share: How much of it is done, 0..1.
        result: What is found, once it is.
    """

    share: float = 0.0
    result: Future[Found] = field(default_factory=Future)

    def tell(self, share: float) -> None:
        """Hear how much is done."""
        self.share = share


@st.cache_resource(show_spinner=False)
def _line(short: bool) -> tuple[ThreadPoolExecutor, dict[tuple[str, str], Job]]:
    """All jobs of this server, and the one thread that works on them: others want its cores too.

    Jobs of some seconds, which a page begins by itself, have a line of their own and do not wait behind long ones.
    """
    return ThreadPoolExecutor(1, "finding"), {}


def find_out(name: str, identity: str, compute: Compute, *, about: str = "", label: str = "") -> Found | None:
    """Give what was found out; or offer to find it out; or show how far that is.

    Without a label it begins by itself: for what takes seconds only.

    Args:
        name: What is to be found out, as a file's name.
        identity: Of which weights and data.
        compute: Finds it out, and tells how much is done. It runs in a thread, without Streamlit.
        about: Says what it is and how long it takes, in Markdown.
        label: Of the button; empty where there is none.

    Returns:
        What was found; None as long as it is not.

    Raises:
        OCRError: It went wrong.
    """
    pool, jobs = _line(not label)
    job = jobs.get((name, identity))
    if job and job.result.done():
        if job.result.exception():
            jobs.pop((name, identity), None)  # whoever asks again has another try
        return job.result.result()
    if job:
        _show_progress(job)
        return None
    if (found := recall(name, identity)) is not None:
        return found
    if about:
        st.markdown(about)
    if label and not st.button(label, type="primary", key=f"find {name}"):
        return None
    job = Job()
    if (begun := jobs.setdefault((name, identity), job)) is not job:  # by somebody else in this moment
        _show_progress(begun)
        return None
    job.result = pool.submit(_work, name, identity, compute, job)
    _forget_oldest(jobs)
    if label:
        st.rerun()
    wait([job.result], AT_ONCE)
    if job.result.done():
        return job.result.result()
    _show_progress(job)
    return None


def _forget_oldest(jobs: dict[tuple[str, str], Job]) -> None:
    """Let go of the oldest results: they are on disk, too."""
    done = [asked for asked, job in list(jobs.items()) if job.result.done()]
    for asked in done[:-KEPT]:
        jobs.pop(asked, None)


def _work(name: str, identity: str, compute: Compute, job: Job) -> Found:
    """Find something out and keep it."""
    found = compute(job.tell)
    keep(name, identity, found)
    return found


@st.fragment(run_every=0.5)
def _show_progress(job: Job) -> None:
    """Show how far it is, and the page anew once it is done."""
    if job.result.done():
        st.rerun()
    waits = " (something else is being measured first)" if not job.result.running() else ""
    st.progress(job.share, text=f"Measuring{waits}: {job.share:.0%}. You can go on meanwhile.")
