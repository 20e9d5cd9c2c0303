"""Addresses of who has access to a group: the list, adding and changing users."""

from django.urls import path

from accounts.views import add_user, change_access, users

GROUP = "g/<slug:group_slug>/users/"

urlpatterns = [
    path(GROUP, users.manage_users, name="manage_users"),
    path(f"{GROUP}add/", add_user.add_user, name="add_user"),
    path(f"{GROUP}add/access/", add_user.add_user_access, name="add_user_access"),
    path(f"{GROUP}add/review/", add_user.add_user_review, name="add_user_review"),
    path(f"{GROUP}<uuid:key>/access/", change_access.change_access, name="change_access"),
    path(
        f"{GROUP}<uuid:key>/access/review/",
        change_access.change_access_review,
        name="change_access_review",
    ),
]
