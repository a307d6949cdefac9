"""Images that somebody brings: archives and folders of pictures, stroke files, and what is wrong with them."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from ocr import OCRError, from_strokes
from ocr.data import labelled
from ocr.data.labelled import label_of, load_labelled, read_labelled
from tests.strokes import FOUR, SEVEN


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("3/anna.png", 3),
        ("set/7/1_b.png", 7),
        ("3_anna.png", 3),
        ("set/9.png", 9),
        ("set/0-17.jpg", 0),
        ("12/5.png", 5),
        ("set/2023_x.png", None),
        ("anna.png", None),
        ("", None),
    ],
)
def test_the_folder_or_the_name_says_the_label(path, label):
    assert label_of(path) == label


def test_mnists_images_as_pictures_are_the_same_images(digits):
    """Also where a stroke reaches the edge, which it does in 103 of MNIST's test images."""
    pixels = digits.test.images[:20].copy()
    pixels[3, 0, 10:20] = 255
    files = {f"{digits.test.labels[i]}/{i}.png": png(pixels[i]) for i in range(20)}
    brought = read_labelled(archive(files), "mnist.zip")
    np.testing.assert_array_equal(brought.split.images, pixels)
    np.testing.assert_array_equal(brought.split.labels, digits.test.labels[:20])
    assert brought.names == list(files)
    assert brought.problems == []


def test_other_pictures_are_placed_as_on_draw_and_bad_ones_left_out(tmp_path):
    paper = np.full((300, 200), 255, np.uint8)
    paper[60:240, 90:110] = 0
    files = {
        "1_big.png": png(paper),
        "who.png": png(paper),
        "2_blank.png": png(np.full((90, 90), 255, np.uint8)),
        "3_cut.png": png(paper)[:60],
        ".4_hidden.png": b"",
        "__MACOSX/5_x.png": b"",
        "6_notes.txt": b"",
    }
    brought = read_labelled(archive(files), "class.zip")
    assert brought.names == ["1_big.png"]
    ink = brought.split.ink(0)
    assert ink.sum() > 20
    rows, columns = np.nonzero(ink > 0.5)
    assert rows.max() - rows.min() >= 17
    assert columns.max() - columns.min() < 6
    assert [problem.split(":")[0] for problem in brought.problems] == ["who.png", "2_blank.png", "3_cut.png"]
    for name, content in files.items():
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(content)
    from_folder = load_labelled(tmp_path / "set")
    np.testing.assert_array_equal(from_folder.split.images, brought.split.images)
    assert from_folder.names == ["set/1_big.png"]


@pytest.mark.parametrize("zipped", [False, True])
def test_a_stroke_file(tmp_path, zipped):
    lines = [
        {"label": 7, "strokes": SEVEN},
        {"strokes": FOUR},
        {"label": 4, "strokes": FOUR},
        {"label": 7, "strokes": SEVEN},
    ]
    content = "\n".join([*map(json.dumps, lines), "no JSON"]).encode()
    name = "ours.jsonl.gz" if zipped else "ours.jsonl"
    brought = read_labelled(gzip.compress(content) if zipped else content, name)
    assert brought.split.labels.tolist() == [7, 4, 7]
    assert brought.names == ["line 1", "line 3", "line 4"]
    assert len(brought.problems) == 2
    np.testing.assert_array_equal(brought.split.images[0], np.round(from_strokes(SEVEN) * 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.zip", "neither a stroke file nor a zip archive"),
        (b"PK damaged", "damaged.zip", "damaged or locked zip archive"),
        (archive({"a.txt": b"x"}), "none.zip", "none.zip holds no picture with a label. Bring"),
        (archive({"anna.png": b"x"}), "none.zip", "neither its folder nor its name says"),
        (b"", "none.jsonl", "holds no drawing with a label"),
        (b"{}", "none.jsonl", "holds no drawing with a label. Line 1 of none.jsonl: there are no strokes"),
    ],
)
def test_what_holds_no_images_is_a_sentence(content, name, sentence):
    with pytest.raises(OCRError, match=sentence):
        read_labelled(content, name)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_a_sentence_however_it_is_compressed(method):
    content = bytearray(archive({"3.png": bytes(range(256)) * 40}, method))
    content[60:80] = bytes(20)
    with pytest.raises(OCRError, match=r"3\.zip is a damaged or locked zip archive"):
        read_labelled(bytes(content), "3.zip")


def test_bombs_are_not_unpacked(monkeypatch):
    monkeypatch.setattr(labelled, "LARGEST_PICTURE", 10_000)
    with pytest.raises(OCRError, match="it is larger than"):
        read_labelled(archive({"3.png": bytes(50_000_000)}), "bomb.zip")
    monkeypatch.setattr(labelled, "LARGEST_ARCHIVE", 25_000)
    with pytest.raises(OCRError, match=r"bomb\.zip is larger than"):
        read_labelled(archive({f"{i}/3.png": bytes(20_000) for i in range(3)}), "bomb.zip")


def test_more_than_can_be_looked_at_is_left_out(monkeypatch, digits):
    monkeypatch.setattr(labelled, "MOST_IMAGES", 2)
    files = {f"1/{i}.png": png(digits.test.images[i]) for i in range(4)}
    brought = read_labelled(archive(files), "many.zip")
    assert len(brought.split) == 2
    assert "more than 2 pictures" in brought.problems[0]


def test_of_large_pictures_only_so_many_are_looked_at_also_if_nothing_is_on_them(monkeypatch, digits):
    monkeypatch.setattr(labelled, "MOST_PIXELS", 2 * 100**2)
    blank = png(np.full((100, 100), 255, np.uint8))
    files = {"1/0.png": png(digits.test.images[0])} | {f"1/{i}.png": blank for i in range(1, 9)}
    problems = read_labelled(archive(files), "large.zip").problems
    assert [problem.partition(":")[0] for problem in problems] == ["1/1.png", "1/2.png", "The pictures are too large"]


def test_a_path_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(OCRError, match="cannot be read: No such file"):
        load_labelled(tmp_path / "none.zip")
