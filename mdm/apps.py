from django.apps import AppConfig


class MdmConfig(AppConfig):
    """The truth: source records, crosswalk, golden records, rule sets, audit and outbox."""

    name = "mdm"
    verbose_name = "Master data"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load every entity type and verifier, then close the registries: what is not known now never will be."""
        from mdm import lookups  # noqa: F401  # registers `__any`
        from mdm.entity_types import entity_types
        from mdm.tax.verifiers import verifiers

        entity_types.seal()
        verifiers.seal()
