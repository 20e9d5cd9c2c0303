"""Make the account of a member of staff: the way into a new installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.actions.people import create_staff
from accounts.staff_roles import STAFF_ROLES
from accounts.user_names import VALIDATORS


class Command(BaseCommand):
    """`manage.py create_staff`; prints nothing secret, since there is nothing secret yet."""

    help = "Make a staff account. The person gets an e-mail and sets a password with a code of their own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take user name, address, name and role."""
        parser.add_argument("username", help="name to sign in with")
        parser.add_argument("email", help="address the code for the password goes to")
        parser.add_argument("--first-name", required=True)
        parser.add_argument("--last-name", required=True)
        parser.add_argument("--role", required=True, choices=sorted(STAFF_ROLES))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check what was given, make the account, say what happens next."""
        role = STAFF_ROLES[options["role"]]
        username, email = options["username"], options["email"]
        try:
            _check(username, email)
            create_staff(
                username,
                email=email,
                first_name=options["first_name"],
                last_name=options["last_name"],
                role=role,
                by=None,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{username} can sign in as {role.name} after setting a password.")
        self.stdout.write(f"How to set it stands in an e-mail to {email}, sent by the worker.")


def _check(username: str, email: str) -> None:
    """Raise ValidationError for a user name or an address that the forms would refuse."""
    for validator in VALIDATORS:
        validator(username)
    validate_email(email)
