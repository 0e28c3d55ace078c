// Makes page elements. Every text goes in as a text node: markup in a text stays text.

// What must not be torn apart at the end of a line: a ticket's number, a telephone number, a date.
const WHOLE = /([A-Z]{2}-\d{8}-\d{6}-\d|0\d{2,3}-\d{7,8}|\d{4}-\d{2}-\d{2})/;
// A number that was taken out before anybody stored it: 〔身份证#1〕 to the desk, a plain remark to people.
const TAKEN_OUT = /〔([^〔〕#]{1,8})#\d{1,9}〕/g;
const TAKEN_NAMES = { 身份证: "身份证号", 银行卡: "银行卡号", 电话: "电话号码" };

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
  return write(element(tag, { class: `words ${className}`.trim(), dir: "auto" }), text);
}

/** Put words from outside into an element in place of what it held; return it. */
export function write(node, text) {
  const parts = readable(text).split(WHOLE); // Every second part is one that stays whole.
  node.replaceChildren(...parts.map((part, at) => (at % 2 ? element("span", { class: "whole" }, part) : part)).filter(Boolean));
  return node;
}

/** The text as people should read it. */
export function readable(text) {
  return String(text ?? "").replace(TAKEN_OUT, (_, kind) => `〔${TAKEN_NAMES[kind] ?? kind}，已隐藏〕`);
}

/** The element with this id. */
export const byId = (id) => document.getElementById(id);
