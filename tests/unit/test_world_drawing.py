"""The world's brushes: outlines, parts, palettes, patterns, designs and contact sheets, with answers known by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.project import root
from data.world.catalogue import CATEGORIES, design
from data.world.curves import box, ellipse, hull, mirrored, outline, ribbon, rounded
from data.world.home.solids import View
from data.world.light import MATERIALS, draw_light
from data.world.palettes import PALETTES, colours, distance, oklch, to_oklab
from data.world.parts import Part, bounds, flipped, moved
from data.world.patterns import PATTERNS, draw_pattern, texture
from data.world.pose import place
from data.world.render import paint
from data.world.sheet import contact_sheet, main
from data.world.titles import title


def area(points: np.ndarray) -> float:
    x, y = points.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def test_corners_give_straight_lines() -> None:
    square = outline([(0, 0, 1), (2, 0, 1), (2, 2, 1), (0, 2, 1)])
    assert square.tolist() == [[0, 0], [2, 0], [2, 2], [0, 2]]


def test_a_smooth_outline_passes_through_its_vertices_and_bulges_between() -> None:
    points = outline([(1, 0), (0, 1), (-1, 0), (0, -1)], detail=8)
    assert points[::8].round(9).tolist() == [[1, 0], [0, 1], [-1, 0], [0, -1]]
    assert 2 < area(points) < np.pi


def test_mirrored_outlines_are_symmetric() -> None:
    points = mirrored([(0, 0), (1, 0.2, 1), (0.5, 1), (0, 2)])
    left = sorted(map(tuple, (points * (-1, 1)).round(6) + 0.0))
    close = np.array(sorted(map(tuple, points.round(6) + 0.0)))
    assert points[:, 0].min() == pytest.approx(-points[:, 0].max())
    assert area(np.array(points[points[:, 0] >= -1e-9])) == pytest.approx(area(points) / 2, rel=0.02)
    assert len(left) == len(close)


def test_simple_areas() -> None:
    assert area(ellipse(3, 4, 2, 1)) == pytest.approx(2 * np.pi, rel=0.01)
    assert area(box(0, 0, 2, 1)) == 2
    assert 1.9 < area(rounded(box(0, 0, 2, 1), 0.2)) < 2
    assert area(ribbon(np.array([(0.0, 0), (1, 0), (2, 0)]), 0.5, cap=False)) == pytest.approx(1)
    assert area(hull(np.array([(0.0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5)]))) == pytest.approx(1)


def test_a_moved_part_takes_its_pattern_along() -> None:
    part = Part((box(0, 0, 1, 1),), axes=np.array([[2.0, 0, 0], [0, 2, 1]]))
    shift = moved(part, np.array([[0.0, -1, 5], [1, 0, 7]]))
    before, after = part.outlines[0], shift.outlines[0]
    assert part.axes is not None
    assert shift.axes is not None
    np.testing.assert_allclose(
        before @ part.axes[:, :2].T + part.axes[:, 2], after @ shift.axes[:, :2].T + shift.axes[:, 2], atol=1e-12
    )
    np.testing.assert_allclose(flipped(flipped(part)).outlines[0], before)


def test_oklch_agrees_with_published_values() -> None:
    # Ottosson's table: sRGB red is OKLab (0.628, 0.2249, 0.1258), white is (1, 0, 0).
    np.testing.assert_allclose(to_oklab(np.array([1, 0, 0], np.float32)), [0.628, 0.2249, 0.1258], atol=1e-3)
    np.testing.assert_allclose(oklch(1, 0, 0), [1, 1, 1], atol=2e-3)
    assert distance(oklch(0, 0, 0), oklch(1, 0, 0)) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("name", PALETTES)
def test_partners_stand_apart_from_the_main_colour(name: str) -> None:
    rng = np.random.default_rng(0)
    roles = [colours(name, rng) for _ in range(20)]
    assert all(colour.min() >= 0 and colour.max() <= 1 for role in roles for colour in role.values())
    assert np.mean([distance(role["main"], role["second"]) > 0.12 for role in roles]) > 0.9


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_show_their_inks(name: str) -> None:
    rng = np.random.default_rng(1)
    tints = colours("navy", rng)
    pattern = draw_pattern(name, tints, rng)
    v, u = np.meshgrid(*[np.linspace(-1, 1, 200, dtype=np.float32)] * 2, indexing="ij")
    image = texture(pattern, u, v, 0.01)
    assert image.shape == (200, 200, 3)
    assert image.min() >= 0
    assert image.max() <= 1
    from_ground = np.abs(image - tints["main"]).max(axis=2)
    if name == "solid":
        assert from_ground.max() == 0
    else:
        assert 0.03 < np.mean(from_ground > 0.1) < 0.97


def test_stripes_repeat_with_their_period() -> None:
    rng = np.random.default_rng(2)
    pattern = draw_pattern("dots", colours("red", rng), rng)
    u = np.linspace(0, 1, 50, dtype=np.float32)[None, :]
    v = np.zeros_like(u)
    np.testing.assert_allclose(
        texture(pattern, u, v, 0.02), texture(pattern, u + np.float32(3 * pattern.period), v, 0.02), atol=1e-3
    )


@pytest.mark.parametrize("category", CATEGORIES)
def test_designs_are_whole(category: str) -> None:
    for seed in range(6):
        thing = design(category, np.random.default_rng(seed))
        low, high = bounds(thing.shape.parts)
        assert np.isfinite([low, high]).all()
        assert (high - low).min() > 0.1
        assert all(part.material in MATERIALS for part in (*thing.shape.parts, *thing.shape.props))
        assert all(part.colour in thing.colours for part in (*thing.shape.parts, *thing.shape.props))
        assert thing.attributes["colour"] in title(thing).lower()
        assert all(isinstance(value, str) and value for value in thing.attributes.values())


def test_a_design_keeps_what_is_asked_for() -> None:
    thing = design("dress", np.random.default_rng(0), palette="teal", pattern="dots", stance="hung")
    assert (thing.attributes["colour"], thing.attributes["pattern"], thing.stance) == ("teal", "dots", "hung")
    assert thing.shape.props
    assert not design("dress", np.random.default_rng(0), stance="flat").shape.props


def test_paint_covers_where_the_place_says_and_leaves_the_rest() -> None:
    rng = np.random.default_rng(0)
    thing = design("pillow", rng, palette="red", pattern="solid", stance="flat")
    canvas = np.full((100, 100, 3), 0.9, np.float32)
    alpha = paint(canvas, thing, place(thing, (50.0, 50.0), 40.0), draw_light(rng), rng)
    rows, columns = np.nonzero(alpha > 0.5)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(40, abs=2)
    assert (rows.mean(), columns.mean()) == pytest.approx((50, 50), abs=1)
    assert canvas[:5].min() == np.float32(0.9)
    assert canvas[50, 50, 0] > canvas[50, 50, 2] + 0.2


def test_views_keep_uprights_upright_and_the_near_low() -> None:
    view = View(0.4, 0.3)
    feet = view.project(np.array([(0.0, 0, 0), (0, 1, 0), (0, 0, 1)]))
    assert feet[1, 0] == feet[0, 0]
    assert feet[1, 1] < feet[0, 1] < feet[2, 1]


def test_contact_sheet() -> None:
    pictures = [np.full((8, 10, 3), value, np.uint8) for value in (10, 20, 30)]
    sheet = contact_sheet(pictures, 2, gap_px=2)
    assert sheet.size == (2 * 12 + 2, 2 * 10 + 2)
    assert sheet.getpixel((2, 12)) == (30, 30, 30)
    with pytest.raises(ValueError, match="given 0 and 2"):
        contact_sheet([], 2)


def test_a_sheet_of_the_world(tmp_path: Path) -> None:
    main([str(tmp_path / "world.png"), "--objects", "2", "--scenes", "1", "--size-px", "64", "--columns", "3"])
    with Image.open(tmp_path / "world.png") as sheet:
        assert sheet.size == (3 * 68 + 4, 72)


def test_the_documented_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (root() / "docs" / "world.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, "docs/world.md", "exec"), names)  # noqa: S102  # it is our own
    assert (tmp_path / "world.png").stat().st_size > 100_000
    assert getattr(names["thing"], "category", None) == "dress"
