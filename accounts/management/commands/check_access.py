"""Prove on the live database that permission lines are what the grants say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.access_check import KINDS, disagreements
from accounts.models import Grant, GroupPermissionLine, SubgroupPermissionLine
from portal.tenancy import carrier_scope

SHOWN = 20


class Command(BaseCommand):
    """`manage.py check_access`; prints counts and keys of grants, nothing about persons."""

    help = "Compare grants with permission lines. The exit code is 1 when they disagree."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Look at every group at once, as the carrier."""
        with carrier_scope():
            in_force = Grant.objects.in_force().count()
            lines = GroupPermissionLine.objects.count() + SubgroupPermissionLine.objects.count()
            found = disagreements()
        self.stdout.write(f"{in_force} grants in force, {lines} permission lines.")
        for kind, grants in found.items():
            shown = ", ".join(map(str, grants[:SHOWN])) + (", …" if len(grants) > SHOWN else "")
            self.stdout.write(f"{len(grants)} {KINDS[kind]}: {shown}")
        if found:
            raise CommandError("Grants and permission lines disagree.")
        self.stdout.write("They agree.")
