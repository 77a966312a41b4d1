"""What follows a sign-in above the accounts' floor: invitations to a shop's team, old points, and where to go."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from accounts.adapter import AccountAdapter
from accounts.queries import customer_of_user
from common import clock
from merchants import services as merchants
from merchants.queries import merchants_of_user
from points import services as points

if TYPE_CHECKING:
    from accounts.models import User


class SignInAdapter(AccountAdapter):
    def post_login(self, request: HttpRequest, user: "User", **facts: Any) -> HttpResponse:
        # Nobody gets this far without having proved the address: verification is mandatory.
        merchants.accept_invitation(user_id=user.id, verified_email=user.email, now=clock.now())
        if customer := customer_of_user(user):
            points.accept_conversions(customer_id=customer.id, now=clock.now())
        return super().post_login(request, user, **facts)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Who keeps no wallet here goes to work: a member of a shop's team to the dashboard, staff to their pages."""
        user: User = request.user  # type: ignore[assignment]  # allauth calls this for people who are signed in
        if customer_of_user(user) is None:
            if memberships := merchants_of_user(user):
                return f"/dashboard/{memberships[0].merchant.id}/"
            if user.is_staff:
                return resolve_url("staff:index")
        home: str = super().get_login_redirect_url(request)
        return home

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("account_signed_out")
