"""The login page of a server that other machines can reach. Who is let in is `guard`'s to say."""

import asyncio

from dashboard.guard import Guard

WRONG_LOGIN_PAUSE_S = 0.5
SESSION_DAYS = 7

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trainboard: log in</title>
<style>
body {{ font: 15px system-ui, sans-serif; background: #f4f5f7; color: #1f2933; margin: 0;
       display: grid; place-items: center; min-height: 100vh; }}
form {{ background: #fff; border: 1px solid #dfe3e8; border-radius: 10px; padding: 28px 32px;
       width: 260px; box-shadow: 0 4px 16px rgba(15, 23, 42, .06); }}
h1 {{ font-size: 19px; margin: 0 0 18px; }}
label {{ display: block; margin-bottom: 12px; }}
input {{ box-sizing: border-box; width: 100%; padding: 8px; margin-top: 4px; font: inherit;
        border: 1px solid #c3cad3; border-radius: 6px; }}
button {{ width: 100%; padding: 9px; font: inherit; font-weight: 600; color: #fff; border: 0;
         background: #2563eb; border-radius: 6px; cursor: pointer; }}
p {{ color: #b42318; margin: 0 0 12px; }}
</style>
</head>
<body>
<form method="post">
<h1>Trainboard</h1>
{message}
<label>User name<input name="username" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required>
</label>
<button>Log in</button>
</form>
</body>
</html>
"""


class LoginHandler(Guard):
    """GET shows the form; POST checks it, sets the session's cookie and goes on to `next`."""

    public = True

    def check_request(self) -> None:
        """A form, not JSON: there is nothing to check before the login itself."""

    def get(self) -> None:
        self.finish(PAGE.format(message=""))

    async def post(self) -> None:
        name = self.get_body_argument("username", "", strip=False)
        password = self.get_body_argument("password", "", strip=False)
        if not self.access.accepts(name, password):
            await asyncio.sleep(WRONG_LOGIN_PAUSE_S)
            self.set_status(401)
            self.finish(PAGE.format(message="<p>That is not the user name and password.</p>"))
            return
        self.set_signed_cookie(
            self.access.cookie,
            "in",
            expires_days=SESSION_DAYS,
            httponly=True,
            samesite="Strict",
        )
        target = self.get_query_argument("next", "/")
        inside = target.startswith("/") and not target.startswith(("//", "/\\"))
        self.redirect(target if inside else "/", status=303)
