from django.contrib.auth.views import LoginView, LogoutView


class SignIn(LoginView):
    """The one way in, for the stewards' pages and the admin site alike."""

    template_name = "pages/sign_in/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Signs out and shows the sign-in page."""
