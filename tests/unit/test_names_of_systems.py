"""Whatever is written for any system names none: another one needs no change outside its folders."""

from pathlib import Path

from components.settings import system_names

ROOT = Path(__file__).parents[2]
ROOMS = ("components", "corkboard", "data", "flows", "serving")
FILES = ("prefect.yaml", "params.yaml", "pyproject.toml")
SYSTEMS = ROOT / "components" / "systems"
NOT_WRITTEN = {".pyc", ".jpg", ".png"}


def written() -> list[Path]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    return [path for path in files if path.suffix not in NOT_WRITTEN] + [ROOT / name for name in FILES]


def named_in(text: str, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in text or name.replace("-", "_") in text]


def test_a_name_is_seen_in_both_of_its_forms() -> None:
    assert named_in("from components.systems.some_thing import x", ("some-thing", "other")) == ["some-thing"]
    assert named_in("run some-thing", ("some-thing", "other")) == ["some-thing"]


def test_no_file_outside_a_systems_folder_names_it() -> None:
    names = tuple(name for name in system_names() if "-" in name)  # one of a single word may be any word
    assert names
    files = written()
    assert len(files) > 100
    found = {
        path.relative_to(ROOT).as_posix(): others
        for path in files
        if (others := named_in(path.read_text(encoding="utf-8"), tuple(n for n in names if not _is_of(path, n))))
    }
    assert found == {}


def _is_of(path: Path, name: str) -> bool:
    """Whether a file lies in the system's own folder."""
    return path.is_relative_to(SYSTEMS / name.replace("-", "_"))
