"""Saving to boards: made by the first picture, listed, opened, emptied, and undone."""

import time
from collections.abc import Callable
from typing import Any

from tests.browser.conftest import WAIT_MS, Visit, expect


def save(page: Any, place: int, board: str) -> str:
    """Save the picture at a place, to a board that is there or to a new one."""
    card = page.locator(".card[data-item]").nth(place)
    card.hover()
    card.get_by_role("button", name="Save").click()
    known = page.locator("dialog .choice", has_text=board)
    page.locator("dialog .choices:not(:has(.quiet))").wait_for(state="attached")
    with page.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok):
        if known.count():
            known.click()
        else:
            page.get_by_label("Name of a new board").fill(board)
            page.keyboard.press("Enter")
    page.locator(".notice", has_text=f"Saved to {board}.").last.wait_for()
    item_id: str = card.get_attribute("data-item")
    return item_id


def cards(page: Any, board: str, what: str = "") -> Any:
    """The pictures on a board that is open, without those that belong there too."""
    return page.get_by_role("region", name=board, exact=True).locator(f".card[data-item] {what}".strip())


def test_boards_are_made_listed_opened_and_kept(visit: Visit) -> None:
    page = visit.open()
    saved = [save(page, place, "Weekend house & <garden>") for place in (0, 2, 3)]
    other = save(page, 1, "Shoes")
    expect(page.locator(".act.save.on")).to_have_count(4)
    assert {event["item_id"] for event in visit.told("save", 2)} <= {*saved, other}  # the last may still be undone
    page.get_by_role("link", name="Boards").click()
    page.locator(".covers img").nth(3).wait_for()
    visit.shot("boards-desk")
    page.reload()
    page.get_by_role("link", name="Weekend house & <garden>").wait_for()
    expect(page.locator(".board b")).to_have_text(["Shoes", "Weekend house & <garden>"])
    expect(page.locator(".board small")).to_have_text(["1 picture", "3 pictures"])
    page.get_by_role("link", name="Weekend house & <garden>").click()
    cards(page, "Weekend house & <garden>", "img.here").first.wait_for()
    shown = cards(page, "Weekend house & <garden>").evaluate_all("(all) => all.map((card) => card.dataset.item)")
    assert shown == saved[::-1]
    more = cards(page, "More for this board")
    more.locator(".reason", has_text="On 14 boards together with").first.wait_for()
    assert not set(shown) & set(more.evaluate_all("(all) => all.map((card) => card.dataset.item)"))
    visit.shot("board-more-desk")


def test_saving_and_taking_off_can_be_undone(visit: Visit) -> None:
    page = visit.open()
    save(page, 0, "Shoes")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".act.save.on")).to_have_count(0)
    page.get_by_role("link", name="For you").click()
    page.locator(".card img.here").first.wait_for()
    assert visit.told("save") == []
    page.get_by_role("link", name="Boards").click()
    page.get_by_role("heading", name="No boards yet").wait_for()
    visit.shot("no-boards-desk")
    page.get_by_role("link", name="Find pictures").click()
    page.locator(".card img.here").first.wait_for()
    saved = save(page, 1, "Shoes")
    page.goto(f"{visit.service.address}/#/boards/Shoes")
    cards(page, "Shoes", "img.here").hover()
    page.get_by_role("button", name="off this board").click()
    page.locator(".notice", has_text="Taken off Shoes.").get_by_role("button", name="Undo").click()
    expect(cards(page, "Shoes", "img.here")).to_have_count(1)
    visit.shot("board-open-desk")
    page.reload()
    expect(cards(page, "Shoes")).to_have_count(1)
    assert cards(page, "Shoes").get_attribute("data-item") == saved
    cards(page, "Shoes", "img.here").hover()
    page.get_by_role("button", name="off this board").click()
    page.get_by_role("link", name="Your boards").click()
    page.get_by_role("heading", name="No boards yet").wait_for()


def test_the_dialog_gives_the_focus_back_and_closes_by_escape(visit: Visit) -> None:
    page = visit.open()
    page.locator(".card a").first.focus()
    page.keyboard.press("s")
    page.get_by_role("dialog", name="Save to a board").wait_for()
    expect(page.get_by_label("Name of a new board")).to_be_focused()  # there is no other
    visit.shot("save-desk")
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    expect(page.locator(".card").first.locator(".act.save")).to_be_focused()


def test_a_board_is_deleted_once_that_is_confirmed(visit: Visit) -> None:
    page = visit.open()
    for place in (0, 1):
        save(page, place, "Board 2")
    save(page, 2, "Board 10")
    page.get_by_role("link", name="Boards").click()
    page.get_by_role("link", name="Board 2").click()
    cards(page, "Board 2", "img.here").nth(1).wait_for()
    delete = page.get_by_role("button", name="Delete board")
    dialog = page.get_by_role("dialog", name='Delete "Board 2"?')
    delete.click()
    expect(dialog).to_contain_text("Its 2 pictures stay; only the board goes.")
    visit.shot("delete-board-desk")
    dialog.get_by_role("button", name="Keep").click()
    expect(delete).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Escape")
    expect(delete).to_be_focused()
    expect(cards(page, "Board 2")).to_have_count(2)
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(dialog.get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".board b")).to_have_text(["Board 10"])
    expect(page.get_by_role("heading", name="Your boards")).to_be_focused()
    page.locator(".notice", has_text="Deleted Board 2.").wait_for()
    page.go_back()  # to where its address was opened, not to the board
    expect(page.locator(".board b")).to_have_text(["Board 10"])
    page.reload()
    expect(page.locator(".board b")).to_have_text(["Board 10"])
    page.get_by_role("link", name="Board 10").click()
    expect(cards(page, "Board 10")).to_have_count(1)


def test_a_board_that_cannot_be_deleted_stays(visit: Visit) -> None:
    visit.expected.append("ERR_INTERNET_DISCONNECTED")
    page = visit.open()
    save(page, 0, "Shoes")
    page.goto(f"{visit.service.address}/#/boards/Shoes")
    cards(page, "Shoes", "img.here").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Delete board").click()
    dialog = page.get_by_role("dialog", name='Delete "Shoes"?')
    expect(dialog).to_contain_text("Its 1 picture stays; only the board goes.")
    dialog.get_by_role("button", name="Delete").click()
    page.locator(".notice.failed", has_text="You are offline.").wait_for()
    expect(page.get_by_role("button", name="Delete board")).to_be_focused()
    expect(cards(page, "Shoes")).to_have_count(1)
    page.context.set_offline(False)
    page.get_by_role("button", name="off this board").press("Enter")
    expect(page.get_by_role("button", name="Delete board")).to_have_count(0)  # a board without pictures is none


def see_shoes(visit: Visit) -> tuple[Any, str]:
    """The page with a board that was opened, and the item on it; from then on there may be no connection."""
    visit.expected.append("ERR_INTERNET_DISCONNECTED")
    page = visit.open()
    saved = save(page, 0, "Shoes")
    page.get_by_role("link", name="Boards").click()
    page.get_by_role("link", name="Shoes").click()
    cards(page, "Shoes", "img.here").wait_for()
    return page, saved


def test_a_board_that_was_seen_opens_offline(visit: Visit) -> None:
    page, saved = see_shoes(visit)
    page.get_by_role("link", name="Your boards").click()
    page.context.set_offline(True)
    page.get_by_role("link", name="Shoes").click()
    expect(cards(page, "Shoes")).to_have_count(1)
    assert cards(page, "Shoes").get_attribute("data-item") == saved


def wait_until_kept(page: Any) -> None:
    deadline = time.monotonic() + WAIT_MS / 1000
    while page.evaluate("async () => (await (await caches.open('page')).keys()).length") == 0:
        assert time.monotonic() < deadline, "the page's files were not kept"
        page.wait_for_timeout(50)


def test_a_board_that_was_seen_opens_offline_after_a_reload(arrive: Callable[..., Visit]) -> None:
    page, saved = see_shoes(arrive(service_workers="allow"))
    wait_until_kept(page)
    page.context.set_offline(True)
    page.reload()
    expect(cards(page, "Shoes")).to_have_count(1)
    assert cards(page, "Shoes").get_attribute("data-item") == saved


def test_boards_are_offered_by_their_numbers(visit: Visit) -> None:
    page = visit.open()
    for place, name in enumerate(("Board 10", "Board 2", "Board 9", "Attic")):
        save(page, place, name)
    page.locator(".card a").first.focus()
    page.keyboard.press("s")
    expect(page.locator("dialog .choice b")).to_have_text(["Attic", "Board 2", "Board 9", "Board 10"])
