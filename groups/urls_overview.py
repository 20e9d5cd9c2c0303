"""What is on file about a group and its billing units, and its contacts."""

from django.urls import path

from groups.views import contacts, overview, units

GROUP = "g/<slug:group_slug>/group/"
UNIT = "g/<slug:group_slug>/units/<slug:code>/"
urlpatterns = [
    path(GROUP, overview.overview, name="overview"),
    path(f"{GROUP}contacts/add/", contacts.add_contact, name="add_contact"),
    path(f"{GROUP}contacts/<int:pk>/", contacts.contact, name="contact"),
    path(f"{GROUP}contacts/<int:pk>/remove/", contacts.remove_contact, name="remove_contact"),
    path(f"{GROUP}addresses/<slug:kind>/", contacts.address, name="address"),
    path(f"{GROUP}submitted/<slug:number>/", contacts.submitted, name="submitted"),
    path(UNIT, units.unit, name="unit"),
    path(f"{UNIT}contacts/add/", contacts.add_unit_contact, name="add_unit_contact"),
    path(f"{UNIT}addresses/<slug:kind>/", contacts.unit_address, name="unit_address"),
    path(f"{UNIT}addresses/<slug:kind>/own/drop/", contacts.drop_address, name="drop_address"),
]
