// Draws one answer card: warning first, then what it says, then whose rule it is and since when.
import { element, words } from "./dom.js";

const KINDS = { checklist: "清单", steps: "步骤", office: "经办点", claim: "办理进度", ticket: "诉求工单" };
const FOLD_OVER = 9;

/** Make the element of a Card of the gateway's interface; absent keys count as empty. */
export function drawCard(card) {
  const parts = [
    card.label ? warning(card.label) : null,
    heading(card),
    card.progress ? progress(card.progress) : null,
    fields(card.fields ?? []),
    ...lines(card),
    phones(card.phones ?? []),
    card.note ? words("p", card.note, "note") : null,
    origin(card),
  ];
  const kind = card.kind in KINDS ? card.kind : "card";
  return element("section", { class: `card ${kind}` }, ...parts.filter(Boolean));
}

function warning(label) {
  return element("p", { class: "warning" }, element("strong", {}, "请注意："), words("span", label));
}

function heading(card) {
  const tag = KINDS[card.kind];
  const over = element("p", { class: "tags" });
  if (tag) over.append(element("span", { class: "tag" }, tag));
  if (card.scope) over.append(words("span", card.scope, "tag scope"));
  return element("header", {}, over.children.length ? over : "", card.title ? words("h2", card.title) : "");
}

function progress({ step, of }) {
  const count = Math.min(Math.max(Number(of) || 0, 0), 20);
  const row = element("ol", { class: "progress", "aria-label": `共${count}步` });
  for (let number = 1; number <= count; number += 1) row.append(progressStep(number, Number(step)));
  return element("div", { class: "steps-line" }, element("p", { class: "where" }, `第${step}步/共${of}步`), row);
}

function progressStep(number, current) {
  if (number === current) return element("li", { class: "now", "aria-current": "step" }, String(number));
  return element("li", number < current ? { class: "past" } : {}, String(number));
}

function fields(list) {
  if (!list.length) return null;
  const table = element("dl", { class: "fields" });
  for (const { name, value } of list) {
    table.append(element("div", {}, words("dt", name), words("dd", value)));
  }
  return table;
}

/** The lines as a list; the tenth and later ones wait behind a button. */
function lines({ lines: list = [], ordered = false }) {
  if (!list.length) return [];
  const items = list.map((line) => element("li", {}, words("span", line)));
  const node = element(ordered ? "ol" : "ul", { class: "lines" }, ...items);
  const rest = items.slice(FOLD_OVER);
  return rest.length ? [node, unfold(rest)] : [node];
}

function unfold(rest) {
  for (const item of rest) item.hidden = true;
  const label = (open) => (open ? "收起" : `展开其余 ${rest.length} 条`);
  const button = element("button", { type: "button", class: "unfold", "aria-expanded": "false" }, label(false));
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    for (const item of rest) item.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    button.textContent = label(open);
  });
  return button;
}

function phones(list) {
  if (!list.length) return null;
  return element("ul", { class: "phones" }, ...list.map((phone) => element("li", {}, call(phone))));
}

/** A link to dial. Only digits, `+` and `-` get into the address; a number without digits is shown, not linked. */
function call({ name, number }) {
  const digits = String(number ?? "").replace(/[^0-9+-]/g, "");
  const inside = [words("span", name, "who"), words("span", number, "number")];
  if (!/[0-9]/.test(digits)) return element("span", { class: "call" }, ...inside);
  return element("a", { class: "call", href: `tel:${digits}`, "aria-label": `拨打 ${name ?? ""} ${number}` }, ...inside);
}

/** 「依据：… · 适用：昆明市 · 自 2023-12-01 起 · 核对于 2026-11-21」, without the parts the card does not have. */
function origin(card) {
  const sources = (card.sources ?? []).map(sourceWords).filter(Boolean).join("；");
  const parts = [
    sources ? `依据：${sources}` : "",
    card.scope ? `适用：${card.scope}` : "",
    card.since ? `自 ${card.since} 起` : "",
    card.checked ? `核对于 ${card.checked}` : "",
  ].filter(Boolean);
  return parts.length ? words("p", parts.join(" · "), "origin") : null;
}

function sourceWords({ title, clause, number }) {
  const name = title ? `《${String(title).replace(/^《|》$/g, "")}》` : "";
  return `${name}${number ? `（${number}）` : ""}${clause ?? ""}`;
}
