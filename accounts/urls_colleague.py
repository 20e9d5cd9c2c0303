"""Addresses of one user of a group: take away, deactivate, profile, hand over, view as."""

from django.urls import path

from accounts.views import colleague, hand_over, view_as

_ONE = "g/<slug:group_slug>/users/<uuid:key>/"
urlpatterns = [
    path(_ONE, colleague.colleague, name="colleague"),
    path(f"{_ONE}remove/", colleague.remove_user, name="remove_user"),
    path(f"{_ONE}deactivate/", colleague.deactivate_user, name="deactivate_user"),
    path(f"{_ONE}reactivate/", colleague.reactivate_user, name="reactivate_user"),
    path(f"{_ONE}keep/", colleague.keep_access, name="keep_access"),
    path(f"{_ONE}reset-password/", colleague.reset_password, name="reset_password"),
    path(f"{_ONE}resend/", colleague.resend_invitation, name="resend_invitation"),
    path(f"{_ONE}profile/", colleague.edit_colleague, name="edit_colleague"),
    path(f"{_ONE}hand-over/", hand_over.offer_hand_over, name="offer_hand_over"),
    path(f"{_ONE}view-as/", view_as.view_as, name="view_as"),
    path("g/<slug:group_slug>/hand-over/", hand_over.answer_hand_over, name="answer_hand_over"),
    path("g/<slug:group_slug>/view-as/stop/", view_as.stop_view_as, name="stop_view_as"),
]
