"""A whole node in one file, taken while it runs or rests, and put back so that counts and hashes are equal.

The database is dumped logically (``pg_dump``): the file is read by any later PostgreSQL and on any machine,
needs no replication rights of an external server, and one exported snapshot makes the dump and the counts
speak of the same instant. What streams hold is not kept: the bus is rebuilt from the database.
"""

from .archive import Manifest, TableFigures
from .restore import restore
from .take import backup

__all__ = ["Manifest", "TableFigures", "backup", "restore"]
