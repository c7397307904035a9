"""The plug-in for vLLM: our kernels in M3's sparse layers, or stock ones and the reason.

    [project.entry-points."vllm.general_plugins"]
    selfhost_msa = "selfhost.vllm_plugin:register"

vLLM calls `register` in every process it starts. No file of vLLM is changed. Naming an attention backend would not be
enough: M3's layers pick their kernels by a function of their own, so the model class is overridden instead, and its
sparse layers are given other ones after they are built.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable

from selfhost.vllm_plugin.gate import reason_for_stock
from selfhost.vllm_plugin.state import Kernels, State, note

ARCHITECTURE = "MiniMaxM3SparseForCausalLM"
"""The text backbone: the vision model builds it through the registry too, so one override covers both."""
OVERRIDE = "selfhost.vllm_plugin.model:OurM3"
_log = logging.getLogger(__name__)


def register(why_stock: Callable[[], str] = reason_for_stock) -> None:
    """Overrides M3 in vLLM's registry when this vLLM is one that is known. May be called any number of times.

    Never raises: whatever goes wrong leaves stock vLLM, with a log line and a state file that say so.
    """
    try:
        reason = why_stock()
        if not reason:
            importlib.import_module("vllm").ModelRegistry.register_model(ARCHITECTURE, OVERRIDE)
    except Exception as error:  # noqa: BLE001  (the boundary to vLLM: an error here would end the server)
        reason = f"the override could not be registered: {type(error).__name__}"
    if reason:
        _log.warning("stock kernels: %s", reason)
        note(State(Kernels.STOCK, reason))
