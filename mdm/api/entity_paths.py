"""The addresses of one entity type, from its entry in the registry."""

from typing import TypeVar

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter

from mdm.api.documentation import (
    AS_OF,
    CURSOR,
    IF_NONE_MATCH,
    LIMIT,
    PUBLIC_ID,
    answer_example,
    documented,
    operation,
    request_example,
)
from mdm.api.golden import (
    GoldenDetail,
    GoldenDifference,
    GoldenLineage,
    GoldenList,
    GoldenSources,
    GoldenVersionDetail,
    GoldenVersions,
    GoldenView,
)
from mdm.api.hierarchies import LEVELS, ON_A_DAY, TREE, GoldenHierarchy
from mdm.api.hierarchy_shapes import ANCESTORS, IN_A_TREE
from mdm.api.matches import GoldenMatch, MatchBody
from mdm.api.schemas import NEXT, NUMBER, TEXT, component_name, listed, reference
from mdm.entity_types import EntityType
from mdm.models import GoldenStatus
from mdm.public_ids import public_id

View = TypeVar("View", bound=GoldenView)

VERSION = OpenApiParameter("version", int, OpenApiParameter.PATH, description="Version, from 1.")
FROM = OpenApiParameter("from", int, required=True, description="Version to start from.")
TO = OpenApiParameter("to", int, required=True, description="Version to compare it with.")
STATUS = OpenApiParameter("status", str, enum=GoldenStatus.values, description="Only records with this status.")
UPDATED_SINCE = OpenApiParameter("updated_since", str, description="Only records updated at this time or later.")
SOURCE = OpenApiParameter("source", str, description="Only records that hold a record of this source system.")


def entity_paths(kind: EntityType) -> list[URLPattern]:
    """List, detail, versions, differences, lineage, sources and match of one entity type."""
    slug, name = kind.slug, kind.name
    detail = f"{slug}/<str:public_id>"
    return [
        path(slug, _list(kind).as_view(), name=f"api-{name}-list"),
        path(f"{slug}/match", _match(kind).as_view(), name=f"api-{name}-match"),
        path(detail, _detail(kind).as_view(), name=f"api-{name}-detail"),
        path(f"{detail}/versions", _versions(kind).as_view(), name=f"api-{name}-versions"),
        path(f"{detail}/versions/<int:version>", _version(kind).as_view(), name=f"api-{name}-version"),
        path(f"{detail}/diff", _difference(kind).as_view(), name=f"api-{name}-diff"),
        path(f"{detail}/lineage", _lineage(kind).as_view(), name=f"api-{name}-lineage"),
        path(f"{detail}/sources", _sources(kind).as_view(), name=f"api-{name}-sources"),
        *(
            [path(f"{detail}/hierarchy", _hierarchy(kind).as_view(), name=f"api-{name}-hierarchy")]
            if kind.edges is not None
            else []
        ),
    ]


def _of(kind: EntityType, view: type[View]) -> type[View]:
    return type(f"{component_name(kind)}{view.__name__}", (view,), {"entity_type": kind.name, "__doc__": view.__doc__})


def _list(kind: EntityType) -> type[GoldenList]:
    described = operation(
        f"list_{kind.name}",
        f"List {kind.label_plural.lower()}",
        tag=kind.label_plural,
        answers={200: listed(reference(component_name(kind)), next=NEXT), 304: None},
        parameters=[LIMIT, CURSOR, STATUS, UPDATED_SINCE, SOURCE, IF_NONE_MATCH],
        examples=[answer_example("Last page", {"items": [example_document(kind)], "next": None})],
    )
    return documented(get=described)(_of(kind, GoldenList))


def _detail(kind: EntityType) -> type[GoldenDetail]:
    described = operation(
        f"get_{kind.name}",
        f"Get one {kind.label.lower()}",
        tag=kind.label_plural,
        answers={200: reference(component_name(kind)), 304: None},
        errors=(308, 404),
        parameters=[PUBLIC_ID, AS_OF, IF_NONE_MATCH],
        examples=[answer_example("As stored", example_document(kind))],
    )
    return documented(get=described)(_of(kind, GoldenDetail))


def _versions(kind: EntityType) -> type[GoldenVersions]:
    version = {"version": 3, "status": "active", "actor": "ana", "reason": "Source records arrived", "position": 41}
    told = {**version, "changed_at": "2026-01-31T12:00:00Z", "correlation_id": "6c2f0f2e-8f83-4a86-a9a2-0d4d5f9f1c11"}
    described = operation(
        f"list_{kind.name}_versions",
        f"List the versions of one {kind.label.lower()}",
        tag=kind.label_plural,
        answers={200: listed(reference("GoldenVersion"), id=TEXT, next=NEXT)},
        errors=(404,),
        parameters=[PUBLIC_ID, LIMIT, CURSOR],
        examples=[answer_example("Newest first", {"id": example_id(kind), "items": [told], "next": None})],
    )
    return documented(get=described)(_of(kind, GoldenVersions))


def _version(kind: EntityType) -> type[GoldenVersionDetail]:
    described = operation(
        f"get_{kind.name}_version",
        f"Get one version of one {kind.label.lower()}",
        tag=kind.label_plural,
        answers={200: reference(component_name(kind)), 304: None},
        errors=(404,),
        parameters=[PUBLIC_ID, VERSION, IF_NONE_MATCH],
        examples=[answer_example("As published", example_document(kind))],
    )
    return documented(get=described)(_of(kind, GoldenVersionDetail))


def _difference(kind: EntityType) -> type[GoldenDifference]:
    changed = {"name": "name", "label": "Name", "before": "Nordwind", "after": "Nordwind GmbH"}
    item = {**changed, "line": "Name: Nordwind → Nordwind GmbH"}
    told = {"id": example_id(kind), "from": 2, "to": 5, "items": [item]}
    described = operation(
        f"diff_{kind.name}",
        f"Compare two versions of one {kind.label.lower()}",
        tag=kind.label_plural,
        answers={200: listed(reference("Differing"), id=TEXT, **{"from": NUMBER, "to": NUMBER})},
        errors=(404,),
        parameters=[PUBLIC_ID, FROM, TO],
        examples=[answer_example("One attribute", told)],
    )
    return documented(get=described)(_of(kind, GoldenDifference))


def _lineage(kind: EntityType) -> type[GoldenLineage]:
    winner = {"source_record_id": 7, "system": "crm", "key": "C-1", "observed_at": "2026-01-31T12:00:00+00:00"}
    lineage = {"name": {"winner": winner, "strategy": "most_trusted", "reason": "more trusted", "losers": []}}
    described = operation(
        f"get_{kind.name}_lineage",
        f"Get where each value of one {kind.label.lower()} comes from",
        tag=kind.label_plural,
        answers={200: reference("Lineage"), 304: None},
        errors=(404,),
        parameters=[PUBLIC_ID, IF_NONE_MATCH],
        examples=[answer_example("One attribute", {"id": example_id(kind), "version": 3, "lineage": lineage})],
    )
    return documented(get=described)(_of(kind, GoldenLineage))


def _sources(kind: EntityType) -> type[GoldenSources]:
    times = {"linked_at": "2026-01-31T12:00:00Z", "source_modified_at": None, "received_at": "2026-01-31T12:00:00Z"}
    source = {"system": "crm", "entity_type": kind.name, "key": "C-1", "weight_bits": 14.2, **times}
    told = {"id": example_id(kind), "items": [{**source, "tombstoned_at": None}]}
    described = operation(
        f"list_{kind.name}_sources",
        f"List the source records of one {kind.label.lower()}",
        tag=kind.label_plural,
        answers={200: listed(reference("GoldenSource"), id=TEXT)},
        errors=(404,),
        parameters=[PUBLIC_ID],
        examples=[answer_example("One source record", told)],
    )
    return documented(get=described)(_of(kind, GoldenSources))


def _hierarchy(kind: EntityType) -> type[GoldenHierarchy]:
    days = {"valid_from": "2026-01-01", "valid_to": None}
    above, below = ({"id": public_id(kind.id_prefix, number), **days} for number in (122, 124))
    told = {"id": example_id(kind), "tree": "legal", "on": "2026-03-01", "known_at": None, "ancestors": [above]}
    described = operation(
        f"get_{kind.name}_hierarchy",
        f"Get what stands above and below one {kind.label.lower()}",
        tag=kind.label_plural,
        answers={200: listed(reference("Descendant"), **IN_A_TREE, ancestors=ANCESTORS, next=NEXT)},
        errors=(308, 404, 422),
        parameters=[PUBLIC_ID, TREE, *ON_A_DAY, LEVELS, LIMIT, CURSOR],
        examples=[
            answer_example(
                "One below", {**told, "items": [{**below, "parent": example_id(kind), "level": 1}], "next": None}
            )
        ],
    )
    return documented(get=described)(_of(kind, GoldenHierarchy))


def _match(kind: EntityType) -> type[GoldenMatch]:
    described = operation(
        f"match_{kind.name}",
        f"Search {kind.label_plural.lower()} before creating one",
        tag=kind.label_plural,
        answers={200: listed(reference("Match"))},
        errors=(413, 415, 422),
        request=MatchBody,
        examples=[
            request_example("By name", {"values": {"name": "Nordwind Elektronik GmbH"}, "limit": 5}),
            answer_example("Nothing like it", {"items": []}),
        ],
    )
    return documented(post=described)(_of(kind, GoldenMatch))


def example_id(kind: EntityType) -> str:
    """A well-formed id."""
    return public_id(kind.id_prefix, 123)


def example_document(kind: EntityType) -> dict[str, object]:
    """A small golden document."""
    return {
        "id": example_id(kind),
        "entity_type": kind.name,
        "version": 3,
        "status": "active",
        "merged_into": None,
        "updated_at": "2026-01-31T12:00:00+00:00",
        "attributes": {"name": "Nordwind Elektronik GmbH"},
    }
