"""Where MNIST is found, what counts as MNIST, and what there is without it."""

from __future__ import annotations

import gzip
import io
import os
import zipfile

import numpy as np
import pytest
import torch
from scipy import ndimage
from sklearn.datasets import load_digits

from ocr import CLASS_NAMES, OCRError, load_data, normalise
from ocr.data.mnist import SHA256, data_dir, download_mnist, mnist_files
from tests.conftest import zipped

IMAGES = "train-images-idx3-ubyte"


@pytest.mark.parametrize("subfolder", ["", "MNIST/raw"])
@pytest.mark.parametrize("suffix", [".gz", ""])
def test_found_in_the_data_folder_and_as_torchvision_lays_it_out(offline, small_mnist, digits, subfolder, suffix):
    place = offline / subfolder
    place.mkdir(parents=True, exist_ok=True)
    for name, content in small_mnist.items():
        (place / f"{name}{suffix}").write_bytes(zipped(content) if suffix else content)
    found = load_data()
    assert found.is_mnist
    assert str(offline) in found.source
    assert [len(split) for split in (found.train, found.validation, found.test)] == [50, 20, 30]
    np.testing.assert_array_equal(found.validation.images, digits.train.images[:20])
    np.testing.assert_array_equal(found.train.images, digits.train.images[20:70])
    np.testing.assert_array_equal(found.train.labels, digits.train.labels[20:70])
    np.testing.assert_array_equal(found.test.labels, digits.test.labels[:30])
    assert (found.train.images.dtype, found.train.labels.dtype) == (np.uint8, np.int64)
    assert mnist_files()[IMAGES] == str(place / f"{IMAGES}{suffix}")


def test_data_dir_is_the_environments_or_the_projects(monkeypatch, tmp_path):
    monkeypatch.setenv("OCR_DATA_DIR", str(tmp_path))
    assert data_dir() == tmp_path
    monkeypatch.delenv("OCR_DATA_DIR")
    assert data_dir().name == "data"
    assert (data_dir().parent / "ocr").is_dir()


def write_all(folder, small_mnist):
    for name, content in small_mnist.items():
        (folder / f"{name}.gz").write_bytes(zipped(content))


def cut_short(content: bytes) -> bytes:
    return content[:-10]


def one_bit_off(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("suffix", [".gz", ""])
@pytest.mark.parametrize("damage", [cut_short, one_bit_off, lambda _: b""])
def test_damaged_file_is_never_used(offline, small_mnist, suffix, damage):
    write_all(offline, small_mnist)
    content = (offline / f"{IMAGES}.gz").read_bytes() if suffix else small_mnist[IMAGES]
    (offline / f"{IMAGES}.gz").unlink()
    damaged = offline / f"{IMAGES}{suffix}"
    damaged.write_bytes(damage(content))
    found = load_data()
    assert found.name == "bundled digits"
    assert f"MNIST in {offline} is damaged" in found.source
    assert mnist_files()[IMAGES] == f"damaged: {damaged}"


def test_damaged_file_does_not_hide_a_good_one(offline, small_mnist):
    write_all(offline, small_mnist)
    (offline / f"{IMAGES}.gz").write_bytes(b"damaged")
    (offline / IMAGES).write_bytes(small_mnist[IMAGES])
    assert load_data().is_mnist
    assert mnist_files()[IMAGES] == str(offline / IMAGES)


def test_download_fetches_only_what_is_missing_or_damaged(mirrors, offline, small_mnist):
    mirrors[0].files = {f"{name}.gz": zipped(content) for name, content in small_mnist.items()}
    write_all(offline, small_mnist)
    (offline / f"{IMAGES}.gz").write_bytes(zipped(small_mnist[IMAGES])[:-5])
    (offline / "t10k-labels-idx1-ubyte.gz").unlink()
    assert load_data(download=True).is_mnist
    assert sorted(mirrors[0].requests) == ["t10k-labels-idx1-ubyte.gz", f"{IMAGES}.gz"]
    assert mirrors[1].requests == []
    assert sorted(os.listdir(offline)) == sorted(f"{name}.gz" for name in small_mnist)
    download_mnist()
    assert len(mirrors[0].requests) == 2


@pytest.mark.parametrize(("place", "suffix"), [("MNIST/raw", ".gz"), ("MNIST/raw", ""), ("", "")])
def test_download_asks_for_nothing_that_is_there_in_another_layout(mirrors, offline, small_mnist, place, suffix):
    (offline / place).mkdir(parents=True, exist_ok=True)
    for name, content in small_mnist.items():
        (offline / place / f"{name}{suffix}").write_bytes(zipped(content) if suffix else content)
    assert load_data(download=True).is_mnist
    assert mirrors[0].requests == mirrors[1].requests == []


@pytest.mark.parametrize("answer", [None, b"<html>Sign in to the hotel's network</html>"])
def test_second_mirror_serves_when_the_first_fails(mirrors, offline, small_mnist, answer):
    served = {f"{name}.gz": zipped(content) for name, content in small_mnist.items()}
    mirrors[0].files = dict.fromkeys(served, answer) if answer else {}
    mirrors[1].files = served
    assert load_data(download=True).is_mnist
    assert mirrors[0].requests == mirrors[1].requests == list(served)
    assert sorted(os.listdir(offline)) == sorted(served)


def test_both_mirrors_failing_says_what_to_do_and_leaves_nothing_behind(mirrors, offline, small_mnist):
    mirrors[1].files = {f"{name}.gz": b"not it" for name in small_mnist}
    with pytest.raises(OCRError) as error:
        load_data(download=True)
    assert str(error.value) == (
        f"MNIST's {IMAGES}.gz could not be downloaded from {mirrors[0].url} (HTTPError) or {mirrors[1].url} "
        f"(ValueError). Check the network and try again, or copy the four MNIST files into {offline} "
        "(or set OCR_DATA_DIR to where they are)."
    )
    assert os.listdir(offline) == []
    assert load_data().name == "bundled digits"


def test_no_network_gives_the_same_sentence(offline):
    with pytest.raises(OCRError, match=r"could not be downloaded from https://.*\(ProxyError\) or https://"):
        download_mnist()


def test_folder_that_cannot_be_written_gives_a_sentence(mirrors, tmp_path, small_mnist):
    mirrors[0].files = {f"{name}.gz": zipped(content) for name, content in small_mnist.items()}
    file = tmp_path / "a file"
    file.touch()
    with pytest.raises(OCRError, match=r"MNIST cannot be stored in .*a file/data: .*Set OCR_DATA_DIR"):
        download_mnist(file / "data")


def test_real_mnist_has_its_splits(mnist):
    assert [len(split) for split in (mnist.train, mnist.validation, mnist.test)] == [55_000, 5_000, 10_000]
    assert mnist.validation.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]  # the training file's first
    assert mnist.train.labels[:5].tolist() == [7, 3, 4, 6, 1]  # as in TensorFlow's input_data
    assert mnist.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(mnist.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    for split in (mnist.train, mnist.validation, mnist.test):
        assert split.images.shape == (len(split), 28, 28)
        assert (split.images.min(), split.images.max()) == (0, 255)
        assert np.median(split.images) == 0  # ink on a ground of 0


def test_checksums_name_the_four_files():
    assert len(SHA256) == 4
    assert all(len(digest) == 64 for pair in SHA256.values() for digest in pair)


def test_bundled_digits_are_all_there_in_order(digits):
    splits = (digits.train, digits.validation, digits.test)
    assert [len(split) for split in splits] == [1_297, 200, 300]
    np.testing.assert_array_equal(np.concatenate([split.labels for split in splits]), load_digits().target)
    assert "MNIST in" in digits.source
    assert "is not there" in digits.source
    assert CLASS_NAMES == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def test_bundled_digits_look_like_mnist(digits):
    images = np.concatenate([split.images for split in (digits.train, digits.validation, digits.test)])
    assert images.dtype == np.uint8
    assert images.shape == (1_797, 28, 28)
    for image in images:
        rows, columns = np.nonzero(image > 10)
        assert np.ptp(rows) < 21  # 20 pixels and what sub-pixel centring smears
        assert np.ptp(columns) < 21
        assert max(np.ptp(rows), np.ptp(columns)) >= 17
        centre = np.array(ndimage.center_of_mass(image)) + 0.5
        assert np.abs(centre - 14).max() < 1
        assert image.max() > 150


def test_normalise_is_0_to_1_and_a_copy():
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 3, 4] = 255
    images[1, 3, 5] = 51
    tensor = normalise(images)
    assert (tensor.dtype, tuple(tensor.shape)) == (torch.float32, (2, 1, 28, 28))
    assert tensor.count_nonzero() == 2
    assert tensor[1, 0, 3, 4] == 1
    assert float(tensor[1, 0, 3, 5]) == pytest.approx(0.2)
    tensor += 5
    assert images.sum() == 306
    images[0] = 7
    assert float(tensor[0].max()) == 5


def archive(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("whatever", content)
    return file.getvalue()


LAYOUTS = {
    "with dots": (lambda name: name.replace("-idx", ".idx"), bytes),
    "Kaggle's folders": (lambda name: f"{name.replace('-idx', '.idx')}/{name}", bytes),
    "in a folder of its own": (lambda name: f"mnist/dataset/{name}", bytes),
    "plain bytes called .gz": (lambda name: f"{name}.gz", bytes),
    "zipped anew": (lambda name: f"{name}.gz", lambda content: gzip.compress(content, 1)),
    "zipped without a suffix": (lambda name: name, zipped),
    "as ZIP archives": (lambda name: f"{name}.zip", archive),
    "capitals": (lambda name: f"MNIST_{name.upper()}".replace("IMAGES", "images").replace("LABELS", "labels"), bytes),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_mnist_is_found_by_its_content_under_every_usual_name(small_mnist, offline, monkeypatch, layout):
    monkeypatch.setattr("ocr.data.mnist.SMALLEST", 0)
    named, packed = LAYOUTS[layout]
    for name, content in small_mnist.items():
        path = offline / named(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(content))
    assert load_data().is_mnist
    assert all(state.startswith(str(offline)) for state in mnist_files().values())


def test_other_files_of_that_name_are_not_taken_for_mnist(small_mnist, offline, monkeypatch):
    monkeypatch.setattr("ocr.data.mnist.SMALLEST", 0)
    for name, content in small_mnist.items():
        (offline / f"my-{name}").write_bytes(content[:-1] + b"\x07")
    assert not load_data().is_mnist


def test_folders_may_begin_with_a_tilde_or_be_relative(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OCR_DATA_DIR", "~/digits")
    assert data_dir() == tmp_path / "digits"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCR_DATA_DIR", "here")
    assert data_dir() == tmp_path / "here"
