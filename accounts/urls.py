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

# The pages behind e-mailed links stand at the root, not under api/.
page_urlpatterns = [
    path("accounts/verify/<str:token>/", pages.verify, name="accounts-verify"),
    path("accounts/reset/<str:token>/", pages.reset, name="accounts-reset"),
]
