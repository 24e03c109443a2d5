/** The service's API under /v1: every call answers JSON or throws a `Failure` that a person can read. */

import { country, userId } from "./user.js";

const TIMEOUT_MS = 15_000;

/** Why a call gave nothing: `kind` is offline, slow, locked, missing, busy, refused or broken. */
export class Failure extends Error {
  constructor(kind, message, status = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

function failureOf(status, said) {
  if (status === 401)
    return new Failure("locked", "This service asks for a key. Whoever runs it has one for you.", status);
  if (status === 403) return new Failure("refused", "Your key does not allow this.", status);
  if (status === 404) return new Failure("missing", "This is not here any more.", status);
  if (status === 429) return new Failure("busy", "That was a lot at once. Wait a moment and try again.", status);
  if (status === 503)
    return new Failure("busy", "This part is not answering right now. Try again in a moment.", status);
  if (status === 413) return new Failure("refused", "This picture is too large. Choose a smaller one.", status);
  if (status === 415)
    return new Failure("refused", "This file is not a picture that can be read. Choose a JPEG, PNG or WebP.", status);
  if (status >= 500) return new Failure("broken", "Something went wrong on the service's side. Try again.", status);
  return new Failure("refused", said || "The service did not take this.", status);
}

async function call(method, path, { json, form, signal, keepalive = false } = {}) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let answer;
  try {
    answer = await fetch(path, {
      method,
      keepalive,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: json ? { "content-type": "application/json" } : {},
      body: json ? JSON.stringify(json) : form,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (limit.aborted) throw new Failure("slow", "The service takes too long to answer. Try again.");
    if (navigator.onLine) throw new Failure("offline", "The service cannot be reached. Try again in a moment.");
    throw new Failure("offline", "You are offline. Try again when the connection is back.");
  }
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw failureOf(answer.status, said?.error);
  return said;
}

const filterQuery = (filters) =>
  new URLSearchParams(
    Object.entries(filters).map(([key, value]) => [key === "category" ? key : `attribute.${key}`, value]),
  );

const me = () => `/v1/users/${encodeURIComponent(userId())}`;
const mine = () => `${me()}/boards`;

/** `{items, cursor}`: the board of everything, or of what matches `filters`. */
export function listItems(filters, cursor, signal) {
  const query = filterQuery(filters);
  query.set("k", "30");
  if (cursor) query.set("cursor", cursor);
  return call("GET", `/v1/items?${query}`, { signal });
}

/** `{items, cursor, degraded, cold}`: the visitor's home feed. What was just done counts, once it was posted. */
export const getFeed = (cursor, signal) =>
  call("POST", "/v1/feed", { json: { user_id: userId(), k: 30, cursor, country: country(), ads: true }, signal });

/** `event`: impression, click or hide of an ad that was offered to the visitor. */
export const postAd = (offerId, event) =>
  call("POST", "/v1/ads/events", { json: { offer_id: offerId, user_id: userId(), event }, keepalive: true });

export const getItem = (id, signal) => call("GET", `/v1/items/${encodeURIComponent(id)}`, { signal });

export const getRelated = (id, signal) => call("GET", `/v1/items/${encodeURIComponent(id)}/related?k=40`, { signal });

/** Each facet's values with how many items have them, of those that match the `filters` of the other facets. */
export function getFilters(filters = {}, signal) {
  const query = String(filterQuery(filters));
  return call("GET", query ? `/v1/filters?${query}` : "/v1/filters", { signal });
}

/**
 * `{items, categories, next_offset, understood, corrected, ideas, degraded}` of a picture, an item, a text, or a text
 * that says what should be otherwise than in a picture. `box` is in pixels of the picture: x0, y0, x1, y1.
 */
export function searchPictures({ picture, itemId, box, text, filters, offset = 0 }, signal) {
  const asked = { k: 30, offset, filters };
  if (text) asked.text = text;
  if (itemId) asked.item_id = itemId;
  if (box) asked.box = box;
  if (!picture) return call("POST", "/v1/search", { json: asked, signal });
  const form = new FormData();
  form.set("picture", picture, "picture.jpg");
  form.set("request", JSON.stringify(asked));
  return call("POST", "/v1/search", { form, signal });
}

/** Whole queries that begin as `text` does, those asked most for an empty one. */
export async function suggest(text, signal) {
  const { suggestions } = await call("GET", `/v1/suggest?${new URLSearchParams({ text, k: 8 })}`, { signal });
  return suggestions;
}

/** `{width_px, height_px, regions, goes_with, degraded}` of a picture or an item: what it shows, and what goes with that. */
export function shopTheLook({ picture, itemId }, signal) {
  if (!picture) return call("POST", "/v1/shop-the-look", { json: { item_id: itemId }, signal });
  const form = new FormData();
  form.set("picture", picture, "picture.jpg");
  return call("POST", "/v1/shop-the-look", { form, signal });
}

/** `{items}`: scenes in which an item, or what looks like it, stands; each has the `region` that shows it. */
export const getScenes = (id, signal) => call("GET", `/v1/items/${encodeURIComponent(id)}/scenes`, { signal });

export const getHealth = (signal) => call("GET", "/v1/health", { signal });

export const recommend = (k, filters, signal) =>
  call("POST", "/v1/recommendations", { json: { user_id: userId(), k, filters }, signal });

export const postEvents = (events) => call("POST", "/v1/events", { json: { events }, keepalive: true });

export const listBoards = (signal) => call("GET", mine(), { signal });

const ofBoard = (name) => `${mine()}/${encodeURIComponent(name)}`;

/** `{items, cursor, count}`: a page of a board, the latest saved first. */
export const getBoard = (name, cursor, signal) =>
  call("GET", `${ofBoard(name)}${cursor ? `?cursor=${cursor}` : ""}`, { signal });

/** `{items}`: what else belongs on a board, each `because` of something on it. */
export const getMore = (name, signal) => call("GET", `${ofBoard(name)}/more`, { signal });

export const deleteBoard = (name) => call("DELETE", ofBoard(name));

const onBoard = (name, id) => `${ofBoard(name)}/items/${encodeURIComponent(id)}`;

export const putOnBoard = (name, id) => call("PUT", onBoard(name, id));

export const takeOffBoard = (name, id) => call("DELETE", onBoard(name, id));

/** `[{name, value, share, usual, item_ids}]`: what is inferred of the visitor. */
export const listInterests = async () => (await call("GET", `${me()}/interests`)).interests;

export const dropInterest = (name, value) =>
  call("DELETE", `${me()}/interests?${new URLSearchParams({ name, value })}`);

/** The items that the visitor did `action` with, the latest first. */
export const listActed = async (action) => (await call("GET", `${me()}/actions?action=${action}`)).items;

export const takeBack = (id, action) =>
  call("DELETE", `${me()}/actions/${encodeURIComponent(id)}?action=${action}`);

const toMe = () => new URLSearchParams({ user_id: userId() });

/** `{messages, unseen}`: what the visitor is told. */
export const getBell = () => call("GET", `/v1/notifications?${toMe()}`);

export const seeBell = () => call("POST", `/v1/notifications/seen?${toMe()}`);

/** `outcome` of a message that led here. */
export const postOutcome = (message, outcome) =>
  call("POST", "/v1/notifications/outcomes", { json: { message_id: message, outcome }, keepalive: true });

/** `{email, timezone, quiet_from, quiet_to, channels}`: how the visitor is told things. */
export const getPreferences = () => call("GET", `/v1/notifications/preferences?${toMe()}`);

export const putPreferences = (wanted) => call("PUT", `/v1/notifications/preferences?${toMe()}`, { json: wanted });

export const pushKey = async () => (await call("GET", "/v1/notifications/key")).key;

/** Lets this browser take messages; `endpoint` and `keys` are of its subscription. */
export const subscribe = ({ endpoint, keys }) =>
  call("PUT", "/v1/notifications/subscription", { json: { user_id: userId(), endpoint, keys } });

/** Ends what the signed link of a message names. Gives `{channel, email}`. */
export const unsubscribe = (token) => call("POST", `/v1/unsubscribe?${new URLSearchParams({ token })}`);

/** What waits for a decision; takes a key with the scope `review`. */
export const listReviews = async (decided) => (await call("GET", `/v1/reviews?decided=${decided}`)).reviews;

export const decideReview = (id, decision, reason) => call("POST", `/v1/reviews/${id}`, { json: { decision, reason } });

/** Campaigns with what they spent; takes a key with the scope `advertise`, as what follows does. */
export const listCampaigns = async () => (await call("GET", "/v1/campaigns")).campaigns;

const campaign = (id) => `/v1/campaigns/${encodeURIComponent(id)}`;

/** `[{time_s, planned, spent}]` over a campaign's schedule; `spent` is null where that is still to come. */
export const getSpending = async (id) => (await call("GET", `${campaign(id)}/spending`)).points;

/** Changes a campaign's terms; gives the campaign as it is then. */
export const putCampaign = (id, terms) => call("PUT", campaign(id), { json: terms });

/** Lets this browser in with an API key, which scripts cannot read afterwards. */
export const unlock = (key) => call("POST", "/v1/session", { json: { key } });

/** Starts pictures made to order; `files` are a picture and its mask. Gives `{job_id, ahead}`. */
export function startMaking(task, asked, files) {
  const json = { user_id: userId(), ...asked };
  if (!files) return call("POST", `/v1/canvas/${task}`, { json });
  const form = new FormData();
  form.set("picture", files.picture, "picture.png");
  form.set("mask", files.mask, "mask.png");
  form.set("request", JSON.stringify(json));
  return call("POST", `/v1/canvas/${task}`, { form });
}

/** Tells `told` of every change of a job until it is over; gives what it came to. */
export async function followMaking(job, signal, told) {
  for (;;) {
    const now = await call("GET", `/v1/canvas/jobs/${job}`, { signal });
    told(now);
    if (["done", "failed", "cancelled"].includes(now.state)) return now;
    await new Promise((done) => setTimeout(done, 250));
  }
}

export const cancelMaking = (job) => call("DELETE", `/v1/canvas/jobs/${job}`);

/** The first picture of a job, a PNG that says that it was made. */
export async function madePicture(job, signal) {
  const answer = await fetch(`/v1/canvas/jobs/${job}/pictures/0`, { signal });
  if (answer.ok) return answer.blob();
  const said = await answer.json().catch(() => null);
  throw failureOf(answer.status, said?.error);
}

/** Keeps a made picture as an item of its own, which the service marks as generated. */
export function putMade(item, picture) {
  const form = new FormData();
  form.set("picture", picture, "made.png");
  form.set("request", JSON.stringify({ title: `Like ${item.title}`.slice(0, 200), category: item.category }));
  return call("PUT", `/v1/items/made-${crypto.randomUUID()}`, { form });
}
