"""A file that is there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from gis.errors import JingweiError


class WriteError(JingweiError):
    """A file cannot be written."""


def write_whole(path: Path, content: str | bytes) -> None:
    """
    Write a file; until its last byte is written the old one stays.

    Raises
    ------
    WriteError
        If the disk or the folder refuses.
    """
    raw = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # written beside the target, so that the last step is a rename on one disk
        with TemporaryDirectory(dir=path.parent, prefix=".jingwei-") as folder:
            written = Path(folder) / path.name
            written.write_bytes(raw)
            os.replace(written, path)  # noqa: PTH105 - replaces on every system
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror}") from None
