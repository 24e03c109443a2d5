"""Rules of the layout that no linter knows: sizes and names of files, declared exports, nothing that unpickles."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("components", "corkboard", "data", "flows", "serving", "tests")
MOST_LINES = 400
WRITTEN = {".py", ".js", ".css", ".html"}  # by people, so that people have to read it
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve"}
PICKLED = {"read_pickle", "to_pickle", "Unpickler", "load_from_checkpoint"}  # of pandas, numpy, torch, Lightning


def faults(root: Path = ROOT) -> list[str]:
    """One line a breach."""
    found: list[str] = []
    for path in sorted(path for room in ROOMS for path in (root / room).rglob("*") if path.suffix in WRITTEN):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > MOST_LINES:
            found.append(f"{name}: {lines} lines; split it, {MOST_LINES} are the most")
        if path.stem in FORBIDDEN_NAMES:
            found.append(f"{name}: the name says nothing; name the file after its one noun")
        if path.suffix != ".py":
            continue
        tree = ast.parse(text, name)
        found += [f"{name}: {fault}" for fault in unpickled(tree)]
        if not name.startswith("tests/") and not path.name.startswith("__") and not _declares_exports(tree):
            found.append(f"{name}: has no __all__")
    return found


def unpickled(tree: ast.Module) -> list[str]:
    """What in a module would unpickle a file: imports, and calls that are not told to take plain data only."""
    found = [f"imports {module}, which unpickles" for module in sorted(_imports(tree) & UNPICKLERS)]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = ast.unparse(call.func)
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        if called.split(".")[-1] in PICKLED:
            found.append(f"line {call.lineno}: {called} unpickles")
        if given.get("allow_pickle", "False") != "False":
            found.append(f"line {call.lineno}: {called} with allow_pickle={given['allow_pickle']} unpickles")
        if (called in {"torch.load", "torch.hub.load"} or "ckpt_path" in given) and given.get("weights_only") != "True":
            found.append(f"line {call.lineno}: {called} without weights_only=True unpickles")
    return found


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def _declares_exports(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
        for node in tree.body
    )


if __name__ == "__main__":
    breaches = faults()
    sys.exit("\n".join(breaches) or 0)
