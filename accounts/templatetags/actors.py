"""Name people as employers read them."""

from django import template

from accounts.actors import address_of, person_in_words, user_in_words

register = template.Library()
register.filter("person", person_in_words)
register.filter("address", address_of)
register.filter("user_in_words", user_in_words)
