"""Error bodies as providers sent them in public reports, keys and names replaced, and what each must be read as."""

# ruff: noqa: E501  (a table: one row a line)

from __future__ import annotations

import json


def anthropic(kind: str, message: str, **more: object) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message} | more, "request_id": "r"}).encode()


def openai(message: str, kind: str | None = None, code: str | None = None) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


def google(code: int, status: str, message: str, reason: str | None = None) -> bytes:
    details = [{"@type": "type.example/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return json.dumps({"error": {"code": code, "status": status, "message": message, "details": details}}).encode()


def aws(kind: str, message: str) -> bytes:
    return json.dumps({"__type": f"com.example.coral#{kind}", "message": message}).encode()


INVALID = "invalid_request_error"
FABLE = "Claude Fable 5 is not available. Please use Opus 4.8. Learn more: https://example.com/fable-mythos-access"

# status, body, class, scope, certain
TABLE = [
    (403, openai("Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory"), "region region yes"),
    (401, openai("The OpenAI account associated with this API key has been deactivated.", INVALID, "account_deactivated"), "revoked account yes"),
    (401, openai("The account associated with this API key has been deactivated."), "revoked account yes"),
    (429, openai("Your access was terminated due to violation of our policies", INVALID, "access_terminated"), "revoked account yes"),
    (401, openai("Incorrect API key provided: sk-x***y.", INVALID, "invalid_api_key"), "auth key no"),
    (401, openai("You must be a member of an organization", INVALID, "no_organization"), "auth account no"),
    (401, openai("IP not authorized"), "region region no"),
    (404, openai("The model `gpt-x` does not exist or you do not have access to it.", INVALID, "model_not_found"), "retired model no"),
    (429, openai("You exceeded your current quota, please check your plan", "insufficient_quota", "insufficient_quota"), "billing account yes"),
    (429, openai("No credit", "insufficient_quota", "credit_balance_exhausted"), "billing account yes"),
    (429, openai("Rate limit reached for gpt-x", "requests", "rate_limit_exceeded"), "throttled call yes"),
    (503, openai("Slow down", None, "slow_down"), "throttled call yes"),
    (503, openai("Overloaded", "server_error", "server_is_overloaded"), "overloaded call yes"),
    (500, openai("The server had an error", "server_error"), "overloaded call yes"),
    (400, openai("Your request was rejected by our safety system", INVALID, "content_policy_violation"), "content call yes"),
    (400, openai("max_tokens is too large", INVALID), "caller call yes"),
    (400, openai("maximum context length is 8192 tokens", INVALID, "context_length_exceeded"), "caller call yes"),
    (404, anthropic("not_found_error", FABLE), "revoked model yes"),
    (404, anthropic("not_found_error", "Claude Fable 5 is currently unavailable."), "revoked model yes"),
    (403, anthropic("forbidden", FABLE), "revoked model yes"),
    (404, anthropic("not_found_error", "model: claude-3-opus-20240229"), "retired model no"),
    (400, anthropic(INVALID, "This organization has been disabled."), "revoked account yes"),
    (400, anthropic(INVALID, "Your credit balance is too low to access the Anthropic API."), "billing account yes"),
    (402, anthropic("billing_error", "There is an issue with your billing"), "billing account yes"),
    (400, anthropic(INVALID, "You have reached your specified API usage limits. You will regain access on 2026-12-01"), "billing account yes"),
    (429, anthropic("rate_limit_error", "Monthly limit", details={"error_code": "enforced_spend_limit_reached"}), "billing account yes"),
    (429, anthropic("rate_limit_error", "This request would exceed your rate limit"), "throttled call yes"),
    (403, anthropic("forbidden", "Request not allowed"), "region region yes"),
    (401, anthropic("authentication_error", "invalid x-api-key"), "auth key no"),
    (400, anthropic(INVALID, "This credential is only authorized for use with Claude Code and cannot be used for other API requests."), "revoked key yes"),
    (529, anthropic("overloaded_error", "Overloaded"), "overloaded call yes"),
    (500, anthropic("api_error", "Internal server error"), "overloaded call yes"),
    (413, anthropic("request_too_large", "Request exceeds the maximum size"), "caller call yes"),
    (400, anthropic(INVALID, "messages.1.content.0: Invalid `signature` in `thinking` block"), "caller call yes"),
    (400, google(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), "region region no"),
    (403, google(403, "PERMISSION_DENIED", "Consumer 'api_key:KEY' has been suspended.", "CONSUMER_SUSPENDED"), "revoked key yes"),
    (403, google(403, "PERMISSION_DENIED", "Permission denied: Consumer 'api_key:KEY' has been suspended."), "revoked key yes"),
    (403, google(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key."), "revoked key yes"),
    (400, google(400, "INVALID_ARGUMENT", "API key not valid.", "API_KEY_INVALID"), "auth key no"),
    (429, google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted"), "throttled call yes"),
    (429, google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan"), "billing account yes"),
    (404, google(404, "NOT_FOUND", "Publisher Model `projects/p/models/m` was not found or your project does not have access to it."), "retired model no"),
    (403, google(403, "PERMISSION_DENIED", "disabled", "SERVICE_DISABLED"), "auth account no"),
    (400, google(400, "FAILED_PRECONDITION", "Organization Policy constraint constraints/vertexai.allowedModels violated"), "revoked model yes"),
    (404, openai("The API deployment for this resource does not exist.", None, "DeploymentNotFound"), "retired model no"),
    (400, openai("The model has been deprecated since 2026", None, "ServiceModelDeprecated"), "retired model yes"),
    (400, openai("The chatCompletion operation does not work with the specified model, m."), "retired model yes"),
    (404, openai("Resource not found", None, "404"), "retired model no"),
    (400, openai("The response was filtered", None, "content_filter"), "content call yes"),
    (400, aws("ValidationException", "Access to Anthropic models is not allowed from unsupported countries, regions, or territories."), "region region yes"),
    (404, aws("ResourceNotFoundException", "This model version has reached the end of its life."), "retired model yes"),
    (404, aws("ResourceNotFoundException", "Access denied. This Model is marked by provider as Legacy and you have not been using it"), "retired model yes"),
    (400, aws("ValidationException", "Operation not allowed"), "retired model yes"),
    (400, aws("ValidationException", "data retention mode 'default' is not available for this model"), "terms model yes"),
    (403, aws("AccessDeniedException", "You don't have access to the model with the specified model ID."), "auth model no"),
    (429, aws("ThrottlingException", "Too many requests"), "throttled call yes"),
    (424, aws("ModelStreamErrorException", "x"), "overloaded call yes"),
    (500, anthropic("api_error", "insufficient balance (1008)"), "billing account yes"),
    (429, anthropic("insufficient_balance_error", "insufficient balance (1008)"), "billing account yes"),
    (402, anthropic("insufficient_balance_error", "insufficient balance (1008)"), "billing account yes"),
    (401, anthropic("authorized_error", "login fail: Please carry the API secret key (1004)"), "auth key no"),
    (402, openai("Insufficient Balance", "unknown_error"), "billing account yes"),
    (400, openai("The request was rejected because it was considered high risk", "content_filter"), "content call yes"),
    (401, openai("Invalid Authentication", "invalid_authentication_error"), "auth key no"),
    (429, openai("Your account is suspended, check your account balance", "exceeded_current_quota_error"), "billing account yes"),
    (403, openai("Access terminated"), "revoked account yes"),
    (429, openai("The engine is currently overloaded, please try again later", "engine_overloaded_error"), "overloaded call yes"),
    (402, b'{"error":{"code":402,"message":"This request requires more credits"}}', "billing account yes"),
    (402, b'{"error":{"code":402,"message":"x","metadata":{"limit_source":"openrouter_in_flight_budget"}}}', "throttled call yes"),
    (403, b'{"error":{"code":403,"message":"Your input was flagged for violence"}}', "content call yes"),
    (502, b'{"error":{"code":502,"message":"Provider returned error"}}', "overloaded call yes"),
    (451, b'{"error":"not available in your region / data center (HKG)"}', "region region yes"),
    (400, openai("Organization has been restricted. Please reach out to support", INVALID), "revoked account yes"),
    (403, aws("MPAgreementBeingCreated", "x"), "overloaded call yes"),
    (404, aws("ResourceNotFoundException", "Could not resolve the foundation model"), "retired model no"),
    (429, openai("The engine is currently overloaded"), "overloaded call yes"),
    (407, b"", "network call yes"),
    (410, b"", "retired model no"),
    (403, openai("This service is not available in your region"), "region region yes"),
    (403, openai("Country, region, or territory not supported"), "region region yes"),
    (403, openai("Your access was terminated due to violation of our policies"), "revoked account yes"),
    (404, openai("The model `gpt-x` does not exist"), "retired model no"),
    (400, openai("The request was rejected because it was considered high risk", INVALID), "content call yes"),
    (418, b"{}", "unknown call no"),
    (403, b"<html>blocked</html>", "unknown call no"),
    (400, b"", "unknown call no"),
    (404, b"<html>404</html>", "unknown call no"),
    (302, b"", "unknown call no"),
    (503, b"<html>maintenance</html>", "overloaded call yes"),
    (408, b"", "network call yes"),
]  # fmt: skip

IN_BAND = [
    ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "billing account"),
    ({"base_resp": {"status_code": 2049, "status_msg": "invalid api key"}}, "auth key"),
    ({"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}, "content call"),
    ({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "throttled call"),
    ({"base_resp": {"status_code": 1013, "status_msg": "internal"}}, "overloaded call"),
    ({"base_resp": {"status_code": 4242, "status_msg": "new"}}, "unknown call"),
    ({"error": {"code": 429, "message": "Rate limited"}}, "throttled call"),
    ({"error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "quota"}}, "billing account"),
    ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "overloaded call"),
    ({"type": "error", "error": {"type": "not_found_error", "message": FABLE}}, "revoked model"),
    ({"type": "error", "error": {"type": INVALID, "message": "bad"}}, "caller call"),
    ({"error": "something"}, "unknown call"),
]
