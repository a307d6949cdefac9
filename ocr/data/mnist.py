"""MNIST: find it, download it, verify it, split it; and the bundled digits for a machine without it."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from ocr.data.split import Bytes, Data, Split
from ocr.errors import OCRError
from ocr.files import folder_setting

VALIDATION_IMAGES = 5_000  # the first 5,000 training images, as in the tutorial's input_data.py

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",  # where torchvision downloads from
    "https://storage.googleapis.com/cvdf-datasets/mnist/",  # where TensorFlow Datasets downloads from
)
CONNECT_SECONDS, READ_SECONDS = 5, 30
DEEPEST = 3  # folders below the data folder that are looked into, its own among them
SMALLEST, LARGEST = 4_000, 50_000_000  # bytes; MNIST's smallest file has 4,542 zipped, the largest 47 million unzipped
GZIP, ZIP = b"\x1f\x8b", b"PK"  # what such files begin with

# SHA256 of each canonical file, zipped as the mirrors serve it, and unzipped.
SHA256 = {
    "train-images-idx3-ubyte": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "t10k-images-idx3-ubyte": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "t10k-labels-idx1-ubyte": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


def data_dir() -> Path:
    """Give the folder that MNIST is looked for in and downloaded to: `OCR_DATA_DIR`, or `data/` in the project."""
    return folder_setting("OCR_DATA_DIR", "data")


def load_data(folder: Path | None = None, download: bool = False) -> Data:
    """Load MNIST, or where it is not there the bundled digits.

    Args:
        folder: Where it lies; None is `data_dir()`.
        download: Whether to download first what is missing or damaged.

    Returns:
        55,000 training, 5,000 validation and 10,000 test images of MNIST; or the bundled digits, whose `source` says
        why.

    Raises:
        OCRError: A download was asked for, and neither mirror gave a file that matches its checksum, or the folder
            cannot be written.
    """
    folder = folder or data_dir()
    if download:
        download_mnist(folder)
    raw = {name: _find(folder, name) for name in SHA256}
    if any(content is None for content in raw.values()):
        from ocr.data.bundled import bundled_digits  # and with it scikit-learn, only where it is needed

        problem = "is damaged" if any("damaged" in state for state in mnist_files(folder).values()) else "is not there"
        return bundled_digits(f"MNIST in {folder} {problem}")
    images, labels = _parse(raw["train-images-idx3-ubyte"]), _parse(raw["train-labels-idx1-ubyte"]).astype(np.int64)
    test = Split(_parse(raw["t10k-images-idx3-ubyte"]), _parse(raw["t10k-labels-idx1-ubyte"]).astype(np.int64))
    return Data(
        name="MNIST",
        source=f"MNIST from {folder}",
        train=Split(images[VALIDATION_IMAGES:], labels[VALIDATION_IMAGES:]),
        validation=Split(images[:VALIDATION_IMAGES], labels[:VALIDATION_IMAGES]),
        test=test,
    )


def mnist_files(folder: Path | None = None) -> dict[str, str]:
    """Tell what is there of each MNIST file.

    Args:
        folder: Where to look; None is `data_dir()`.

    Returns:
        Its path, or "damaged: <path>", or "missing", by the file's name.
    """
    states = {}
    for name in SHA256:
        paths = [path for path in _candidates(folder or data_dir(), name) if path.is_file()]
        good = [path for path in paths if _verified(path, name) is not None]
        states[name] = str(good[0]) if good else f"damaged: {paths[0]}" if paths else "missing"
    return states


def download_mnist(folder: Path | None = None) -> None:
    """Fetch each MNIST file that a folder lacks or holds damaged, with progress on stderr, 11 MB in all.

    A file counts only once its SHA256 matches; until then it has another name.

    Args:
        folder: Where to put them; None is `data_dir()`.

    Raises:
        OCRError: Both mirrors failed, or the folder cannot be written.
    """
    folder = folder or data_dir()
    for name, (zipped_sha256, _) in SHA256.items():
        if _find(folder, name) is None:
            _download_file(folder, f"{name}.gz", zipped_sha256)


def _download_file(folder: Path, file_name: str, sha256: str) -> None:
    """Fetch one file from the first mirror that has it whole."""
    import pooch  # only where it is needed: every process that trains would wait for it
    import requests

    problems = []
    for mirror in MIRRORS:
        downloader = pooch.HTTPDownloader(progressbar=True, timeout=(CONNECT_SECONDS, READ_SECONDS))
        try:
            pooch.retrieve(mirror + file_name, f"sha256:{sha256}", file_name, folder, downloader=downloader)
            return
        except (requests.RequestException, ValueError) as error:  # ValueError: the checksum differs
            problems.append(f"{mirror} ({type(error).__name__})")
        except OSError as error:
            raise OCRError(
                f"MNIST cannot be stored in {folder}: {error.strerror or error}. "
                "Set OCR_DATA_DIR to a folder that can be written."
            ) from error
    raise OCRError(
        f"MNIST's {file_name} could not be downloaded from {' or '.join(problems)}. Check the network and try "
        f"again, or copy the four MNIST files into {folder} (or set OCR_DATA_DIR to where they are)."
    )


def _candidates(folder: Path, name: str) -> list[Path]:
    """List where a file may lie: under its own name, as torchvision stores it, or under any name in the folder.

    Kaggle puts each file into a folder and writes train-images.idx3-ubyte; others unzip, zip anew, or keep the suffix
    of what they unzipped. The content decides, so that only what is far too small or too large is passed over.
    """
    usual = [place / file for place in (folder, folder / "MNIST" / "raw") for file in (f"{name}.gz", name)]
    part, what = name.split("-")[:2]  # train or t10k, images or labels
    found = []
    for depth in range(DEEPEST):
        with suppress(OSError):
            found += sorted(folder.glob("*/" * depth + f"*{what}*"))
    others = [path for path in found if path not in usual and SMALLEST <= _size(path) <= LARGEST]
    return usual + sorted(others, key=lambda path: part not in path.name.lower())


def _size(path: Path) -> int:
    """Give the bytes of a file; 0 if it is none."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _verified(path: Path, name: str) -> bytes | None:
    """Give the file's unzipped content if its SHA256 is MNIST's, else None."""
    try:
        content = path.read_bytes()
        if content[:2] == GZIP:  # whatever the file is called
            with gzip.open(io.BytesIO(content)) as file:
                content = file.read(LARGEST + 1)
        elif content[:2] == ZIP:
            with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(archive.namelist()[0]) as file:
                content = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, IndexError):
        return None
    return content if hashlib.sha256(content).hexdigest() == SHA256[name][1] else None


def _find(folder: Path, name: str) -> bytes | None:
    """Give the content of the first whole copy of a file, or None."""
    contents = (_verified(path, name) for path in _candidates(folder, name))
    return next((content for content in contents if content is not None), None)


def _parse(content: bytes | None) -> Bytes:
    """Read IDX: two zero bytes, the type (8: uint8), the number of dimensions, each as big-endian int32, the values."""
    assert content is not None
    dimensions = content[3]
    shape = np.frombuffer(content, ">i4", count=dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
