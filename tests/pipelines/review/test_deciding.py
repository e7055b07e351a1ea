"""Every kind of decision through the pages: proposed, previewed, approved by another, undone."""

from __future__ import annotations

import io

import fastexcel
import polars as pl
import pytest

from pipelines.ledger.events import EVERY_VALUE


def propose(house, login, issue, **fields):
    client = house.visitor(login)
    return house.post(client, f"/issue/{issue}/decide", **({"scope": "record", "reason": "戸籍で確認"} | fields))


def last(house):
    return house.decisions().row(-1, named=True)


@pytest.mark.parametrize(
    ("rule", "person", "fields", "expected"),
    [
        ("NAM-013", 0, {"kind": "adopt_candidate"}, ("adopt_candidate", "record", "キョウコ")),
        ("NAM-013", 0, {"kind": "replace_with", "value": "キヨコ"}, ("replace_with", "record", "キヨコ")),
        ("NAM-013", 0, {"kind": "accept_as_is", "value": "x"}, ("accept_as_is", "record", None)),
        ("NAM-013", 0, {"kind": "send_back"}, ("send_back", "record", None)),
        ("DAT-003", 0, {"kind": "send_back", "value": "3640107"}, ("send_back", "record", "3640107")),
        ("DAT-003", 0, {"kind": "waive", "expires": "2026-06-30"}, ("waive", "record", None)),
    ],
)
def test_each_kind_on_one_issue(house, rule, person, fields, expected):
    issue = house.issue(rule, person)
    answer = propose(house, "tanaka", issue, **fields)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/issue/")
    row = last(house)
    assert (row["kind"], row["scope"], row["value"]) == expected
    assert (row["proposer"], row["state"], row["generation"]) == ("tanaka", "proposed", "g1")
    assert house.desk.store().one(issue)["state"] == "起案中"


@pytest.mark.parametrize(
    ("rule", "fields", "message"),
    [
        ("DAT-003", {"kind": "adopt_candidate"}, "選べない回答"),
        ("DAT-003", {"kind": "replace_with", "value": "x"}, "選べない回答"),
        ("NAM-013", {"kind": "replace_with"}, "新しい値"),
        ("NAM-013", {"kind": "waive"}, "いつまで"),
        ("NAM-013", {"kind": "waive", "expires": "来週"}, "2026-05-29 のように"),
        ("NAM-013", {"kind": "accept_as_is", "reason": " "}, "根拠"),
        ("NAM-013", {"kind": "link_to", "link": "1>2"}, "選べない回答"),
        ("NAM-013", {"kind": "undo"}, "選べない回答"),
        ("NAM-013", {}, "回答を選んで"),
        ("NAM-013", {"kind": "send_back", "scope": "everything"}, "範囲"),
    ],
)
def test_answers_that_are_refused_say_why(house, rule, fields, message):
    answer = propose(house, "tanaka", house.issue(rule), **fields)
    assert answer.status_code == 400
    assert message in answer.text
    assert house.decisions().is_empty()


def test_a_pair_is_linked_or_told_apart(house):
    page = house.visitor("ito").get("/issue/" + "f" * 32).text
    for shown in ("同一人とみる手がかり", "反証", "つながる組（2組）", "カナと生年月日が同じ", "フリガナが同じ"):
        assert shown in page
    link = "0000009001>0000000102"
    assert propose(house, "ito", "f" * 32, kind="link_to", link=link).status_code == 303
    assert (last(house)["kind"], last(house)["value"]) == ("link_to", link)
    assert propose(house, "ito", "f" * 32, kind="not_duplicate").status_code == 303
    assert (last(house)["kind"], last(house)["supersedes"]) == ("not_duplicate", "D00000001")
    answer = house.post(house.visitor("ito"), "/assign", issue="e" * 32, owner="ito", state="調査中")
    assert answer.status_code == 303
    assert house.desk.store().one("e" * 32)["work_state"] == "調査中"


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("0000000102>0000009001", "住登外の番号へは紐付けられません"),
        ("0000009001>0000009002", "この組の宛名番号から"),
        ("0000009001>0000009001", "この組の宛名番号から"),
        ("", "名寄せ元と名寄せ先の宛名番号を選んで"),
    ],
)
def test_a_link_is_between_the_two_and_never_away_from_the_register(house, link, message):
    answer = propose(house, "ito", "f" * 32, kind="link_to", link=link)
    assert answer.status_code == 400
    assert message in answer.text
    assert house.decisions().is_empty()


def test_people_told_apart_are_not_offered_a_link():
    from pipelines.review.decision_forms import answers_to

    kinds = {
        rule: [a.kind for a in answers_to({"rule_id": rule, "subject": "1|9"}, duplicate=True)]
        for rule in ("DUP-003", "DUP-006")
    }
    assert kinds["DUP-003"][0] == "link_to"
    assert "link_to" not in kinds["DUP-006"]
    assert "not_duplicate" in kinds["DUP-006"]


def test_candidates_of_pairs_are_not_adopted_in_bulk():
    """Adopting would close the question and link nobody."""
    from pipelines.review.accounts import Account
    from pipelines.review.decision_forms import Form, bulk_of

    rows = pl.DataFrame({
        "issue_id": ["a" * 32, "b" * 32], "certified": [False, False], "candidate": ["1", "キョウコ"],
        "rule_id": ["DUP-003", "NAM-013"], "rule_version": [2, 1], "value_hash": ["h", "h"], "number": ["9", "9"],
    })
    bulk = bulk_of(rows, Form("adopt_candidate", "確認済"), Account("ito", "伊藤", "department", ("031",)),
                   generation="g1", live={})
    assert [said.issue_id for said in bulk.taken] == ["b" * 32]
    assert list(bulk.left) == ["重複の組は、1件ずつ紐付けるか別人とするかを判断します"]


def test_a_decision_that_no_longer_holds_stands_above_the_pair(house):
    path = house.data / "runs/0001-g1/issues/031.parquet"
    issues = pl.read_parquet(path)
    told = "判断D00000007（別人（重複でない））は失効: 住所が変わった；カナが一致／反証: 性別が相違"
    issues.with_columns(evidence=pl.lit(told)).write_parquet(path)
    page = house.visitor("ito").get("/issue/" + "f" * 32).text
    assert "前の判断は失効" in page
    assert "<li>判断D00000007" not in page
    assert "<li>カナが一致</li>" in page
    assert "<li>性別が相違</li>" in page


def test_a_glyph_is_identified_by_code_and_class(house):
    client = house.visitor("tanaka")
    page = client.get("/glyph?source=jumin/jumin_east&code=F0A1").text
    assert "渡邉　一郎" in page
    fields = {"source": "jumin/jumin_east", "code": "F0A1", "value": "MJ026193", "class": "デザイン差",
              "reason": "告知書の字形と一致"}
    for wrong in ({"class": "該当なし"}, {"value": "渡辺さん"}, {"reason": ""}):
        assert house.post(client, "/glyph/decide", **(fields | wrong)).status_code == 400
    assert house.post(client, "/glyph/decide", **fields).status_code == 303
    row = last(house)
    assert (row["kind"], row["value"], row["evidence"]) == ("identify_glyph", "MJ026193", "デザイン差")
    assert row["selector"] == '{"code":"F0A1","source":"jumin/jumin_east"}'
    assert house.post(client, "/glyph/decide", **(fields | {"value": "邉"})).status_code == 303
    assert last(house)["supersedes"] == row["id"]


def test_a_value_and_a_pattern_are_previewed_and_need_the_previewed_count(house):
    issue, client = house.issue("ADR-014", 1), house.visitor("tanaka")
    fields = {"kind": "adopt_candidate", "scope": "pattern", "pattern": "^東町[0-9]+号$", "reason": "方針"}
    page = house.post(client, f"/issue/{issue}/preview", **fields).text
    assert "<b>55</b> 件" in page
    assert propose(house, "tanaka", issue, **fields, touched="54").status_code == 400
    assert propose(house, "tanaka", issue, **fields, touched="55").status_code == 303
    row = last(house)
    assert (row["scope"], row["value"]) == ("pattern", None)
    assert "東町" in row["selector"]
    value = {"kind": "replace_with", "scope": "value", "value": "マーカー荘", "reason": "現地確認", "touched": "1"}
    assert propose(house, "tanaka", issue, **value).status_code == 303
    assert (last(house)["kind"], last(house)["scope"], last(house)["value"]) == ("map_value", "value", "マーカー荘")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"scope": "pattern", "pattern": "東町"}, "^ で始まり"),
        ({"scope": "pattern", "pattern": "^(?=x)$"}, "RE2"),
        ({"scope": "pattern", "pattern": EVERY_VALUE, "everywhere": "1"}, "ほかの主管課"),
    ],
)
def test_wide_answers_that_are_refused(house, fields, message):
    issue, client = house.issue("ADR-014", 1), house.visitor("tanaka")
    page = house.post(client, f"/issue/{issue}/preview", kind="accept_as_is", reason="方針", **fields).text
    assert message in page


def approve(house, login, *ids, **fields):
    return house.post(house.visitor(login), "/approvals", decision=list(ids), **({"verdict": "approve"} | fields))


def test_the_proposer_cannot_approve_another_can_and_the_next_state_shows(house):
    issue = house.issue("NAM-013")
    propose(house, "tanaka", issue, kind="adopt_candidate")
    assert approve(house, "tanaka", "D00000001", reason="可").status_code == 400
    assert approve(house, "ito", "D00000001", reason="可").status_code == 400
    assert approve(house, "suzuki", "D00000001").status_code == 400
    assert approve(house, "suzuki", "D00000001", reason="可").status_code == 303
    assert house.desk.store().one(issue)["state"] == "承認済"
    assert last(house)["approver"] == "suzuki"
    assert approve(house, "suzuki", "D00000001", reason="可").status_code == 400


def test_the_office_records_a_decision_number_only(house):
    propose(house, "tanaka", house.issue("NAM-013"), kind="adopt_candidate")
    assert approve(house, "jimu", "D00000001", reason="課長に聞いた").status_code == 400
    assert approve(house, "jimu", "D00000001", reference="市民第12号").status_code == 303
    assert last(house)["decided_reference"] == "市民第12号"


def test_a_rejected_answer_is_asked_again(house):
    issue = house.issue("NAM-013")
    propose(house, "tanaka", issue, kind="adopt_candidate")
    assert approve(house, "suzuki", "D00000001", reason="根拠が足りない", verdict="reject").status_code == 303
    assert house.desk.store().one(issue)["state"] == "却下"


def test_two_policies_on_one_value_cannot_both_be_approved(house):
    issue = house.issue("ADR-014", 1)
    wide = {"kind": "accept_as_is", "scope": "pattern", "reason": "方針"}
    propose(house, "tanaka", issue, **wide, pattern="^東町.*$", touched="55")
    assert approve(house, "suzuki", "D00000001", reason="可").status_code == 303
    answer = propose(house, "tanaka", issue, **wide, pattern="^.*号$", touched="55")
    assert "D00000001" in answer.text
    assert house.decisions().height == 1


def test_undo_takes_back_a_waiting_answer_at_once_and_an_approved_one_with_consent(house):
    issue = house.issue("NAM-013")
    propose(house, "tanaka", issue, kind="adopt_candidate")
    client = house.visitor("tanaka")
    assert house.post(client, "/decisions/D00000001/undo", reason=" ").status_code == 400
    assert house.post(client, "/decisions/D00000001/undo", reason="誤り").status_code == 303
    assert house.desk.store().one(issue)["state"] == "未判断"
    propose(house, "tanaka", issue, kind="accept_as_is")
    approve(house, "suzuki", "D00000003", reason="可")
    assert house.post(client, "/decisions/D00000003/undo", reason="誤り").status_code == 303
    assert house.desk.store().one(issue)["state"] == "承認済"
    assert approve(house, "suzuki", "D00000005", reason="可").status_code == 303
    assert house.desk.store().one(issue)["state"] == "未判断"
    assert house.post(house.visitor("ito"), "/decisions/D00000003/undo", reason="x").status_code == 403


def test_many_issues_at_once_with_a_preview_of_what_changes(house):
    client = house.visitor("tanaka")
    fields = {"selection": "all", "rule": ["ADR-014", "DAT-003"], "kind": "adopt_candidate", "reason": "一覧で確認"}
    page = house.post(client, "/queue/preview", **fields).text
    assert "<b>56</b> 件" in page
    assert "住民票記載事項のため" in page
    assert "秘密荘" not in page
    mark = page.split('name="mark" value="')[1].split('"')[0]
    assert house.post(client, "/queue/propose", **fields, mark="0" * 64).status_code == 400
    assert house.post(client, "/queue/propose", **fields, mark=mark).status_code == 303
    assert house.decisions().height == 56
    assert set(house.decisions()["kind"]) == {"adopt_candidate"}
    picked = house.post(client, "/queue/preview", selection="picked", kind="waive", reason="x").text
    assert "行を選んで" in picked
    one = house.post(client, "/queue/preview", selection="picked", issue=house.issue("NAM-013"), kind="waive",
                     reason="x", expires="2026-07-01").text
    assert "<b>1</b> 件" in one


def test_facets_narrow_and_count(house):
    store = house.desk.store()
    client = house.visitor("tanaka")
    page = client.get("/queue?rule=ADR-006").text
    assert "<b>6</b> 件" in page
    assert client.get("/queue?severity=E&blocks=release").text.count("data-row=") == 2
    listed = client.get("/queue?rule=ADR-006", headers={"HX-Request": "true", "HX-Target": "list"}).text
    assert "<html" not in listed
    assert dict(store.facets(house.desk.seen_by(house.desk.accounts.find("tanaka")))["rule"])["ADR-006"] == 6


def test_a_list_as_excel_is_text_and_shows_no_more_than_the_page(house):
    book = house.visitor("tanaka").get("/queue.xlsx?state=*").content
    rows = fastexcel.read_excel(io.BytesIO(book).read()).load_sheet(0, header_row=None, dtypes="string").to_polars()
    cells = [str(cell) for row in rows.iter_rows() for cell in row if cell]
    assert "=1+1" in cells
    assert "@SUM(1)" in cells
    assert b"<f>" not in book
    assert not [cell for cell in cells if "秘密" in cell or "123456789018" in cell]
    for login in ("kato", "jimu"):
        other = house.visitor(login).get("/queue.xlsx?state=*").content
        told = fastexcel.read_excel(other).load_sheet(0, header_row=None, dtypes="string").to_polars()
        assert not [c for row in told.iter_rows() for c in row if c and ("髙橋" in c or "0000000101" in c)]


def test_a_newer_run_is_shown_with_the_decisions_made_before(house, make_run):
    issue = house.issue("NAM-013")
    propose(house, "tanaka", issue, kind="accept_as_is")
    approve(house, "suzuki", "D00000001", reason="可")
    client = house.visitor("tanaka")
    assert "0001-g1" in client.get("/queue").text
    make_run(house.data, "0002-g2", generation="g2")
    page = client.get(f"/issue/{issue}").text
    assert "0002-g2" in page
    assert "同じ値" in page
    assert house.desk.store().one(issue)["state"] == "承認済"


def test_decisions_by_another_process_are_seen(house):
    from pipelines.ledger import Approval, Proposal, open_ledger

    issue = house.desk.store().one(house.issue("NAM-013"))
    with open_ledger(house.data) as other:
        (id_,) = other.propose([Proposal(
            "NAM-013", 1, "", "", "accept_as_is", "yamada", "方針", scope="pattern",
            selector={"item": "氏名_フリガナ", "pattern": EVERY_VALUE},
        )], at=house.clock())
        assert house.desk.store().one(issue["issue_id"])["state"] == "起案中"
        other.decide([Approval(id_, "課長", reason="可")], at=house.clock())
    states = house.desk.store().matchable(house.desk.seen_by(house.desk.accounts.find("tanaka")))
    assert states.filter(pl.col("rule_id") == "NAM-013")["state"].to_list() == ["承認済", "承認済"]
