"""The pages in Debian's chromium: every page, every kind of decision, keys alone, a narrow screen."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn

pytestmark = pytest.mark.long

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct-horse-9"


@pytest.fixture(scope="module")
def chromium():
    if not CHROMIUM.exists():
        if os.environ.get("IKOU_REQUIRE_TOOLS") == "1":
            pytest.fail("chromium is missing")
        pytest.skip("chromium (Debian: chromium) is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def served(house):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(house.app, port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)


class Person:
    """Somebody at a browser; whatever the page complains about in its console is kept."""

    def __init__(self, chromium, address, login, *, width=1440, height=900):
        self.context = chromium.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.address, self.complaints, self.outside = address, [], []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda r: None if r.url.startswith(address) else self.outside.append(r.url))
        self.open("/login")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_selector("header.top")

    def open(self, path):
        self.page.goto(self.address + path)
        return self.page

    def heading(self):
        return self.page.inner_text("h1")

    def done(self):
        assert self.complaints == []
        assert self.outside == []
        self.context.close()


@pytest.fixture
def person(chromium, served):
    return lambda login, **size: Person(chromium, served, login, **size)


def decide(page, number, reason="戸籍で確認", **fields):
    page.click(f"label.answer >> nth={number - 1}")
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    page.fill("[name=reason]", reason)
    page.click("[data-submit]")
    page.wait_for_load_state()


def test_every_page_opens_without_a_word_from_the_console(person, house):
    clerk, office = person("suzuki"), person("jimu")
    for path in ("/", "/queue", "/queue?state=*", "/glyphs", "/approvals", "/decisions", "/account",
                 "/queue?shelter=1", "/issue/" + house.issue("NAM-013"), "/issue/" + house.issue("DAT-003"),
                 "/glyph?source=jumin/jumin_east&code=F0A1"):
        clerk.open(path)
        assert clerk.heading()
    for path in ("/", "/accounts", "/log", "/approvals", "/issue/" + "f" * 32):
        office.open(path)
        assert office.heading()
    clerk.done()
    office.done()


def test_a_day_of_two_clerks(person, house):
    """Each kind of decision by one, approval and rejection by the other, undo."""
    one, other = person("tanaka"), person("suzuki")
    page = one.open("/issue/" + house.issue("NAM-013"))
    decide(page, 1)
    assert "起案しました" in page.inner_text("main")
    decide(one.open("/issue/" + house.issue("ADR-014", 1)), 2, value="マーカー荘")
    decide(one.open("/issue/" + house.issue("HSE-003", 4)), 2)
    decide(one.open("/issue/" + house.issue("DAT-003")), 1, value="3640107")
    decide(one.open("/issue/" + house.issue("MOJ-007", 4)), 3, expires="2026-06-30")
    page = one.open("/glyph?source=jumin/jumin_east&code=F0A1")
    page.fill("[name=value]", "邉")
    assert page.inner_text(".glyph-preview") == "邉"
    page.click("text=デザイン差")
    page.fill("[name=reason]", "告知書の字形")
    page.click("[data-submit]")
    page.wait_for_selector(".notice.good")
    kinds = house.decisions()["kind"].to_list()
    assert kinds == ["adopt_candidate", "replace_with", "accept_as_is", "send_back", "waive", "identify_glyph"]
    page = one.open("/approvals")
    assert page.locator("td.pick input").count() == 0
    page = other.open("/approvals")
    assert page.inner_text("nav .count") == "6"
    page.click("[data-pick-all]")
    page.fill("[name=reference]", "市民第12号")
    page.click("[data-submit]")
    page.wait_for_selector(".notice.good")
    assert set(house.decisions()["state"]) == {"approved"}
    page = one.open("/decisions")
    page.click("details.undo summary >> nth=0")
    page.fill("details.undo[open] [name=reason]", "読み違い")
    page.click("details.undo[open] button")
    page.wait_for_selector(".notice.good")
    page = other.open("/approvals")
    page.click("[data-pick-all]")
    page.fill("[name=reason]", "根拠が足りない")
    page.click("button[value=reject]")
    page.wait_for_selector(".notice.good")
    assert house.decisions()["state"].to_list()[-1] == "rejected"
    one.done()
    other.done()


def test_a_policy_is_previewed_in_the_page_before_it_is_proposed(person, house):
    clerk = person("tanaka")
    page = clerk.open("/issue/" + house.issue("ADR-014", 1))
    page.click("label.answer >> nth=0")
    page.click("details.scope summary")
    page.click("text=型に合う値すべて")
    page.fill("[name=pattern]", "^東町[0-9]+号$")
    page.fill("[name=reason]", "方針")
    page.click("text=対象を確かめる")
    page.wait_for_selector("#reach .preview")
    assert "55 件" in page.inner_text("#reach")
    page.click("[data-submit]")
    page.wait_for_selector(".notice.good")
    assert house.decisions().row(0, named=True)["scope"] == "pattern"
    clerk.done()


def test_a_bulk_decision_is_previewed_and_proposed(person, house):
    clerk = person("tanaka")
    page = clerk.open("/queue?rule=ADR-014")
    page.click("details.bulk-form summary")
    page.select_option("[name=selection]", "all")
    page.select_option(".bulk-form [name=kind]", "adopt_candidate")
    page.fill(".bulk-form [name=reason]", "一覧で確認")
    page.click("text=変わるところを確かめる")
    page.wait_for_selector("#bulk-preview .preview")
    page.click("text=この内容で起案する")
    page.wait_for_selector(".notice.good")
    assert house.decisions().height == 56
    clerk.done()


def test_facets_change_the_list_in_place_and_the_address_with_it(person):
    clerk = person("tanaka")
    page = clerk.open("/queue")
    page.click(".facets input[name=rule][value=ADR-006]")
    page.wait_for_url("**rule=ADR-006**")
    page.wait_for_selector(".total b:text-is('6')")
    page.reload()
    assert page.inner_text(".total b") == "6"
    clerk.done()


def test_a_pair_is_linked(person, house):
    clerk = person("ito")
    page = clerk.open("/issue/" + "f" * 32)
    assert page.locator(".pair tr.same").count() > 0
    decide(page, 1)
    assert house.decisions().row(0, named=True)["value"] == "0000009001>0000000102"
    clerk.done()


def test_keys_alone(person, house):
    clerk = person("tanaka")
    page = clerk.open("/")
    page.keyboard.type("gq")
    page.wait_for_url("**/queue")
    for key in "jjk":
        page.keyboard.press(key)
    assert page.locator("tr.current").count() == 1
    page.keyboard.press("x")
    assert page.locator("td.pick input:checked").count() == 1
    page.keyboard.press("/")
    page.keyboard.type("NAM-013")
    page.keyboard.press("Enter")
    page.wait_for_selector(".total b:text-is('2')")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/issue/**")
    first = page.url
    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.type("戸籍で確認")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != first)
    assert house.decisions().row(0, named=True)["kind"] == "adopt_candidate"
    page.keyboard.press("u")
    page.wait_for_url("**/queue**")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.type("ga")
    page.wait_for_url("**/approvals")
    clerk.done()


def test_a_narrow_screen_needs_no_sideways_scrolling(person, house):
    clerk = person("suzuki", width=390, height=844)
    for path in ("/", "/queue", "/issue/" + house.issue("NAM-013"), "/glyphs", "/approvals", "/decisions", "/account"):
        page = clerk.open(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
    clerk.done()


def test_the_pages_work_without_their_script(chromium, served, house):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(served + "/login")
    page.fill("[name=login]", "tanaka")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.goto(served + "/issue/" + house.issue("NAM-013"))
    page.click("label.answer >> nth=0")
    page.fill("[name=reason]", "戸籍で確認")
    page.click("[data-submit]")
    page.wait_for_load_state()
    assert house.decisions()["kind"].to_list() == ["adopt_candidate"]
    context.close()


def test_each_role_finds_the_links_it_may_follow(person):
    expected = {
        "jimu": ["概況", "一覧", "外字", "承認", "判断の記録", "アカウント", "操作ログ"],
        "tanaka": ["概況", "一覧", "外字", "承認", "判断の記録"],
        "suzuki": ["概況", "一覧", "外字", "承認", "判断の記録", "支援措置"],
        "kato": ["概況", "一覧", "外字", "判断の記録"],
        "sasaki": ["概況", "一覧", "外字", "判断の記録"],
    }
    for login, links in expected.items():
        visitor = person(login)
        assert [text.split("\n")[0].strip() for text in visitor.page.locator("header nav a").all_inner_texts()] == links
        visitor.done()
