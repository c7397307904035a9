"""Rego inside the process: regopy, with its traps closed. The only module that imports regopy's engine.

Traps (measured; see docs/decisions/004-embedded-rego.md): regopy must be loaded before greenlet, numpy and grpc or
every evaluation leaks; an `Interpreter` shared by two threads answers wrongly without a word, so each thread has its
own; a query that is compiled each time costs ten times a compiled bundle; an unknown entrypoint is merely undefined.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence

import regopy
from regopy import RegoError

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.bundle import PolicyBundle

_LATER = ("greenlet", "numpy", "grpc")


class UndefinedResult(Exception):
    """The entrypoint has no value for this input. Never an answer; the caller must deny."""


class EmbeddedRego:
    """One compiled bundle. Safe to use from any thread; never blocks for more than the evaluation (about 0.5 ms)."""

    def __init__(self, bundle: PolicyBundle, *, entrypoints: Sequence[str] = (), with_tests: bool = False) -> None:
        """Compiles the bundle for its own entrypoint, or for the given ones.

        Raises:
            StartupError: regopy was loaded too late, or the bundle does not compile.
        """
        refuse_late_load(sys.modules)
        modules = {**bundle.modules, **bundle.tests} if with_tests else dict(bundle.modules)
        self._entrypoint = bundle.manifest.entrypoint
        self._compiled = _compile(
            modules, bundle.test_data if with_tests else bundle.data, entrypoints or (self._entrypoint,)
        )
        self._local = threading.local()

    def evaluate(self, document: dict[str, object], entrypoint: str | None = None) -> object:
        """Returns the value of the entrypoint for this input.

        Raises:
            UndefinedResult: there is no value.
            PolicyUnavailable: the engine failed.
        """
        try:
            interpreter = self._interpreter()
            interpreter.set_input(regopy.Input(document))
            output = interpreter.query_bundle_entrypoint(self._compiled, entrypoint or self._entrypoint)
            expressions = [value for result in output.results for value in result.expressions] if output.ok() else None
        except (RegoError, ValueError):
            raise PolicyUnavailable("policy could not be evaluated") from None
        if expressions is None:
            raise PolicyUnavailable("policy could not be evaluated")
        if len(expressions) != 1:
            raise UndefinedResult
        return expressions[0]

    def _interpreter(self) -> regopy.Interpreter:
        found: regopy.Interpreter | None = getattr(self._local, "interpreter", None)
        if found is None:
            found = _interpreter()
            self._local.interpreter = found
        return found


def refuse_late_load(loaded: Iterable[str]) -> None:
    """Raises `StartupError` when a library that clashes with regopy's allocator was loaded before it.

    `loaded` are the names of the loaded modules in the order of loading, as `sys.modules` keeps them.
    """
    for name in loaded:
        if name == "regopy":
            return
        if name in _LATER:
            raise StartupError(f"{name} was loaded before regopy: import gateway first, or every decision leaks memory")
    raise StartupError("regopy is not loaded: import gateway first")


def _interpreter() -> regopy.Interpreter:
    interpreter = regopy.Interpreter()
    interpreter.strict_built_in_errors = True
    return interpreter


def _compile(modules: dict[str, str], data: str, entrypoints: Sequence[str]) -> regopy.Bundle:
    interpreter = _interpreter()
    try:
        interpreter.add_data_json(data)
        for name, text in modules.items():
            interpreter.add_module(name, text)
        compiled = interpreter.build(None, list(entrypoints))
    except (RegoError, ValueError):
        raise StartupError("policy: the engine refuses the bundle; run `gateway policy check`") from None
    if not compiled.ok():
        raise StartupError("policy: the bundle does not compile")
    return compiled
