"""Addresses of the quarterly access review and of the activity of a group."""

from django.urls import path

from accounts.views import access_reviews, activity

urlpatterns = [
    path("g/<slug:group_slug>/users/review/", access_reviews.access_review, name="access_review"),
    path(
        "g/<slug:group_slug>/users/review/decide/",
        access_reviews.decide_review,
        name="decide_review",
    ),
    path(
        "g/<slug:group_slug>/users/review/finish/",
        access_reviews.finish_review,
        name="finish_review",
    ),
    path(
        "g/<slug:group_slug>/users/review/<slug:quarter>/",
        access_reviews.review_results,
        name="review_results",
    ),
    path("g/<slug:group_slug>/activity/", activity.activity, name="activity"),
    path("g/<slug:group_slug>/activity.csv", activity.activity_csv, name="activity_csv"),
]
