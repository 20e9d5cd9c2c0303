"""Documents of a group."""

from django.urls import path

from groups.views import documents

urlpatterns = [
    path("g/<slug:group_slug>/documents/", documents.documents, name="documents"),
    path("g/<slug:group_slug>/documents/upload/", documents.upload, name="upload_document"),
    path("g/<slug:group_slug>/documents/<uuid:key>/", documents.document, name="document"),
]
