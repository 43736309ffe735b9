from django.urls import path

from accounts import api, pages

urlpatterns = [
    path("token/", api.Token.as_view()),
    path("token/refresh/", api.TokenRefresh.as_view()),
    path("auth/login/", api.Login.as_view()),
    path("auth/logout/", api.Logout.as_view()),
    path("auth/register/", api.Register.as_view()),
    path("auth/verify-email/", api.VerifyEmail.as_view()),
    path("auth/password/change/", api.PasswordChange.as_view()),
    path("auth/password/reset/", api.PasswordReset.as_view()),
    path("auth/password/reset/confirm/", api.PasswordResetConfirm.as_view()),
    path("users/me/", api.Me.as_view()),
]

# Pages are at the root, not under api/.
page_urlpatterns = [
    path("accounts/login/", pages.sign_in, name="accounts-login"),
    path("accounts/logout/", pages.sign_out, name="accounts-logout"),
    path("accounts/register/", pages.register, name="accounts-register"),
    path("accounts/reset/", pages.forgot_password, name="accounts-forgotten"),
    path("accounts/verify/<str:token>/", pages.verify, name="accounts-verify"),
    path("accounts/reset/<str:token>/", pages.reset, name="accounts-reset"),
    path("account/", pages.account, name="account"),
    path("account/name/", pages.rename, name="account-name"),
    path("account/theme/", pages.theme, name="account-theme"),
    path("account/password/", pages.change_password, name="account-password"),
    path("account/sign-out/", pages.sign_out_everywhere, name="account-sign-out"),
]
