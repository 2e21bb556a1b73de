"""Reads Python sources without running them; tells what they import and which calls trust their input.

Argument: folder. Input: relative paths, with a NUL between them. Output: one JSON object, path to what was found.
"""

import ast
import json
import os
import sys

UNSAFE = {
    "pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.load", "cPickle.loads",
    "_pickle.load", "_pickle.loads", "dill.load", "dill.loads", "cloudpickle.load", "cloudpickle.loads",
    "joblib.load", "torch.load", "shelve.open", "marshal.load", "marshal.loads",
    "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load",
    "pandas.read_pickle", "pd.read_pickle", "keras.models.load_model", "keras.saving.load_model",
    "tf.keras.models.load_model", "tensorflow.keras.models.load_model", "jsonpickle.decode",
}
MOST_BYTES = 4 << 20
MOST_NAMES = 100
UNSAFE_NAMES = {"load_model", "read_pickle", "eval", "exec"}


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
        return ".".join(reversed(parts))
    return parts[0] if parts else ""


class Reader(ast.NodeVisitor):
    def __init__(self):
        self.imports = []
        self.unsafe = []
        self.depth = 0
        self.inside = 0
        self.doubtful = 0
        self.names = {}

    def visit_FunctionDef(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_Lambda = visit_FunctionDef

    def visit_With(self, node):
        enclave = any(
            isinstance(item.context_expr, ast.Call) and dotted(item.context_expr.func).split(".")[-1] == "Enclave"
            for item in node.items
        )
        self.inside += enclave
        self.generic_visit(node)
        self.inside -= enclave

    def visit_If(self, node):
        self.doubtful += 1
        self.generic_visit(node)
        self.doubtful -= 1

    visit_For = visit_While = visit_Try = visit_TryStar = visit_Match = visit_If

    def add(self, module, line, names=()):
        loading = self.depth == 0
        early = loading and self.inside == 0
        certain = loading and self.doubtful == 0
        self.imports.append(
            {"module": module, "names": list(names)[:MOST_NAMES], "line": line, "early": early, "certain": certain}
        )

    def visit_Import(self, node):
        for alias in node.names:
            self.add(alias.name, node.lineno)
            self.names[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]

    def visit_ImportFrom(self, node):
        if node.level == 0 and node.module:
            self.add(node.module, node.lineno, (alias.name for alias in node.names))
            for alias in node.names:
                self.names[alias.asname or alias.name] = node.module + "." + alias.name

    def visit_Call(self, node):
        name = dotted(node.func)
        first, _, rest = name.partition(".")
        full = self.names.get(first, first) + ("." + rest if rest else "")
        safe_yaml = full.startswith("yaml.load") and any(
            keyword.arg == "Loader" and dotted(keyword.value).split(".")[-1] in ("SafeLoader", "CSafeLoader", "BaseLoader")
            for keyword in node.keywords
        )
        if (full in UNSAFE or full.split(".")[-1] in UNSAFE_NAMES and full.count(".") != 1) and not safe_yaml:
            self.unsafe.append({"call": full, "line": node.lineno})
        elif full.split(".")[-1] in ("load_model", "read_pickle"):
            self.unsafe.append({"call": full, "line": node.lineno})
        for keyword in node.keywords:
            if keyword.arg == "allow_pickle" and not (
                isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            ):
                self.unsafe.append({"call": full + "(allow_pickle=...)", "line": node.lineno})
        self.generic_visit(node)


def inspect(path):
    with open(path, "rb") as source:
        data = source.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        return {"line": 1, "error": "longer than 4 MiB"}
    try:
        tree = ast.parse(data, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"line": getattr(error, "lineno", None) or 1, "error": str(getattr(error, "msg", error))[:200]}
    reader = Reader()
    try:
        reader.visit(tree)
    except RecursionError:
        return {"line": 1, "error": "too deeply nested"}
    return {"imports": reader.imports[:1000], "unsafe": reader.unsafe[:1000]}


def main():
    (folder,) = sys.argv[1:]
    paths = [path for path in sys.stdin.buffer.read().decode("utf-8").split("\0") if path]
    found = {path: inspect(os.path.join(folder, path)) for path in paths}
    print(json.dumps({"standard": sorted(sys.stdlib_module_names), "files": found}))


main()
