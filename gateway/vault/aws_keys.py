"""Data keys wrapped by a key that never leaves AWS KMS. The only module that imports boto3, and only when asked.

What is authenticated with a wrapped key is its place, as the encryption context: KMS opens it for that place alone, and
its own log names the place's digest. Credentials and region come from where AWS clients always take them. Blocking.
"""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from typing import Protocol

from gateway.errors import StartupError, StateUnreadable, VaultUnavailable
from gateway.vault.envelope import Place
from gateway.vault.keys import Wrapped, WrappingKeys

PREFIX = "aws:"
"""What the ids of such keys begin with; the rest is the key's ARN."""
_CONNECT_S, _ANSWER_S = 2, 5
_NOT_OURS = frozenset({"InvalidCiphertextException", "IncorrectKeyException", "NotFoundException", "DisabledException"})


class KeyService(Protocol):
    """The part of a KMS client that is used. Answers are plain dictionaries."""

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: dict[str, str]) -> dict[str, object]:  # noqa: N803
        """Returns `CiphertextBlob`."""
        ...

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: dict[str, str]) -> dict[str, object]:  # noqa: N803
        """Returns `Plaintext`."""
        ...


class AwsKeys:
    """Satisfies `WrappingKeys`. What an earlier kind of key wrapped is still opened by `older`."""

    def __init__(self, service: KeyService, arn: str, older: WrappingKeys) -> None:
        self._service = service
        self._arn = arn
        self._older = older

    @property
    def current(self) -> str:
        """The id of the key in use."""
        return PREFIX + self._arn

    def wrap(self, data_key: bytes, place: Place) -> Wrapped:
        """Returns the data key wrapped with the current key. Raises `VaultUnavailable`."""
        try:
            answer = self._service.encrypt(KeyId=self._arn, Plaintext=data_key, EncryptionContext=_context(place))
        except _failures() as error:
            raise _unavailable(error) from None
        return Wrapped(self.current, _octets(answer, "CiphertextBlob"))

    def unwrap(self, wrapped: Wrapped, place: Place) -> bytes:
        """Returns the data key. Raises `StateUnreadable` or `VaultUnavailable`."""
        if not wrapped.key_id.startswith(PREFIX):
            return self._older.unwrap(wrapped, place)
        arn = wrapped.key_id.removeprefix(PREFIX)
        try:
            answer = self._service.decrypt(KeyId=arn, CiphertextBlob=wrapped.sealed, EncryptionContext=_context(place))
        except _failures() as error:
            if _code(error) in _NOT_OURS:
                raise StateUnreadable("stored state cannot be opened, or is not what was stored") from None
            raise _unavailable(error) from None
        return _octets(answer, "Plaintext")


def aws_keys(arn: str, endpoint: str, older: WrappingKeys) -> AwsKeys:
    """Returns keys wrapped by the KMS key of this ARN. `endpoint` is a URL, empty for the region's own.

    Connects to nothing yet.

    Raises:
        StartupError: boto3 is not installed, or the ARN names no region.
    """
    parts = arn.split(":")
    if len(parts) < 6 or parts[2] != "kms" or not parts[3]:
        raise StartupError("vault.kms_key is not the ARN of a KMS key")
    try:
        boto3, config = import_module("boto3"), import_module("botocore.config")
    except ImportError:
        raise StartupError("vault.kms_key needs boto3: install the extra `kms`") from None
    limits = config.Config(connect_timeout=_CONNECT_S, read_timeout=_ANSWER_S, retries={"total_max_attempts": 2})
    session = boto3.session.Session(region_name=parts[3])
    service: KeyService = session.client("kms", endpoint_url=endpoint or None, config=limits)
    return AwsKeys(service, arn, older)


def _context(place: Place) -> dict[str, str]:
    return {"vault-place": sha256(place.bound()).hexdigest()}


def _failures() -> tuple[type[Exception], ...]:
    """What a client raises; asked only when one has been made, so it is loaded by then."""
    errors = import_module("botocore.exceptions")
    return errors.ClientError, errors.BotoCoreError


def _code(error: Exception) -> str:
    answer = getattr(error, "response", None)
    details = answer.get("Error") if isinstance(answer, dict) else None
    return str(details.get("Code")) if isinstance(details, dict) else ""


def _octets(answer: dict[str, object], name: str) -> bytes:
    found = answer.get(name)
    if not isinstance(found, bytes):
        raise VaultUnavailable("the key service did not answer in form")
    return found


def _unavailable(error: Exception) -> VaultUnavailable:
    return VaultUnavailable(f"the key service cannot be used: {_code(error) or type(error).__name__}")
