"""Which recognizers run: Presidio's own of every country, and those that a company names. Local files only."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from gateway.classify.presidio.library import (
    EntityRecognizer,
    PatternRecognizer,
    PhoneRecognizer,
    RecognizerRegistryProvider,
    predefined_recognizers,
)
from gateway.errors import StartupError

EVERY_COUNTRY = "*"
_YAML = (".yaml", ".yml")


def load_recognizers(
    languages: Sequence[str], types: frozenset[str], countries: Sequence[str] = (EVERY_COUNTRY,)
) -> list[EntityRecognizer]:
    """Returns Presidio's recognizers that find any of the types.

    Those that Presidio runs by default come with their context words in the languages (ISO 639-1). The others, most of
    them a country's, are added with the words of their authors; `countries` (ISO 3166-1 alpha-2, lower case, `*` for
    all) says whose.
    """
    configuration = {"supported_languages": list(languages)}
    registry = RecognizerRegistryProvider(registry_configuration=configuration).create_recognizer_registry()
    found: list[EntityRecognizer] = list(registry.recognizers)
    known = {type(each) for each in found}
    found += [kind(supported_language=languages[0]) for kind in predefined_kinds() if kind not in known]  # type: ignore[call-arg]  # each names its own entities
    return [each for each in found if types.intersection(each.supported_entities) and _is_of(each, countries)]


def predefined_kinds() -> list[type[EntityRecognizer]]:
    """Returns the classes in Presidio that need no model: patterns and telephone numbers."""
    kinds = [vars(predefined_recognizers)[name] for name in sorted(vars(predefined_recognizers))]
    bases = (PatternRecognizer, PhoneRecognizer)
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, bases) and kind not in bases[:1]]


def custom_recognizers(sources: Sequence[str]) -> list[EntityRecognizer]:
    """Returns the recognizers that a company adds, which run as they are.

    A source is the path of a recognizer registry file of Presidio's (YAML), or `module:Class` for a class whose
    constructor needs no arguments.

    Raises:
        StartupError: a source cannot be read, or names no recognizer.
    """
    found: list[EntityRecognizer] = []
    for source in sources:
        try:
            found += _from_file(Path(source)) if source.endswith(_YAML) else [_from_class(source)]
        except (OSError, ImportError, AttributeError, TypeError, ValueError) as error:
            raise StartupError(f"classify.recognizers: cannot load {source}: {type(error).__name__}") from None
    return found


def _from_file(path: Path) -> list[EntityRecognizer]:
    if not path.is_file():
        raise FileNotFoundError  # Presidio would load its default recognizers instead
    return list(RecognizerRegistryProvider(conf_file=path).create_recognizer_registry().recognizers)


def _from_class(source: str) -> EntityRecognizer:
    module, _, name = source.partition(":")
    recognizer = getattr(import_module(module), name)()
    if not isinstance(recognizer, EntityRecognizer):
        raise TypeError
    return recognizer


def _is_of(recognizer: EntityRecognizer, countries: Sequence[str]) -> bool:
    country = recognizer.country_code()
    return EVERY_COUNTRY in countries or country is None or country.lower() in countries
