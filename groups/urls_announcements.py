"""What the carrier tells a group."""

from django.urls import path

from groups.views import announcements

urlpatterns = [
    path(
        "g/<slug:group_slug>/announcements/",
        announcements.announcements,
        name="announcements",
    ),
    path(
        "g/<slug:group_slug>/announcements/<int:pk>/",
        announcements.announcement,
        name="announcement",
    ),
    path(
        "g/<slug:group_slug>/announcements/<int:pk>/dismiss/",
        announcements.dismiss_announcement,
        name="dismiss_announcement",
    ),
]
