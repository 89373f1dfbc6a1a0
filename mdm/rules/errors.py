"""What the pure parts of the hub refuse. They carry paths and reasons, never attribute values."""

from collections.abc import Sequence

from matching.errors import HubError, RuleMistake


class InvalidDocument(HubError):
    """A mapping or rule set document is refused as a whole; `mistakes` holds every mistake, each with its path."""

    code = "invalid_document"

    def __init__(self, mistakes: Sequence[RuleMistake]) -> None:
        super().__init__(*(f"{each.path or '$'}: {each.message}" for each in mistakes))
        self.mistakes = tuple(mistakes)


class InvalidMapping(InvalidDocument):
    """A mapping document that cannot be used."""

    code = "invalid_mapping"


class InvalidRuleSet(InvalidDocument):
    """A rule set document that cannot be used."""

    code = "invalid_rule_set"


class NotCanonical(HubError):
    """A value that has no canonical JSON form; `pointer` is the JSON pointer to it."""

    code = "not_canonical"

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or 'the document'}: {reason}")
        self.pointer = pointer


class MistypedPublicId(HubError):
    """A public id that nobody was ever given; the text says what is wrong with it."""

    code = "mistyped_public_id"
