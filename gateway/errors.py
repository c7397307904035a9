"""Errors of the gateway.

GatewayError
├── StartupError              the process must not start: weak secret, broken bundle, unusable state directory
├── RequestError              the caller can mend it
│   ├── MalformedBody         400 invalid_body           not JSON, not UTF-8, not an object, duplicate key, too deep
│   ├── UnsupportedMediaType  415 unsupported_media_type
│   ├── BodyTooLarge          413 body_too_large
│   ├── BodyIncomplete        408 body_incomplete        the body did not arrive whole and in time
│   ├── InvalidHeader         400 invalid_header         an x-gateway header that cannot be read
│   ├── Unauthenticated       401 invalid_api_key        no key, unknown key, wrong secret (never says which)
│   ├── KeyExpired            401 api_key_expired
│   ├── Forbidden             403 permission_denied      a known key without the needed role or purpose
│   ├── ModelNotFound         404 model_not_found
│   ├── StateNotFound         404 state_not_found        what the request builds on is unknown, expired or deleted
│   ├── InvalidFile           400 invalid_file           a file of another purpose, empty, or with too many lines
│   ├── InvalidBatch          400 invalid_batch          a batch that could not be run as it is asked for
│   ├── FileNotKnown          404 file_not_found         unknown, expired, deleted, or another app's
│   ├── BatchNotKnown         404 batch_not_found
│   ├── BatchConflict         409 batch_conflict         not while the batch is as it is: still open, or ended already
│   ├── RouteNotFound         404 not_found
│   ├── MethodNotAllowed      405 method_not_allowed
│   └── PolicyDenied          403 policy_denied          no destination may receive this data; carries rule ids
└── ServiceError              we cannot
    ├── NoPermittedRoute      503 no_permitted_route     what policy permits is not available; nothing else may be used
    ├── KeysUnavailable       503 keys_unavailable       keys could not be checked for revocation; nobody is let in
    ├── AuditUnavailable      503 audit_unavailable      the record could not be made durable; nothing was sent
    ├── PolicyUnavailable     503 policy_unavailable     policy could not be evaluated; nothing was sent
    ├── StandingUnavailable   503 standing_unavailable   labels or counts could not be kept; nothing was sent
    ├── VaultUnavailable      503 vault_unavailable      what stored state stands for could not be kept or looked up
    ├── StateUnreadable       503 state_unreadable       stored state was changed, or its key is not known
    ├── UpstreamFailed        502 upstream_failed        every permitted destination failed
    ├── RestoreFailed         502 restore_failed         the answer could not be restored exactly
    └── InternalFault         500 internal_error         a defect of ours; carries nothing of the request

Each class states its HTTP status, wire code, whether a retry can help, and how the audit log names it. Messages are
safe to show to the caller: rule ids and limits, never a value from the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class GatewayError(Exception):
    """Base of every error the gateway raises on purpose."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False
    audit_outcome: ClassVar[str] = "error"


class StartupError(GatewayError):
    """The process must not start."""

    code = "startup_error"


class RequestError(GatewayError):
    """The caller can mend it."""

    status = 400
    code = "invalid_request"
    audit_outcome = "rejected"


class MalformedBody(RequestError):
    """Not JSON, not UTF-8, not an object, a duplicate key, or nested too deeply."""

    code = "invalid_body"


class UnsupportedMediaType(RequestError):
    """The body is not declared as JSON, or is compressed."""

    status = 415
    code = "unsupported_media_type"


class BodyTooLarge(RequestError):
    """The body exceeds `limits.body_bytes`."""

    status = 413
    code = "body_too_large"


class BodyIncomplete(RequestError):
    """The body did not arrive whole within `limits.body_read_s`. Sending it again may help."""

    status = 408
    code = "body_incomplete"
    retryable = True


class InvalidHeader(RequestError):
    """An x-gateway header that cannot be read. Labels that cannot be read are refused, never ignored."""

    code = "invalid_header"


class Unauthenticated(RequestError):
    """No key, an unknown key or a wrong secret. The message never says which."""

    status = 401
    code = "invalid_api_key"


class KeyExpired(RequestError):
    """The key was right and is past its expiry."""

    status = 401
    code = "api_key_expired"


class Forbidden(RequestError):
    """A known key without the needed role or purpose."""

    status = 403
    code = "permission_denied"


class ModelNotFound(RequestError):
    """The model named is not in the catalogue."""

    status = 404
    code = "model_not_found"


class StateNotFound(RequestError):
    """What the request builds on was not stored through the gateway, has expired or was deleted.

    Its values could not be put back and its sensitivity is unknown, so nothing is sent.
    """

    status = 404
    code = "state_not_found"
    audit_outcome = "refused"


class InvalidFile(RequestError):
    """A file that is empty, has too many lines, or is for another purpose than a batch."""

    code = "invalid_file"


class InvalidBatch(RequestError):
    """A batch that could not be run as it is asked for. The message names the place, never what stands there."""

    code = "invalid_batch"


class FileNotKnown(RequestError):
    """The file is unknown, has expired, was deleted, or belongs to another app: which of it is not told."""

    status = 404
    code = "file_not_found"


class BatchNotKnown(RequestError):
    """The batch is unknown, has expired, was deleted, or belongs to another app: which of it is not told."""

    status = 404
    code = "batch_not_found"


class BatchConflict(RequestError):
    """Not while the batch is as it is: it has ended already, or it has not and what is asked for needs that."""

    status = 409
    code = "batch_conflict"


class RouteNotFound(RequestError):
    """No such path."""

    status = 404
    code = "not_found"


class MethodNotAllowed(RequestError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"


class PolicyDenied(RequestError):
    """No destination may receive this data. Retrying changes nothing."""

    status = 403
    code = "policy_denied"
    audit_outcome = "refused"

    def __init__(self, rules: Sequence[str]) -> None:
        super().__init__(f"policy permits no destination for this request: {', '.join(rules)}")
        self.rules = tuple(rules)


class ServiceError(GatewayError):
    """We cannot serve this now."""

    status = 503
    code = "unavailable"
    retryable = True


class NoPermittedRoute(ServiceError):
    """What policy permits is not available, and nothing else may be used."""

    code = "no_permitted_route"
    audit_outcome = "refused"

    def __init__(self, rules: Sequence[str] = ()) -> None:
        detail = f": {', '.join(rules)}" if rules else ""
        super().__init__(f"no permitted destination is available{detail}")
        self.rules = tuple(rules)


class KeysUnavailable(ServiceError):
    """Keys could not be checked for revocation, so nobody is let in."""

    code = "keys_unavailable"


class AuditUnavailable(ServiceError):
    """The record could not be made durable. Nothing was sent."""

    code = "audit_unavailable"


class PolicyUnavailable(ServiceError):
    """Policy could not be evaluated. Nothing was sent."""

    code = "policy_unavailable"


class StandingUnavailable(ServiceError):
    """What is remembered of conversations' labels or of sent people cannot be read or written. Nothing was sent."""

    code = "standing_unavailable"


class VaultUnavailable(ServiceError):
    """What stored state stands for could not be kept or looked up."""

    code = "vault_unavailable"


class StateUnreadable(ServiceError):
    """Stored state was changed, or its key is not known. It is not used; an operator must look."""

    code = "state_unreadable"
    retryable = False


class UpstreamFailed(ServiceError):
    """Every permitted destination failed."""

    status = 502
    code = "upstream_failed"
    audit_outcome = "failed"


class RestoreFailed(ServiceError):
    """The answer could not be restored exactly, so it is not shown."""

    status = 502
    code = "restore_failed"
    audit_outcome = "failed"


class InternalFault(ServiceError):
    """A defect of ours. Carries nothing of the request."""

    status = 500
    code = "internal_error"
    retryable = False
