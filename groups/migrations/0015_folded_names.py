"""Names of groups as a search and an order compare them: small letters without accents, kept by PostgreSQL."""

from django.db import migrations, models

# NFKD takes accents off their letters; the rest are letters of their own that people type as two or without a stroke.
# Reads nothing and may be called by everybody: writing a group computes it.
FOLDED = r"""
CREATE FUNCTION portal_folded(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT lower(translate(
        replace(replace(replace(replace(replace(
            regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g'),
            'ß', 'ss'), 'Æ', 'AE'), 'æ', 'ae'), 'Œ', 'OE'), 'œ', 'oe'),
        'ØøŁłĐđ’', 'OoLlDd'''))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("groups", "0014_transactions_in_words")]

    operations = [
        migrations.RunSQL(FOLDED, "DROP FUNCTION portal_folded(text);"),
        migrations.AddField(
            model_name="employergroup",
            name="name_folded",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("name"), function="portal_folded"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.RemoveIndex(model_name="employergroup", name="group_in_book"),
        migrations.AddIndex(
            model_name="employergroup",
            index=models.Index(
                fields=["id"],
                include=["name_folded", "group_id", "status", "renewal_date"],
                name="group_in_book",
            ),
        ),
    ]
