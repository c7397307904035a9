"""The whole table of formats."""

from __future__ import annotations

from gateway.classify.secrets.format import Format
from gateway.classify.secrets.formats_cloud import CLOUD
from gateway.classify.secrets.formats_code import CODE_HOSTING
from gateway.classify.secrets.formats_models import MODELS
from gateway.classify.secrets.formats_operations import OPERATIONS
from gateway.classify.secrets.formats_services import SERVICES

FORMATS: tuple[Format, ...] = (*CLOUD, *CODE_HOSTING, *MODELS, *SERVICES, *OPERATIONS)
"""Every documented format, in no order of importance."""
