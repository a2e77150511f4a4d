"""Let an article have questions of its editors that readers are offered."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0002_flush_without_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='questions',
            field=models.TextField(blank=True, default='', help_text='Questions to offer to readers, one on a line, the first 4 of them. Readers ask them with a click, so ask what the text answers. Where you give fewer than three, the site adds some from the text.'),
        ),
    ]
