"""Making the groups of the roles, and giving them what chat/roles.py lists."""

from django.db import migrations

from chat import roles


def make(apps, schema_editor):
    roles.set_up(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('chat', '0016_invitations'),
    ]

    operations = [
        # Back: groups stay; members and what an operator gave them would be lost with them.
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
