"""The profile of a house that no byte leaves, as data: environment, flags, compose service, network policy.

Each line closes a way out that the serving engine or a library under it has open by default: usage statistics, the
model hub, run-time adapters and code, remote media URLs, kernels fetched at run time, telemetry exporters, proxies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

PLUGIN = "selfhost_msa"
"""The entry point of the plug-in. Naming it shuts out every other plug-in, the bundled resolvers of adapters too."""

ENVIRONMENT: Mapping[str, str] = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "VLLM_PLUGINS": PLUGIN,
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "0",
    "VLLM_SERVER_DEV_MODE": "0",
    "VLLM_ALLOW_INSECURE_SERIALIZATION": "0",
    "VLLM_USE_MODELSCOPE": "0",
    "VLLM_MEDIA_URL_ALLOW_REDIRECTS": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "FLASHINFER_CUBINS_REPOSITORY": "http://127.0.0.1:9/none",
}
"""What the serving process must have. The last one points nowhere: kernels come with the image or not at all."""

FORBIDDEN_ENVIRONMENT = (
    "OTEL_", "AWS_ACCESS_", "AWS_SECRET_", "AWS_SESSION_", "AZURE_CLIENT_", "GOOGLE_APPLICATION_", "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
)  # fmt: skip
"""Variables of these names, or beginning so, must not be set: exporters and credentials."""

FLAGS: tuple[str, ...] = (
    "--load-format", "safetensors",
    "--no-trust-remote-code",
    "--disable-fastapi-docs",
    "--disable-uvicorn-access-log",
    "--no-enable-log-requests",
    "--language-model-only",
    "--allowed-media-domains", "media.invalid",
)  # fmt: skip
"""An empty list of media domains would permit every domain, so it holds one that cannot exist (RFC 6761)."""

FORBIDDEN_FLAGS = (
    "--trust-remote-code", "--otlp-traces-endpoint", "--kv-transfer-config", "--enable-log-requests",
    "--enable-log-outputs", "--lora-modules",
)  # fmt: skip
"""Code of a checkpoint, exporters, caches elsewhere, prompts in logs, weights from elsewhere."""

DOCS_PATHS = ("/docs", "/redoc", "/openapi.json")
"""What `--disable-fastapi-docs` closes."""


def forbidden(name: str) -> bool:
    """Whether a variable of this name must not be set: `FORBIDDEN_ENVIRONMENT`, and every proxy."""
    return name.startswith(FORBIDDEN_ENVIRONMENT) or name.upper().endswith("_PROXY")


def flag_pairs() -> Iterator[tuple[str, str]]:
    """Yields each flag of the profile with its value, empty for a switch."""
    for place, flag in enumerate(FLAGS):
        following = FLAGS[place + 1] if place + 1 < len(FLAGS) else "--"
        if flag.startswith("--"):
            yield flag, "" if following.startswith("--") else following


def environment_lines() -> Iterator[str]:
    """Yields the environment as lines of an env file."""
    yield from (f"{name}={value}" for name, value in ENVIRONMENT.items())


_INTERNAL_ADDRESS = "0.0.0.0"  # noqa: S104  (inside a network that leads nowhere)


def compose(model: str, image: str) -> str:
    """Returns a compose file: the engine on an internal network, the gateway the only service on two."""
    environment = "".join(f'      {name}: "{value}"\n' for name, value in ENVIRONMENT.items())
    command = "".join(
        f'      - "{each}"\n' for each in ("--model", "/model", *FLAGS, "--host", _INTERNAL_ADDRESS, "--port", "8000")
    )
    return (
        f"services:\n  model:\n    image: {image}\n    command:\n{command}    environment:\n{environment}"
        f"    volumes:\n      - {model}:/model:ro\n    networks: [house]\n    read_only: true\n"
        "    tmpfs: [/tmp]\n    cap_drop: [ALL]\n    security_opt: [no-new-privileges:true]\n"
        "    memswap_limit: 0\n    ulimits: {core: 0}\n    ipc: private\n"
        "  gateway:\n    networks: [house, outside]\n"
        "networks:\n  house:\n    internal: true\n  outside: {}\n"
    )


def network_policy(gateway_label: str, port: int) -> str:
    """Returns a Kubernetes NetworkPolicy: nothing goes out of the model's pods, only the gateway comes in."""
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: model-closed\nspec:\n"
        "  podSelector:\n    matchLabels: {app: model}\n  policyTypes: [Ingress, Egress]\n  egress: []\n"
        f"  ingress:\n    - from:\n        - podSelector:\n            matchLabels: {{app: {gateway_label}}}\n"
        f"      ports:\n        - {{protocol: TCP, port: {port}}}\n"
    )
