/** A file as a picture to search with: decoded here, made smaller, without what the camera wrote into it. */

import { Failure } from "./api.js";

const LONGEST_PX = 1024; // more says nothing to a search
const QUALITY = 0.9;

/** `{blob, url, width_px, height_px}` of an image file, upright; throws a `Failure` when it is none. */
export async function readPicture(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new Failure(
      "refused",
      `${file.name || "This"} is not a picture that can be read. Choose a JPEG, PNG or WebP.`,
    );
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // under what is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return { blob, url: URL.createObjectURL(blob), width_px: canvas.width, height_px: canvas.height };
}

/** The first picture among files of a drop, a paste or a choice, or undefined. */
export const firstPicture = (files) => [...files].find((file) => file.type.startsWith("image/"));
