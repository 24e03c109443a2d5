/** Pictures made of an item: variations of it, and other backgrounds behind it, with the mask to adjust. */

import { Failure, cancelMaking, followMaking, madePicture, putMade, startMaking } from "./api.js";
import { button, element } from "./element.js";
import { notice } from "./notices.js";
import { address, go } from "./router.js";

const WHITE = 235; // the darkest channel of a white backdrop
const TINT = [230, 0, 35, 120]; // of what is made anew
const BRUSH_PX = 14; // half as wide as what a stroke draws, on the screen
const DRAW = "The tinted part is made anew. Draw on the picture to change it.";

/** The two buttons of an item's page. */
export const makeButtons = (item) => [
  button("plus", "Make a variation", (event) => openMake(item, "generate", event.currentTarget)),
  button("crop", "New background", (event) => openMake(item, "background", event.currentTarget)),
];

async function openMake(item, task, from) {
  if (document.querySelector("dialog[open]")) return;
  let job = null;
  let stop = null;
  const isBackground = task === "background";
  const title = isBackground ? "New background" : "Make a variation";
  const stage = element("div", { class: "making-stage" });
  const before = element("img", { src: item.picture, alt: `Before: ${item.title}`, crossorigin: "anonymous" });
  const mask = element("canvas", { "aria-label": "What is made anew is tinted", role: "img" });
  stage.append(before, isBackground ? mask : "");
  const white = element("input", { type: "range", min: 128, max: 254, value: WHITE, "aria-label": "How white the background is" });
  const keeps = element("input", { type: "checkbox" });
  const tools = element(
    "div",
    { class: "row" },
    element("label", {}, "Background ", white),
    element("label", {}, keeps, " Draw what stays"),
  );
  const words = element("input", { type: "text", maxlength: 200, placeholder: "What it should be like", "aria-label": "What it should be like" });
  const status = element("p", { role: "status", class: "quiet" }, isBackground ? DRAW : "Say what you wish, or just make one.");
  const begin = button("plus", "Make", make, { kind: "strong" });
  const cancel = button("close", "Cancel", () => dialog.close());
  const dialog = element(
    "dialog",
    { class: "making", "aria-labelledby": "make-title", onclose: closed },
    element("header", {}, element("h2", { id: "make-title" }, title)),
    stage,
    isBackground ? tools : null,
    words,
    status,
    element("div", { class: "row" }, begin, cancel),
  );

  function closed() {
    stop?.abort();
    if (job) cancelMaking(job).catch(() => {});
    dialog.remove();
    from?.focus({ preventScroll: true });
  }

  let hasMask = false;
  const drawMask = () => {
    hasMask = paint(mask, before, Number(white.value));
    status.textContent = hasMask ? DRAW : "No white background is seen: the product is looked for, unless you draw.";
  };
  const draw = ({ clientX, clientY }) => {
    if (begin.disabled) return;
    stroke(mask, clientX, clientY, keeps.checked);
    hasMask = true;
    status.textContent = DRAW;
  };
  if (isBackground) {
    before.addEventListener("load", drawMask, { once: true });
    white.addEventListener("input", drawMask);
    mask.addEventListener("pointerdown", (event) => {
      mask.setPointerCapture(event.pointerId);
      draw(event);
    });
    mask.addEventListener("pointermove", (event) => event.buttons && event.getCoalescedEvents().forEach(draw));
  }
  words.addEventListener("keydown", ({ key, isComposing }) => {
    if (key === "Enter" && !isComposing && begin.isConnected && !begin.disabled) make();
  });
  document.body.append(dialog);
  dialog.showModal();

  async function make() {
    begin.disabled = white.disabled = true;
    stop = new AbortController();
    try {
      const asked = { words: words.value.trim(), seed: Math.floor(Math.random() * 2 ** 31) };
      if (!isBackground && item.category) asked.category = item.category;
      if (isBackground && !hasMask) asked.item_id = item.item_id;
      const files = hasMask ? await filesOf(before, mask) : null;
      job = (await startMaking(task, asked, files)).job_id;
      if (stop.signal.aborted) return void cancelMaking(job).catch(() => {});
      const last = await followMaking(job, stop.signal, ({ step, steps, ahead, preview }) => {
        status.textContent = ahead ? `${ahead} before you` : `Step ${step} of ${steps}`;
        if (preview) before.src = `data:image/png;base64,${preview}`;
      });
      if (last.state !== "done") throw new Failure("refused", last.error || "It was not made. Try again.");
      const blob = await madePicture(job, stop.signal);
      job = null;
      shown(blob);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Failure)) throw error;
      status.textContent = error.message;
    } finally {
      before.src = item.picture; // a preview stood there, and the next one is made of the picture
      await before.decode().catch(() => {});
      begin.disabled = white.disabled = false;
    }
  }

  function shown(blob) {
    const after = element("img", { src: URL.createObjectURL(blob), alt: "After: made by a model", class: "after" });
    const slider = element("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "Before and after" });
    const cut = () => after.style.setProperty("--cut", `${slider.value}%`);
    slider.addEventListener("input", cut);
    cut();
    tools.remove();
    stage.replaceChildren(before, after);
    stage.after(slider);
    status.textContent = "Made by a model. Move the slider to compare.";
    begin.replaceWith(
      button("save", "Keep it", async () => {
        try {
          const kept = await putMade(item, blob);
          dialog.close();
          notice("Kept, and marked as generated.");
          go(address(["item", kept.item_id]), "item");
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          status.textContent = error.message;
        }
      }, { kind: "strong" }),
    );
    slider.focus();
  }
}

/** Draws the white backdrop that reaches the border into `mask`, tinted; gives whether there is one. */
function paint(mask, picture, white) {
  const [width, height] = [(mask.width = picture.naturalWidth), (mask.height = picture.naturalHeight)];
  const context = mask.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const image = context.getImageData(0, 0, width, height);
  const { data } = image;
  const isWhite = (at) => Math.min(data[4 * at], data[4 * at + 1], data[4 * at + 2]) >= white;
  const found = new Uint8Array(width * height);
  const waiting = [];
  const look = (x, y) => {
    const at = y * width + x;
    if (x < 0 || y < 0 || x >= width || y >= height || found[at] || !isWhite(at)) return;
    found[at] = 1;
    waiting.push(at);
  };
  for (let x = 0; x < width; x++) [0, height - 1].forEach((y) => look(x, y));
  for (let y = 0; y < height; y++) [0, width - 1].forEach((x) => look(x, y));
  while (waiting.length) {
    const at = waiting.pop();
    const [x, y] = [at % width, Math.floor(at / width)];
    [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]].forEach(([x1, y1]) => look(x1, y1));
  }
  found.forEach((one, at) => data.set(one ? TINT : [0, 0, 0, 0], 4 * at));
  context.putImageData(image, 0, 0);
  return found.includes(1);
}

/** Draws a dot where the pointer is: what stays as it is, or what is made anew. */
function stroke(mask, clientX, clientY, isKept) {
  const box = mask.getBoundingClientRect();
  const scale = Math.min(box.width / mask.width, box.height / mask.height); // it lies in the middle of its box
  const x = (clientX - box.left - (box.width - scale * mask.width) / 2) / scale;
  const y = (clientY - box.top - (box.height - scale * mask.height) / 2) / scale;
  const dot = new Path2D();
  dot.arc(x, y, BRUSH_PX / scale, 0, 2 * Math.PI);
  const context = mask.getContext("2d");
  context.globalCompositeOperation = "destination-out";
  context.fillStyle = "black";
  context.fill(dot);
  context.globalCompositeOperation = "source-over";
  const [red, green, blue, alpha] = TINT;
  context.fillStyle = `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
  if (!isKept) context.fill(dot);
}

/** The picture and its mask, white where it is to be made, as files of one size. */
async function filesOf(picture, mask) {
  const { width, height } = mask;
  const pixels = mask.getContext("2d").getImageData(0, 0, width, height);
  for (let at = 0; at < pixels.data.length; at += 4) pixels.data.fill(pixels.data[at + 3] ? 255 : 0, at, at + 3);
  for (let at = 3; at < pixels.data.length; at += 4) pixels.data[at] = 255;
  const drawn = (draw) =>
    new Promise((done) => {
      const canvas = element("canvas", { width, height });
      draw(canvas.getContext("2d"));
      canvas.toBlob(done, "image/png");
    });
  return {
    picture: await drawn((context) => context.drawImage(picture, 0, 0)),
    mask: await drawn((context) => context.putImageData(pixels, 0, 0)),
  };
}
