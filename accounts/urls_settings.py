"""What a person sets for themselves in one group."""

from django.urls import path

from accounts.views import account_settings

urlpatterns = [
    path(
        "g/<slug:group_slug>/settings/", account_settings.account_settings, name="account_settings"
    )
]
