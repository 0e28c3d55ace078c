// Makes page elements. Every text goes in as a text node: markup in a text stays text.

/** Make `tag` with attributes and children (elements or strings); `on` maps event names to listeners. */
export function element(tag, { on = {}, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

/** Make an element for words that came from outside: its writing direction cannot reach its neighbours. */
export function words(tag, text, className = "") {
  return element(tag, { class: `words ${className}`.trim(), dir: "auto" }, String(text ?? ""));
}

/** The element with this id. */
export const byId = (id) => document.getElementById(id);
