"""Accounts, sessions, the limit on failed logins, and what every answer carries."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from char_mapping.errors import DefinitionError
from pipelines.review.accounts import Account, Accounts

PASSWORD = "correct-horse-9"


def test_the_first_start_makes_an_admin_once(tmp_path):
    from pipelines.ledger import open_ledger

    with open_ledger(tmp_path) as ledger:
        accounts = Accounts(ledger.engine, hasher=PasswordHasher(1, 8, 1))
        login, password = accounts.first_admin()
        assert accounts.first_admin() is None
        assert accounts.find(login).role == "office"
        assert accounts.find(login).must_change
        assert len(password) >= 12


def test_passwords_are_argon2_and_sessions_only_digests(house):
    house.visitor("tanaka")
    with house.desk.ledger.engine.begin() as connection:
        kept = connection.exec_driver_sql("SELECT password FROM review_account").scalars().all()
        digests = connection.exec_driver_sql("SELECT digest FROM review_session").scalars().all()
    assert all(text.startswith("$argon2id$") for text in kept)
    client = house.visitor("tanaka")
    assert client.cookies["ikou_session"] not in digests


def test_failed_logins_have_to_wait_longer_each_time(house):
    client = house.visitor(None)

    def attempt(password):
        return client.post("/login", data={"login": "tanaka", "password": password}).status_code

    assert [attempt("wrong-password-1") for _ in range(5)] == [401] * 5
    assert attempt(PASSWORD) == 429
    house.clock.forward(seconds=16)
    assert attempt("wrong-password-1") == 401
    house.clock.forward(seconds=16)
    assert attempt(PASSWORD) == 429
    house.clock.forward(seconds=20)
    assert attempt(PASSWORD) == 303
    told = house.desk.ledger.accesses(actor="tanaka")["outcome"].to_list()
    assert told.count("失敗") == 6
    assert told.count("拒否") == 2


def test_one_terminal_cannot_try_many_names(house):
    client = house.visitor(None)
    codes = [client.post("/login", data={"login": f"user{n}", "password": "x"}).status_code for n in range(25)]
    assert codes[:20] == [401] * 20
    assert set(codes[20:]) == {429}


def test_a_session_ends_by_idleness_age_logout_and_revocation(house):
    client = house.visitor("tanaka")
    house.clock.forward(minutes=59)
    assert client.get("/queue").status_code == 200
    house.clock.forward(minutes=61)
    assert client.get("/queue").status_code == 303
    client = house.visitor("tanaka")
    for _ in range(13):
        house.clock.forward(minutes=50)
        client.get("/account")
    assert client.get("/queue").status_code == 303
    one, other = house.visitor("tanaka"), house.visitor("tanaka")
    assert house.post(one, "/account/sessions").status_code == 303
    assert (one.get("/account").status_code, other.get("/account").status_code) == (200, 303)
    house.post(one, "/logout")
    assert one.get("/account").status_code == 303


def test_a_changed_account_loses_its_sessions_and_a_stopped_one_cannot_come_back(house):
    client, office = house.visitor("kato"), house.visitor("jimu")
    answer = house.post(office, "/accounts", login="kato", name="加藤", role="vendor")
    assert answer.status_code == 200
    assert client.get("/").status_code == 303
    assert house.visitor(None).post("/login", data={"login": "kato", "password": PASSWORD}).status_code == 401
    assert house.post(office, "/accounts", login="jimu", name="三郎", role="viewer").status_code == 400


def test_a_new_account_gets_a_password_once_and_has_to_change_it(house):
    office = house.visitor("jimu")
    page = house.post(office, "/accounts", login="yamada", name="市民課 山田", role="department", area="001").text
    password = page.split("<code>")[1].split("</code>")[0]
    client = house.visitor(None)
    assert client.post("/login", data={"login": "yamada", "password": password}).status_code == 303
    assert client.get("/queue").status_code == 403
    short = house.post(client, "/account/password", old=password, new="short", again="short")
    assert short.status_code == 400
    new = "another-horse-7"
    assert house.post(client, "/account/password", old="x", new=new, again=new).status_code == 400
    assert house.post(client, "/account/password", old=password, new=new, again=new).status_code == 303
    assert client.get("/queue").status_code == 200


@pytest.mark.parametrize(
    "account",
    [
        Account("Ab", "名", "viewer"), Account("a", "名", "viewer"), Account("ab", " ", "viewer"),
        Account("ab", "名", "department"), Account("ab", "名", "viewer", ("001",)),
        Account("ab", "名", "viewer", shelter=True), Account("ab", "名", "chief"),
    ],
)
def test_accounts_that_are_refused(house, account):
    with pytest.raises(DefinitionError):
        house.desk.accounts.save(account, PASSWORD)


def test_every_answer_carries_the_security_headers_and_no_page_has_inline_code(house):
    client = house.visitor("tanaka")
    for path in ("/login", "/", "/queue", "/static/review.js", "/no-such-page"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    for path in ("/", "/queue", "/glyphs", "/approvals", "/decisions", "/issue/" + house.issue("NAM-013")):
        page = client.get(path)
        assert page.headers["cache-control"] == "no-store"
        for inline in ("<style", " style=", "onclick=", "javascript:", "<script>", "http://", "https://"):
            assert inline not in page.text.replace("http://testserver", ""), (path, inline)


def test_other_sites_hosts_and_targets_are_refused(house):
    client = house.visitor("tanaka")
    fields = {"login": "tanaka", "password": PASSWORD}
    assert client.post("/login", data=fields, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/login", data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/login", headers={"Host": "evil.example"}).status_code == 400
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = house.visitor(None).post("/login", data={**fields, "next": target})
        assert answer.headers["location"] == "/"


def test_the_cookie_is_for_this_site_only_and_with_tls_for_tls_only(house):
    from starlette.testclient import TestClient

    from pipelines.review.app import create_app

    cookie = house.visitor(None).post("/login", data={"login": "tanaka", "password": PASSWORD}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    client = TestClient(create_app(house.desk, secure=True), follow_redirects=False)
    answer = client.post("/login", data={"login": "tanaka", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


def test_another_interface_needs_tls(tmp_path):
    from pipelines.cli.review import review

    with pytest.raises(DefinitionError, match="TLS"):
        review(project=tmp_path, port=8765, host="0.0.0.0")  # noqa: S104 - refused
    with pytest.raises(DefinitionError, match="together"):
        review(project=tmp_path, port=8765, certificate=tmp_path / "a.pem")
