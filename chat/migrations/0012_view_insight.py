"""Letting editors see what readers ask, by a permission of its own."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0012_insight'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='article',
            options={'ordering': ['title'], 'permissions': [('view_insight', 'Can see what readers ask about articles')]},
        ),
    ]
