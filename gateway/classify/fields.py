"""Words of the protocols, which are not read: names of fields, and what stands in `role` and `type`.

Every other key and every other value is read.
"""

from __future__ import annotations

FIELD_NAMES = frozenset(
    """
    additionalProperties allOf annotations anyOf arguments audio auto betas budget_tokens cache_control call_id
    citations content context_management created data default description detail developer
    disable_parallel_tool_use display_height_px display_number display_width_px document effort enabled enum
    file file_data file_id filename finish_reason format frequency_penalty function function_call functions id
    image image_url include_usage index input input_audio input_schema instructions is_error items jsonSchema
    json_schema logit_bias logprobs maxItems maxLength max_completion_tokens max_output_tokens max_tokens
    maximum media_type messages metadata minItems minLength minimum modalities mode model n name object oneOf
    output parallel_tool_calls parameters pattern prediction presence_penalty previous_response_id prompt
    properties reasoning reasoning_content reasoning_effort redacted_thinking refusal required response_format
    role safety_identifier schema seed service_tier signature source stop stop_reason stop_sequences store
    stream stream_options strict summary system temperature text thinking thought title tool tool_call_id
    tool_calls tool_choice tool_result tool_use tool_use_id tools top_k top_logprobs top_p truncation ttl type
    url usage user user_id verbosity voice
    """.split()
)

FIXED_FIELDS = frozenset(("role", "type"))
FIXED_VALUES = frozenset(
    """
    array assistant base64 boolean computer content_part custom developer document ephemeral file function
    function_call function_call_output image image_url input_audio input_file input_image input_text integer
    json_object json_schema message null number object output_text reasoning string system text thinking tool
    tool_result tool_use url user
    """.split()
)
"""What the protocols write in `FIXED_FIELDS`; anything else there is read like any text."""
