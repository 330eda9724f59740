"""What no page may do is noticed, or the other tests would prove less than they say."""

import pytest
from playwright.sync_api import Browser

from support.browser import Browsing
from support.cloud import Cloud


@pytest.mark.parametrize(
    ("misdeed", "noticed"),
    [
        ("document.body.setAttribute('style', 'color: red')", "CSP: style-src-attr"),
        ("document.body.setAttribute('onclick', '1'), document.body.click()", "CSP: script-src"),
        ("fetch('http://127.0.0.1:9/').catch(() => null)", "CSP: connect-src"),
        ("fetch('/nowhere').then(() => null)", "/nowhere"),
        ("void setTimeout(() => { throw Error('nobody caught me') })", "nobody caught me"),
        ("console.error('it went wrong')", "it went wrong"),
    ],
)
def test_what_a_page_may_not_do_is_noticed(
    browser: Browser, cloud: Cloud, misdeed: str, noticed: str
) -> None:
    browsing = Browsing(browser, cloud.url)
    page = browsing.page()
    page.goto("/")
    assert browsing.faults == []

    page.evaluate(misdeed)
    page.wait_for_load_state("networkidle")
    browsing.close()

    assert any(noticed in fault for fault in browsing.faults), browsing.faults
