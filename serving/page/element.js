/** Elements without markup in strings: nothing that a title holds can become code. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: `on…` are listeners, known properties are set as such, the rest are attributes.
 * Values that are null, undefined or false are left out; so are such children.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** An element of an SVG. */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** One of the icons of index.html; it says nothing to a screen reader. */
export const icon = (name) =>
  shape("svg", { class: "icon", "aria-hidden": "true" }, shape("use", { href: `#icon-${name}` }));

/** A button with an icon and words; `quiet` ones show the icon only and say the words. */
export function button(iconName, words, onclick, { quiet = false, kind = "" } = {}) {
  return element(
    "button",
    {
      type: "button",
      class: `button ${kind} ${quiet ? "round" : ""}`.trim(),
      onclick,
      "aria-label": quiet ? words : null,
      title: quiet ? words : null,
    },
    iconName ? icon(iconName) : null,
    quiet ? null : element("span", {}, words),
  );
}
