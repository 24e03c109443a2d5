"""The layout of a folder of pictures: its classes, splits and files."""

from dataclasses import dataclass, field
from pathlib import Path

from data.entries import shown, visible, writable
from data.errors import UserError
from data.probe import PICTURE_SUFFIXES
from data.sources.image_folder.metadata import METADATA
from data.splits import SPLIT_NAMES

__all__ = ["Layout", "read_layout"]


@dataclass
class Layout:
    """Pictures (relative posix paths, sorted) with the split of each ("" where none is given).

    `ignored` are paths with why they were passed over; `empty` the class folders without a single picture.
    """

    folder: Path
    pictures: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    ignored: dict[str, str] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)


def read_layout(folder: Path) -> Layout:
    """Find classes and splits below `folder`; goes down through folders that hold nothing but one other.

    A folder called `train`, `validation` or `test` is a split if it holds folders, and a class if it holds pictures.

    Raises:
        UserError: such names are used for both, or the name of a picture is not UTF-8.
    """
    layout = Layout(_content(folder))
    top = visible(layout.folder)
    named = [path for path in top if path.is_dir() and path.name.lower() in SPLIT_NAMES]
    splits = [path for path in named if not _holds_pictures(path)]
    if splits and len(splits) < len(named):
        odd = next(path for path in named if path not in splits)
        raise UserError(
            f"{odd} holds pictures while {splits[0].name} beside it holds folders; put its pictures into folders of "
            "their classes if it is a split, or rename it if it is a class"
        )
    for path in top:
        if path in splits:
            for child in visible(path):
                _read_class(child, SPLIT_NAMES[path.name.lower()], layout)
        elif splits and path.is_dir():
            layout.ignored[shown(path.name)] = "a folder beside the splits"
        else:
            _read_class(path, "", layout)
    order = sorted(range(len(layout.pictures)), key=layout.pictures.__getitem__)
    layout.pictures, layout.splits = [layout.pictures[k] for k in order], [layout.splits[k] for k in order]
    return layout


def _read_class(folder: Path, split: str, layout: Layout) -> None:
    name = folder.relative_to(layout.folder).as_posix()
    if not folder.is_dir():
        if folder.name != METADATA:
            layout.ignored[shown(name)] = "a file outside a class folder"
        return
    before = len(layout.pictures)
    for path in visible(folder):
        relative = path.relative_to(layout.folder).as_posix()
        if path.is_dir():
            layout.ignored[shown(relative)] = "a folder inside a class folder"
        elif path.suffix.lower() in PICTURE_SUFFIXES:
            layout.pictures.append(writable(layout.folder, relative))
            layout.splits.append(split)
        elif path.name != METADATA:
            layout.ignored[shown(relative)] = "not named as a JPEG, PNG or WebP file"
    if len(layout.pictures) == before:
        layout.empty.append(shown(name))


def _holds_pictures(folder: Path) -> bool:
    return any(path.suffix.lower() in PICTURE_SUFFIXES and not path.is_dir() for path in visible(folder))


def _content(folder: Path) -> Path:
    """Archives and downloads often wrap everything into a folder of their own."""
    while True:
        entries = visible(folder)
        if len(entries) != 1 or not entries[0].is_dir() or entries[0].name.lower() in SPLIT_NAMES:
            return folder
        if not any(child.is_dir() for child in visible(entries[0])):
            return folder
        folder = entries[0]
