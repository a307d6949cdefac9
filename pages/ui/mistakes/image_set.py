"""Which images Mistakes looks at: MNIST's parts, the bundled digits, the visitor's own, or a file that is brought."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ocr import Checkpoint, Evaluation, OCRError, Split, evaluate
from ocr.data.bundled import all_bundled
from ocr.data.labelled import read_labelled
from ocr.data.stroke_file import to_lines, to_split
from ocr.network.checkpoint import temperature
from pages.ui import session
from pages.ui.cache import evaluation_on_test, evaluation_on_validation, fingerprint, mnist_data, own_set
from pages.ui.session import BUNDLED_IMAGES, OWN_IMAGES, TEST_IMAGES, VALIDATION_IMAGES
from pages.ui.takeaway import network_code
from pages.ui.text.numbers import counted
from pages.ui.text.say import literally

LARGEST_UPLOAD = 40  # MB, as much as the server takes
PROBLEMS_AT_ONCE = 20


@dataclass(frozen=True)
class ImageSet:
    """Images with labels to look at.

    Attributes:
        name: What they are called in the chooser.
        noun: What one of them is called.
        split: The images.
        identity: The same text for the same images.
        names: What each is called; None where they are known by their numbers.
        code: The lines of Python that load them as `split`.
    """

    name: str
    noun: str
    split: Split
    identity: str
    names: Sequence[str] | None = None
    code: str = ""

    @property
    def is_test(self) -> bool:
        """Whether these are the test images, by which nothing is chosen."""
        return self.name == TEST_IMAGES

    @property
    def origin(self) -> str:
        """Say where one of them is from, as Draw says it."""
        return f"the {self.noun} from Mistakes"


def choose_images() -> ImageSet:
    """Show a chooser of images, and where others can be brought; give what is chosen."""
    topic = session.mistakes()
    if file := session.brought_images(topic.uploads).value:
        with st.spinner("Looking at your images …"):
            _take_in(file)
    session.MISTAKES_IMAGES.keep_among(_names())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Images",
            _names(),
            key=session.MISTAKES_IMAGES.key,
            format_func=lambda name: name if name in BUILT_IN else f"“{name}”",
            on_change=topic.start_over,
            persist_state="session",
            width=180,
        )
        with st.popover("Bring others", key=f"bring_{topic.uploads}"):  # another one is closed
            st.markdown(
                "A stroke file (.jsonl), or a zip archive of pictures whose folders are called 0 to 9, or whose names "
                "begin with the digit: `3_anna.png`. They stay in this server's memory and are not stored."
            )
            st.file_uploader(
                "Images with labels",
                key=session.brought_images(topic.uploads).key,
                max_upload_size=LARGEST_UPLOAD,
            )
    if problem := topic.take_problem():
        st.error(literally(problem))
    if topic.brought and name == topic.brought_name and topic.brought.problems:
        _show_left_out(topic.brought.problems)
    return image_set(name)


def evaluation_on(checkpoint: Checkpoint, images: ImageSet) -> Evaluation:
    """Give what a network says of each of the images."""
    if images.name == TEST_IMAGES:
        return evaluation_on_test(checkpoint)
    if images.name == VALIDATION_IMAGES:
        return evaluation_on_validation(checkpoint)
    return _evaluation(identity_of(checkpoint, images), checkpoint, images.split)


def evaluation_code(images: ImageSet) -> tuple[str, ...]:
    """Write the Python that reads the images by the network chosen for the page, as `evaluation`."""
    return (
        network_code(session.MISTAKES_WEIGHTS.value),
        images.code,
        "from ocr import evaluate",
        "from ocr.network.checkpoint import temperature",
        "evaluation = evaluate(checkpoint.model, split, temperature(checkpoint))",
    )


def identity_of(checkpoint: Checkpoint, images: ImageSet) -> str:
    """Give the same text for the same weights and images."""
    weights = fingerprint(checkpoint)
    return weights if images.is_test else hashlib.sha256(f"{weights} {images.identity}".encode()).hexdigest()


@st.cache_data(show_spinner="Reading the images …", max_entries=32)
def _evaluation(identity: str, _checkpoint: Checkpoint, _split: Split) -> Evaluation:
    return evaluate(_checkpoint.model, _split, temperature(_checkpoint))


BUILT_IN = (TEST_IMAGES, VALIDATION_IMAGES, BUNDLED_IMAGES, OWN_IMAGES)


def _names() -> list[str]:
    """List what there is to choose from."""
    names = [TEST_IMAGES, VALIDATION_IMAGES]
    if mnist_data().is_mnist:  # else the others are these
        names.append(BUNDLED_IMAGES)
    if own_set().digits:
        names.append(OWN_IMAGES)
    return [*names, *([session.mistakes().brought_name] if session.mistakes().brought else [])]


def image_set(name: str) -> ImageSet:
    """Give the images of a name."""
    data, load = mnist_data(), "from ocr import load_data\nsplit = load_data()."
    if name == TEST_IMAGES:
        return ImageSet(name, "test image", data.test, data.source, code=f"{load}test")
    if name == VALIDATION_IMAGES:
        return ImageSet(
            name, "validation image", data.validation, f"{data.source} validation", code=f"{load}validation"
        )
    if name == BUNDLED_IMAGES:
        code = "from ocr.data.bundled import all_bundled\nsplit = all_bundled()"
        return ImageSet(name, "bundled digit", _bundled(), "bundled", code=code)
    if name == OWN_IMAGES:
        digits = own_set().digits
        identity = hashlib.sha256(to_lines(digits)).hexdigest()
        code = "from ocr.data.stroke_file import to_split\nfrom ocr.data.user_digits import load_user_digits\n"
        code += "split = to_split(load_user_digits().digits)"
        return ImageSet(name, "digit of yours", _own(identity), identity, code=code)
    topic = session.mistakes()
    assert topic.brought  # only then it is offered
    code = "from pathlib import Path\nfrom ocr.data.labelled import load_labelled\n"
    code += f"split = load_labelled(Path({name!r})).split"
    return ImageSet(name, "image", topic.brought.split, topic.brought_id, topic.brought.names, code)


@st.cache_resource(show_spinner=False)
def _bundled() -> Split:
    return all_bundled()


@st.cache_resource(show_spinner=False, max_entries=32)
def _own(identity: str) -> Split:
    return to_split(own_set().digits)


def _take_in(file: UploadedFile) -> None:
    """Take in what was brought, to be looked at from now on."""
    topic = session.mistakes()
    topic.uploads += 1  # another uploader is empty, and closed
    content = file.getvalue()
    try:
        topic.brought = read_labelled(content, file.name)
    except OCRError as error:
        topic.problem = str(error)
        return
    topic.brought_name = f"{file.name} (brought)" if file.name in BUILT_IN else file.name
    topic.brought_id = hashlib.sha256(content).hexdigest()
    session.MISTAKES_IMAGES.value = topic.brought_name
    topic.start_over()


def _show_left_out(problems: Sequence[str]) -> None:
    """Say what of a file is not among the images."""
    with st.popover(f"{counted(len(problems), 'item')} left out"):
        for problem in problems[:PROBLEMS_AT_ONCE]:
            st.markdown(f"- {literally(problem)}")
        if len(problems) > PROBLEMS_AT_ONCE:
            st.caption(f"… and {len(problems) - PROBLEMS_AT_ONCE:,} more.")
