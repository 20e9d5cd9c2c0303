"""Addresses of the nomination of a primary administrator, and of registering with an invitation."""

from django.urls import path

from accounts.views import invited, nominate

urlpatterns = [
    path("register/invited/", invited.invited, name="invited"),
    path("nominate/", nominate.nominate, name="nominate"),
    path("nominate/review/", nominate.review_nomination, name="review_nomination"),
    path("nominate/sent/", nominate.nomination_sent, name="nomination_sent"),
    path("nominate/form.pdf", nominate.nomination_pdf, name="nomination_pdf"),
    path("nominate/empty-form.pdf", nominate.empty_nomination_pdf, name="empty_nomination_pdf"),
]
