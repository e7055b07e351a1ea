"""Who may open what, and what nobody sees: every page for every role."""

from __future__ import annotations

import polars as pl
import pytest

MARKERS = ("髙橋", "𠮷田", "渡邉", "マーカーハイツ", "キヨウコ", "0000000101", "秘密町", "秘密荘")
NEVER = ("123456789018", "00ff", "F0 A1 20 31")
ROLES = ("jimu", "tanaka", "suzuki", "ito", "kato", "sasaki")

#                 jimu tanaka suzuki ito kato sasaki
MATRIX = {
    "/": (200, 200, 200, 200, 200, 200),
    "/queue": (200, 200, 200, 200, 200, 200),
    "/queue.xlsx": (200, 200, 200, 200, 200, 200),
    "/queue?shelter=1": (403, 403, 200, 403, 403, 403),
    "/glyphs": (200, 200, 200, 200, 200, 200),
    "/glyphs.xlsx": (200, 200, 200, 200, 200, 200),
    "/approvals": (200, 200, 200, 200, 403, 403),
    "/decisions": (200, 200, 200, 200, 200, 200),
    "/decisions.xlsx": (200, 200, 200, 200, 200, 200),
    "/account": (200, 200, 200, 200, 200, 200),
    "/accounts": (200, 403, 403, 403, 403, 403),
    "/log": (200, 403, 403, 403, 403, 403),
    "/log.xlsx": (200, 403, 403, 403, 403, 403),
    "/issue/{resident}": (200, 200, 200, 403, 200, 200),
    "/issue/{pair}": (200, 403, 403, 200, 200, 200),
    "/issue/{resident}?shelter=1": (403, 403, 200, 403, 403, 403),
    "/glyph?source=jumin/jumin_east&code=F0A1": (200, 200, 200, 404, 200, 200),
    "/issue/" + "0" * 32: (404, 404, 404, 404, 404, 404),
}


@pytest.fixture
def places(house):
    return {"resident": house.issue("NAM-013"), "pair": "f" * 32}


def test_every_page_for_every_role(house, places):
    for number, login in enumerate(ROLES):
        client = house.visitor(login)
        found = {path: client.get(path.format(**places)).status_code for path in MATRIX}
        assert found == {path: statuses[number] for path, statuses in MATRIX.items()}, login


@pytest.mark.parametrize("login", ["jimu", "kato", "sasaki"])
def test_roles_without_a_work_list_see_no_value_and_no_person(house, places, login):
    client = house.visitor(login)
    for path in MATRIX:
        shown = client.get(path.format(**places))
        if not path.endswith(".xlsx"):
            assert not [marker for marker in MARKERS if marker in shown.text], path


def test_a_my_number_and_its_bytes_are_in_no_page(house, places):
    client = house.visitor("suzuki")
    pages = [*MATRIX, "/issue/" + house.issue("IDN-007"), "/issue/" + house.issue("HSE-003", 4)]
    for path in pages:
        shown = client.get(path.format(**places))
        assert not [marker for marker in NEVER if marker in shown.text], path
    assert "個人番号のため表示しません" in client.get("/issue/" + house.issue("IDN-007")).text
    remark = client.get("/issue/" + house.issue("HSE-003", 4)).text
    assert "元のバイト" not in remark
    assert "元のバイト" in client.get("/issue/" + house.issue("NAM-013")).text


def test_an_address_of_a_sheltered_person_is_shown_in_one_queue_only(house):
    hidden = house.issue("ADR-014", 2)
    for login in ("tanaka", "suzuki"):
        client = house.visitor(login)
        for path in ("/queue?state=*&rule=ADR-014", f"/issue/{hidden}", "/queue?state=*&q=0000000203"):
            shown = client.get(path).text
            assert "秘密荘" not in shown
            assert "秘密町" not in shown
    assert "支援措置のため表示しません" in client.get(f"/issue/{hidden}").text
    assert "秘密町秘密荘" in client.get("/queue?shelter=1").text
    assert "秘密町秘密荘" in client.get(f"/issue/{hidden}?shelter=1").text
    seen = house.desk.ledger.accesses().filter(house.desk.ledger.accesses()["shelter"] == 1)
    assert seen["actor"].unique().to_list() == ["suzuki"]
    assert hidden in seen["target"].to_list()


def test_every_view_and_export_is_logged_with_who_when_where_and_how_many(house, places):
    client = house.visitor("tanaka")
    client.get("/queue")
    client.get("/issue/" + places["resident"])
    client.get("/queue.xlsx")
    rows = house.desk.ledger.accesses(actor="tanaka")
    assert rows["process"].to_list() == ["一覧の書出し（Excel）", "指摘の表示", "一覧の表示", "ログイン"]
    assert rows["target"][1] == places["resident"]
    assert rows["rows"].to_list() == [69, 1, 50, 0]
    assert rows["my_number"].sum() == 0
    assert set(rows["terminal"]) == {"testclient"}
    assert house.visitor("kato").get("/accounts").status_code == 403
    assert house.desk.ledger.accesses(actor="kato")["outcome"].to_list() == ["拒否", "可"]
    house.desk.ledger.verify_chain()


def test_nobody_gets_in_without_a_session(house):
    client = house.visitor(None)
    for path in ("/", "/queue", "/issue/" + "f" * 32, "/approvals", "/log.xlsx"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=")
    assert client.get("/queue", headers={"HX-Request": "true"}).headers["HX-Redirect"].startswith("/login")


WRITES = {
    "/issue/{resident}/decide": {"kind": "accept_as_is", "reason": "x", "scope": "record"},
    "/queue/preview": {"kind": "accept_as_is", "reason": "x", "selection": "all"},
    "/assign": {"issue": "{resident}", "owner": "tanaka"},
    "/approvals": {"decision": "D00000001", "verdict": "approve", "reason": "x"},
    "/accounts": {"login": "neu", "name": "新", "role": "viewer"},
}


def test_forms_without_the_sessions_token_are_refused(house, places):
    client = house.visitor("zenka")
    for path, fields in WRITES.items():
        assert client.post(path.format(**places), data=fields).status_code == 403
        assert client.post(path.format(**places), data={**fields, "csrf": "0" * 64}).status_code == 403
    assert house.decisions().is_empty()


def test_roles_that_do_not_decide_cannot_write(house, places):
    for login in ("jimu", "kato", "sasaki"):
        client = house.visitor(login)
        for path in ("/issue/{resident}/decide", "/glyph/decide", "/decisions/D00000001/undo"):
            assert house.post(client, path.format(**places), kind="accept_as_is", reason="x").status_code == 403
    for login in ("kato", "sasaki"):
        assert house.post(house.visitor(login), "/approvals", decision="D1", reason="x").status_code == 403
        assert house.post(house.visitor(login), "/assign", issue=places["resident"]).status_code == 403
    assert house.decisions().is_empty()


def test_another_departments_issue_is_not_decided(house, places):
    client = house.visitor("ito")
    answer = house.post(client, f"/issue/{places['resident']}/decide", kind="accept_as_is", reason="x", scope="record")
    assert answer.status_code == 403
    assert house.decisions().is_empty()


def test_a_pair_with_a_sheltered_person_shows_the_address_of_neither():
    from pipelines.review.pair import compare_people

    def member(number, name, town, *, protected):
        return {"number": number, "areas": ["031"], "protected": protected,
                "record": {"person_name": name, "address_town": town, "address_lot": "３番"}}

    pair = [member("1", "𠮷田　花子", "秘密町", protected=True), member("2", "吉田　花子", "秘密町", protected=False)]
    shown = [value for line in compare_people(pair, plain=False).lines for value in line.values]
    assert "秘密町" not in shown
    assert "３番" not in shown
    hidden = compare_people(pair, plain=False)
    assert {line.verdict for line in hidden.lines if line.label in ("町字", "番地")} == {"unknown"}
    assert not any("町字" in text or "番地" in text for text in (*hidden.speaking_for, *hidden.speaking_against))
    assert "町字が同じ" in compare_people(pair, plain=True).speaking_for
    assert "秘密町" in [value for line in compare_people(pair, plain=True).lines for value in line.values]
    assert compare_people(pair, plain=False, proposed="2/1").stays == "2"
    assert compare_people(pair, plain=False, proposed="9").stays == "1"


def test_connected_pairs_of_another_department_are_not_named(house):
    """他業務参照不可: whose pair hangs together with one of another area learns neither its numbers nor of it."""
    path = house.data / "runs/0001-g1/issues"
    hidden = pl.read_parquet(path / "031.parquet").filter(pl.col("issue_id") == "f" * 32)
    own = hidden.with_columns(
        issue_id=pl.lit("d" * 32), area_id=pl.lit("001"), group_id=pl.lit("resident"), source=pl.lit("jumin"),
        subject=pl.lit("0000000102/1|0000000305/1"), before=pl.lit("0000000102 / 0000000305"), owner=pl.lit("市民課"),
    )
    pl.concat([pl.read_parquet(path / "001.parquet"), own]).write_parquet(path / "001.parquet")
    page = house.visitor("tanaka").get("/issue/" + "d" * 32).text
    assert "0000000305" in page
    for secret in ("0000009001", "f" * 32, "つながる組"):
        assert secret not in page
    assert "つながる組（3組）" in house.visitor("jimu").get("/issue/" + "d" * 32).text


def test_the_pair_shows_the_row_of_the_addressee_not_a_copy_of_another_area(house):
    keys = house.data / "runs/0001-g1/keys"
    copy = pl.read_parquet(keys / "031/addressee.parquet").with_columns(address_town=pl.lit("写しの町"))
    (keys / "010").mkdir()
    copy.write_parquet(keys / "010/levy.parquet")
    page = house.visitor("ito").get("/issue/" + "f" * 32).text
    assert "写しの町" not in page
    assert "東町" in page
