"""The part of vLLM's Python that the plug-in relies on, described so that a change of it is noticed before it matters.

    python -m selfhost.vllm_plugin.surface WHEEL > selfhost/vllm_plugin/surfaces/0.33.json

A description holds names, signatures, attributes and hashes of the bodies that ours stand in for; no line of vLLM. It
is read from source files without importing them, from a wheel or from an installation alike.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from selfhost.attest.profile import ENVIRONMENT, FLAGS

Surface = dict[str, str]
"""What is relied on, by place: a signature, a hash, or `present`."""
ReadSource = Callable[[str], str]
"""Returns the text of a source file by its path in the distribution. Raises `OSError` or `KeyError`."""


@dataclass(frozen=True, slots=True)
class Relied:
    """Of one class: methods by signature, those of them whose body counts too, and attributes set on instances."""

    methods: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


_FOLDER = "vllm/models/minimax_m3"
_CLASSES: Mapping[str, Mapping[str, Relied]] = {
    f"{_FOLDER}/nvidia/model.py": {
        "MiniMaxM3SparseForCausalLM": Relied(("__init__", "load_weights"), (), ("model",)),
        "MiniMaxM3Model": Relied(("__init__",), (), ("layers", "topk_indices_buffer")),
        "MiniMaxM3DecoderLayer": Relied(("__init__",), (), ("self_attn",)),
        "MiniMaxM3SparseAttention": Relied(
            ("_run_attention", "forward"),
            ("_run_attention",),
            ("impl", "indexer", "kv_cache", "kv_cache_dtype", "layer_name", "num_heads", "num_kv_heads", "head_dim",
             "topk_indices_buffer"),
        ),
    },
    f"{_FOLDER}/common/indexer.py": {
        "MiniMaxM3Indexer": Relied(("forward", "index_cache"), ("index_cache",), ("impl",)),
        "MiniMaxM3IndexerImpl": Relied(
            (),
            (),
            ("index_cache", "topk_indices_buffer", "topk_blocks", "block_size", "init_blocks", "local_blocks",
             "score_type", "num_index_heads", "index_head_dim", "indexer_kv_dtype"),
        ),
        "MiniMaxM3IndexerTritonImpl": Relied(("forward",), ("forward",)),
    },
    f"{_FOLDER}/common/sparse_attention.py": {
        "MiniMaxM3SparseTritonImpl": Relied(("forward",), ("forward",)),
        "MiniMaxM3SparseImpl": Relied(("__init__",), (), ("scale", "num_heads", "num_kv_heads", "head_size")),
    },
}  # fmt: skip
_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    f"{_FOLDER}/common/ops/index_topk.py": (
        "minimax_m3_index_decode",
        "minimax_m3_index_score",
        "minimax_m3_index_topk",
    ),
    f"{_FOLDER}/common/ops/sparse_attn.py": ("minimax_m3_sparse_attn", "minimax_m3_sparse_attn_decode"),
    "vllm/forward_context.py": ("get_forward_context",),
}
_METADATA: Mapping[str, tuple[str, ...]] = {
    f"{_FOLDER}/common/indexer.py": (
        "MiniMaxM3IndexerMetadata",
        "MiniMaxM3IndexerPrefillMetadata",
        "MiniMaxM3IndexerDecodeMetadata",
    ),
    f"{_FOLDER}/common/sparse_attention.py": (
        "MiniMaxM3SparseMetadata",
        "MiniMaxM3SparsePrefillMetadata",
        "MiniMaxM3SparseDecodeMetadata",
    ),
}


OPTIONS = (
    *(flag for flag in FLAGS if flag.startswith("--")),
    "--served-model-name", "--host", "--port", "--tensor-parallel-size", "--block-size", "--chat-template",
    "--distributed-executor-backend", "--nnodes", "--node-rank", "--master-addr", "--headless",
)  # fmt: skip
"""Every option that `selfhost serve --engine vllm` gives."""
_ARGUMENT_FILES = (
    "vllm/engine/arg_utils.py",
    "vllm/entrypoints/common/cli_args.py",
    "vllm/entrypoints/launchers/cli_args.py",
    "vllm/entrypoints/openai/cli_args.py",
)
"""Where options are declared; the last ones in minors before 0.33."""
_ENVIRONMENT_FILE = "vllm/envs.py"


def derive(read: ReadSource, flags: Iterable[str] = (), variables: Iterable[str] = ()) -> Surface:
    """Returns the surface of the distribution whose files `read` returns. What is not there is `missing`.

    `flags` and `variables` are further options of its command line and of its environment to look for.
    """
    found: Surface = _of_options(read, flags, variables)
    for path in sorted({*_CLASSES, *_FUNCTIONS, *_METADATA}):
        tree = _parsed(read, path)
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name, relied in _CLASSES.get(path, {}).items():
            found |= {f"{path}:{name}.{part}": what for part, what in _of_class(classes.get(name), relied).items()}
        for name in _FUNCTIONS.get(path, ()):
            found[f"{path}:{name}"] = _signature(functions.get(name))
        for name in _METADATA.get(path, ()):
            found[f"{path}:{name}"] = _fields(classes.get(name))
    return found


def _of_options(read: ReadSource, flags: Iterable[str], variables: Iterable[str]) -> Surface:
    declared = "\n".join(_text(read, path) for path in _ARGUMENT_FILES)
    known = _text(read, _ENVIRONMENT_FILE)
    found = {flag: _seen(_declares(declared, flag)) for flag in flags}
    return found | {name: _seen(f'"{name}"' in known) for name in variables if name.startswith("VLLM_")}


def _declares(text: str, flag: str) -> bool:
    """An option is added by name or made from a field; `--no-x` turns off the option `--x`."""
    for name in (flag, flag.replace("--no-", "--", 1)):
        field = re.escape(name.removeprefix("--").replace("-", "_"))
        if f'"{name}"' in text or re.search(rf"^\s+{field}\s*:", text, re.MULTILINE):
            return True
    return False


def _seen(is_there: object) -> str:
    return "present" if is_there else "missing"


def _text(read: ReadSource, path: str) -> str:
    try:
        return read(path)
    except (OSError, KeyError, UnicodeDecodeError):
        return ""


def _parsed(read: ReadSource, path: str) -> ast.Module:
    try:
        return ast.parse(_text(read, path))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _of_class(node: ast.ClassDef | None, relied: Relied) -> Surface:
    body = node.body if node else []
    methods = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
    found = {name: _signature(methods.get(name)) for name in relied.methods}
    found |= {f"{name} body": _body(methods.get(name)) for name in relied.bodies}
    attributes = _attributes(node)
    return found | {name: _seen(name in attributes) for name in relied.attributes}


def _signature(node: ast.FunctionDef | None) -> str:
    return f"({ast.unparse(node.args)})" if node else "missing"


def _body(node: ast.FunctionDef | None) -> str:
    """A hash of the statements: comments, the docstring and the layout do not count."""
    if node is None:
        return "missing"
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    return sha256("\n".join(ast.unparse(each) for each in statements).encode()).hexdigest()[:16]


def _fields(node: ast.ClassDef | None) -> str:
    body = node.body if node else []
    names = [ast.unparse(each.target) for each in body if isinstance(each, ast.AnnAssign)]
    return " ".join(names) or "missing"


def _attributes(node: ast.ClassDef | None) -> frozenset[str]:
    """Names that methods set on `self`."""
    stored = (each for each in ast.walk(node or ast.Module([], [])) if isinstance(each, ast.Attribute))
    return frozenset(
        each.attr
        for each in stored
        if isinstance(each.ctx, ast.Store) and isinstance(each.value, ast.Name) and each.value.id == "self"
    )


def of_wheel(path: Path) -> Surface:
    """Returns the surface of a wheel. Raises `OSError` or `zipfile.BadZipFile`."""
    with zipfile.ZipFile(path) as wheel:
        return derive(lambda name: wheel.read(name).decode(), OPTIONS, ENVIRONMENT)


def of_installation() -> Surface:
    """Returns the surface of the vLLM that would be imported, without importing more than its parent package."""
    spec = find_spec("vllm")
    if spec is None or spec.origin is None:
        return {}
    root = Path(spec.origin).parents[1]
    return derive(lambda name: (root / name).read_text(encoding="utf-8"), OPTIONS, ENVIRONMENT)


def differences(recorded: Surface, found: Surface) -> tuple[str, ...]:
    """Returns the places where they are not the same, sorted."""
    return tuple(sorted(name for name in recorded.keys() | found.keys() if recorded.get(name) != found.get(name)))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(of_wheel(Path(sys.argv[1])), indent=1, sort_keys=True) + "\n")
