"""A person who has no mouse: goes on with Tab, chooses with Space and arrows, presses with Enter."""

from playwright.async_api import Locator, Page, expect

from tests.browser import DESKTOP, PHONE, axe, overflow

FARTHEST = 200


class Keyboard:
    """Uses `page` by its keyboard alone. `looked_at` are the addresses of all pages that were found faultless."""

    def __init__(self, page: Page, *, javascript: bool = True) -> None:
        self.page = page
        self._javascript = javascript
        self.looked_at: list[str] = []

    async def tab_to(self, target: Locator) -> None:
        """AssertionError if Tab does not come there."""
        for _ in range(FARTHEST):
            if await target.evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {target}")

    async def press(self, target: Locator) -> None:
        """A link or a button; what it leads to is loaded when this returns."""
        await self.tab_to(target)
        async with self.page.expect_navigation(wait_until="load"):
            await self.page.keyboard.press("Enter")

    async def choose(self, name: str, steps: int) -> None:
        """In a group of radio buttons: the first with Space, then so many further with the arrow."""
        group = self.page.locator(f"input[type=radio][name='{name}']")
        await self.tab_to(group.first)
        await self.page.keyboard.press("Space")
        for _ in range(steps):
            await self.page.keyboard.press("ArrowDown")
        await expect(group.nth(steps)).to_be_checked()

    async def answer_every_question(self) -> None:
        """Each group of radio buttons in turn, not always with the same answer."""
        names: list[str] = await self.page.locator("input[type=radio]").evaluate_all(
            "inputs => [...new Set(inputs.map(input => input.name))]"
        )
        for place, name in enumerate(names):
            await self.choose(name, place % 3)

    async def type(self, target: Locator, text: str) -> None:
        await self.tab_to(target)
        await self.page.keyboard.type(text)

    async def look(self) -> None:
        """On a desktop and on a phone: nothing that axe, itself a script, complains of, and no scrolling sideways."""
        for width in (PHONE, DESKTOP):
            await self.page.set_viewport_size({"width": width, "height": 900})
            if self._javascript:
                assert await axe(self.page) == [], f"{self.page.url} at {width} pixels"
            assert await overflow(self.page) <= 0, f"{self.page.url} at {width} pixels"
        self.looked_at.append(self.page.url)
