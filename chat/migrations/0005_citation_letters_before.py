from collections import defaultdict

from django.db import migrations, models

from chat.text.letters import letters


def count(apps, schema_editor):
    """Count for the citations that are there; give those their number that are older than numbers."""
    Citation = apps.get_model('chat', 'Citation')
    Revision = apps.get_model('chat', 'Revision')
    verified = Citation.objects.filter(verdict='verified')
    of_revision = defaultdict(list)
    for citation in verified.only('revision', 'start', 'number', 'ordinal'):
        of_revision[citation.revision_id].append(citation)
    for revision, citations in of_revision.items():
        plain = Revision.objects.values_list('plain', flat=True).get(pk=revision)
        for citation in citations:
            citation.letters_before = letters(plain, 0, citation.start)
            citation.number = citation.number or citation.ordinal
        Citation.objects.bulk_update(citations, ['letters_before', 'number'], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0004_verdicts_and_prompts'),
    ]

    operations = [
        migrations.AddField(
            model_name='citation',
            name='letters_before',
            field=models.PositiveIntegerField(blank=True, help_text='Characters of the plain text before it that are no white space: a page has as many.', null=True),
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
