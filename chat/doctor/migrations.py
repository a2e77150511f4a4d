"""Whether the database has the tables that the code wants."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

_applied: set[str] = set()


def missing_migrations() -> list[str]:
    """Return the migrations that the database lacks. Reads it, and the migrations' files."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def are_applied() -> bool:
    """Tell whether none is missing; once that was so it is not looked at again, for probes ask every few seconds."""
    alias = str(connection.settings_dict["NAME"])
    if alias not in _applied and not missing_migrations():
        _applied.add(alias)
    return alias in _applied
