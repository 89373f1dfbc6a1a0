"""One connector for systems that a document describes, without code of their own: REST, GraphQL, JSON-RPC."""

from sync.connectors.generic.connector import Generic
from sync.connectors.generic.documents import Interface
from sync.connectors.generic.parsing import InvalidInterface, parse_interface

__all__ = ["Generic", "Interface", "InvalidInterface", "parse_interface"]
