"""Saving to boards: made by the first picture, listed, opened, emptied, and undone."""

from typing import Any

from tests.browser.conftest import Visit, expect


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
    page.locator(".card img.here").first.wait_for()
    shown = page.locator(".card").evaluate_all("(all) => all.map((card) => card.dataset.item)")
    assert shown == saved[::-1]


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
    page.locator(".card img.here").hover()
    page.get_by_role("button", name="off this board").click()
    page.locator(".notice", has_text="Taken off Shoes.").get_by_role("button", name="Undo").click()
    expect(page.locator(".card img.here")).to_have_count(1)
    visit.shot("board-open-desk")
    page.reload()
    expect(page.locator(".card[data-item]")).to_have_count(1)
    assert page.locator(".card").get_attribute("data-item") == saved
    page.locator(".card img.here").hover()
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
