"""Stand-ins for the commands that package and smoke-test: `serve.py package …` and `serve.py smoke|fail|crash …`.

`CENTROID_CODE` stands for the code and libraries that a Bento carries.
"""

import json
import os
import sys
from pathlib import Path


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def main() -> int:
    if sys.argv[1] == "package":
        tag = f"{option('--system')}:{option('--version')}-{os.environ.get('CENTROID_CODE', 'one')}"
        folder = Path(os.environ["BENTOML_HOME"]) / "bentos" / tag.replace(":", "/")
        reused = folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bento.yaml").write_text(json.dumps(sys.argv))
        assert (Path(option("--bundle")) / "manifest.json").is_file()
        answer = {"bento": tag, "size_mb": 1.5, "reused": reused}
    elif sys.argv[1] == "smoke":
        answer = {"passed": True, "requests": 1, "failures": []}
    elif sys.argv[1] == "fail":
        answer = {"passed": False, "requests": 2, "failures": ["origin: answer.labels[0]: 'b' instead of 'a'"]}
    else:
        sys.stderr.write("the service did not start within 60 s; see its log\n")
        return 1
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer.get("passed", True) else 1


if __name__ == "__main__":
    sys.exit(main())
