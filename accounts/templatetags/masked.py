"""Cover what a page may only hint at."""

from django import template

from accounts.progress import mask_email

register = template.Library()
register.filter("masked_email", mask_email)
