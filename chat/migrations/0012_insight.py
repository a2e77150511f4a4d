"""Noting who looked at a reader's conversation; words of readers go from what the admin noted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What stands in the admin's log for these was made of readers' words.
WORDED = ("conversation", "message", "citation", "passage", "share")


def forget_words(apps, schema_editor):
    noted = apps.get_model("admin", "LogEntry").objects.filter(content_type__app_label="chat")
    for model in WORDED:
        noted.filter(content_type__model=model).update(object_repr=model.capitalize())


class Migration(migrations.Migration):

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ('chat', '0010_articles_in_states'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='conversation',
            options={'ordering': ['-updated'], 'permissions': [('read_conversation', 'Can read the words of single conversations')]},
        ),
        migrations.CreateModel(
            name='ConversationReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField(help_text='The hour in which it was, at its beginning.')),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('conversation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='readings', to='chat.conversation')),
                ('looker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conversations_read', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created'],
                'indexes': [models.Index(fields=['owner', '-created'], name='reading_owner_created')],
                'constraints': [models.UniqueConstraint(fields=('conversation', 'looker', 'hour'), name='one_reading_per_hour')],
            },
        ),
        migrations.RunPython(forget_words, migrations.RunPython.noop),
    ]
