/** Who is here: a random id kept in this browser, and one for this visit. No cookies, no name. */

const KEY = "corkboard.user";

function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const visit = random();
let user = null;

export function userId() {
  user ??= kept(KEY) ?? keep(KEY, `visitor-${random()}`);
  return user;
}

export const sessionId = () => visit;

/** The country of the browser's language, such as DE, or null: nobody is asked where they are. */
export function country() {
  return /^[A-Za-z]+-(?:[A-Z][a-z]{3}-)?([A-Z]{2})\b/.exec(navigator.language)?.[1] ?? null;
}

/** What this browser keeps under `key`, or null. A browser that keeps nothing is one where each visit is the first. */
export function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  return value;
}
