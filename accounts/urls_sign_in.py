"""Addresses of signing in and of one's own account. Where allauth has the same address, ours stands before it."""

from django.urls import path

from accounts.views import profile, sign_in

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/seal/", sign_in.seal, name="seal"),
    path("sign-in/forgot-username/", sign_in.forgot_username, name="forgot_username"),
    path("sign-in/forgot-username/sent/", sign_in.username_sent, name="username_sent"),
    path("sign-in/ended/", sign_in.session_ended, name="session_ended"),
    path("session/extend/", sign_in.extend_session, name="extend_session"),
    path("account/login/", sign_in.to_sign_in, name="login"),
    path("account/login/code/confirm/", sign_in.confirm_login_code, name="confirm_login_code"),
    path("account/password/reset/confirm/", sign_in.confirm_reset_code, name="confirm_reset_code"),
    path("account/sessions/", profile.sessions, name="sessions"),
    path("account/sessions/end/", profile.end_sessions, name="end_sessions"),
    path("profile/", profile.profile, name="profile"),
    path("profile/seal/", profile.edit_seal, name="edit_seal"),
    path("terms/accept/", profile.accept_terms, name="accept_terms"),
]
