"""Transactions of a group, and of all groups of a person."""

from django.urls import path

from groups.views import book_transactions, transactions

urlpatterns = [
    path("transactions/", book_transactions.book_transactions, name="book_transactions"),
    path("g/<slug:group_slug>/transactions/", transactions.transactions, name="transactions"),
    path(
        "g/<slug:group_slug>/transactions.csv",
        transactions.transactions_csv,
        name="transactions_csv",
    ),
    path(
        "g/<slug:group_slug>/transactions.xlsx",
        transactions.transactions_xlsx,
        name="transactions_xlsx",
    ),
    path(
        "g/<slug:group_slug>/transactions/<slug:number>/",
        transactions.transaction,
        name="transaction",
    ),
    path(
        "g/<slug:group_slug>/transactions/<slug:number>/confirmation.pdf",
        transactions.transaction_pdf,
        name="transaction_pdf",
    ),
    path(
        "g/<slug:group_slug>/transactions/<slug:number>/cancel/",
        transactions.cancel_transaction,
        name="cancel_transaction",
    ),
]
