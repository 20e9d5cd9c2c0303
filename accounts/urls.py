"""Addresses of people and access."""

from django.urls import path

from accounts.urls_asking import urlpatterns as asking_urlpatterns
from accounts.urls_brokers import urlpatterns as brokers_urlpatterns
from accounts.urls_colleague import urlpatterns as colleague_urlpatterns
from accounts.urls_nominate import urlpatterns as nominate_urlpatterns
from accounts.urls_reviews import urlpatterns as reviews_urlpatterns
from accounts.urls_settings import urlpatterns as settings_urlpatterns
from accounts.urls_sign_in import urlpatterns as sign_in_urlpatterns
from accounts.urls_users import urlpatterns as users_urlpatterns
from accounts.views import keys, registration

app_name = "accounts"

register_urlpatterns = [
    path("register/", registration.register, name="register"),
    path("register/check/", registration.check_identifier, name="check_identifier"),
    path("register/request/", registration.request_access, name="request_access"),
    path("register/request/review/", registration.review_request, name="review_request"),
    path("register/request/form.pdf", registration.request_pdf, name="request_pdf"),
    path("register/request/sent/", registration.request_sent, name="request_sent"),
    path("register/status/", registration.find_request, name="find_request"),
    path("register/status/view/", registration.request_status, name="request_status"),
    path("register/status/answer/", registration.answer_question, name="answer_question"),
    path("register/status/correct/", registration.correct_request, name="correct_request"),
    path("register/status/withdraw/", registration.withdraw_request, name="withdraw_request"),
    path("register/status/close/", registration.close_status, name="close_status"),
    path("register/status/new-key/", registration.ask_new_key, name="ask_new_key"),
]
key_urlpatterns = [
    path("register/key/", keys.enter_key, name="enter_key"),
    path("register/key/review/", keys.review_key, name="review_key"),
    path("register/account/", keys.create_account, name="create_account"),
    path("register/account/review/", keys.review_account, name="review_account"),
    path("register/done/", keys.registered, name="registered"),
    path("enter-access-code/", keys.redeem_code, name="redeem_code"),
]
urlpatterns = [
    *sign_in_urlpatterns,
    *register_urlpatterns,
    *key_urlpatterns,
    *nominate_urlpatterns,
    *asking_urlpatterns,
    *users_urlpatterns,
    *colleague_urlpatterns,
    *brokers_urlpatterns,
    *reviews_urlpatterns,
    *settings_urlpatterns,
]
