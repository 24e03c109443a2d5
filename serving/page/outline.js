/** The outline of a mask: COCO's run-length encoding as the path of an SVG, in shares of the picture's sides. */

const SLACK = 1.1; // pixels of the mask by which a corner may be cut: steps of single pixels become lines

/** The `d` of a path, around the mask and its holes; the picture is 1 wide and 1 high. */
export function outlineOf({ size: [height, width], counts }) {
  const inside = decoded(counts, width, height);
  return loops(inside, width, height)
    .map((loop) => simplified(loop))
    .filter((loop) => loop.length > 2)
    .map((loop) => `M${loop.map(([x, y]) => `${short(x / width)} ${short(y / height)}`).join("L")}Z`)
    .join("");
}

const short = (share) => String(Math.round(share * 1e4) / 1e4);

/** A byte a pixel, column by column as the runs go, with a rim of zeros around. */
function decoded(counts, width, height) {
  const inside = new Uint8Array((width + 2) * (height + 2));
  let at = 0;
  let value = 0;
  for (const count of counts) {
    for (const end = Math.min(at + count, width * height); at < end; at += 1) {
      if (value) inside[((at / height) | 0) * (height + 2) + height + 2 + (at % height) + 1] = 1;
    }
    value = 1 - value;
  }
  return inside;
}

/** Closed ways along the edges between pixels, the mask on their right. */
function loops(inside, width, height) {
  const is = (x, y) => inside[(x + 1) * (height + 2) + y + 1];
  const next = new Map(); // corner to the corners that edges lead to
  const key = (x, y) => y * (width + 1) + x;
  const edge = (fromX, fromY, toX, toY) => {
    const from = key(fromX, fromY);
    if (next.has(from)) next.get(from).push(key(toX, toY));
    else next.set(from, [key(toX, toY)]);
  };
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      if (!is(x, y)) continue;
      if (!is(x, y - 1)) edge(x, y, x + 1, y);
      if (!is(x + 1, y)) edge(x + 1, y, x + 1, y + 1);
      if (!is(x, y + 1)) edge(x + 1, y + 1, x, y + 1);
      if (!is(x - 1, y)) edge(x, y + 1, x, y);
    }
  }
  const found = [];
  for (const start of next.keys()) {
    while (next.get(start).length) {
      const loop = [];
      let at = start;
      do {
        loop.push([at % (width + 1), Math.floor(at / (width + 1))]);
        at = next.get(at).pop();
      } while (at !== start);
      found.push(loop);
    }
  }
  return found;
}

/** The loop with fewer corners, by Douglas and Peucker from its two most distant points on. */
function simplified(loop) {
  let far = 0;
  for (let place = 1; place < loop.length; place += 1) {
    if (apart(loop[0], loop[place]) > apart(loop[0], loop[far])) far = place;
  }
  return [...reduced(loop.slice(0, far + 1)), ...reduced([...loop.slice(far), loop[0]])];
}

/** All points of a way that count, but for its last. */
function reduced(way) {
  const [first, last] = [way[0], way.at(-1)];
  let most = 0;
  let at = 0;
  for (let place = 1; place < way.length - 1; place += 1) {
    const distance = aside(way[place], first, last);
    if (distance > most) [most, at] = [distance, place];
  }
  if (most <= SLACK) return [first];
  return [...reduced(way.slice(0, at + 1)), ...reduced(way.slice(at))];
}

const apart = ([ax, ay], [bx, by]) => (ax - bx) ** 2 + (ay - by) ** 2;

function aside(point, first, last) {
  const length = Math.sqrt(apart(first, last));
  if (!length) return Math.sqrt(apart(point, first));
  const [[x, y], [ax, ay], [bx, by]] = [point, first, last];
  return Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
}

/** The point of the mask that is nearest to the middle of its box; both are in shares of the sides. */
export function middleOf({ size: [height, width], counts }, box) {
  const aim = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  let best = aim;
  let least = Infinity;
  let at = 0;
  counts.forEach((count, place) => {
    if (place % 2) {
      for (let pixel = at; pixel < at + count; pixel += 1) {
        const here = [(Math.floor(pixel / height) + 0.5) / width, ((pixel % height) + 0.5) / height];
        const distance = apart(here, aim);
        if (distance < least) [least, best] = [distance, here];
      }
    }
    at += count;
  });
  return best;
}
