// Draws one answer card: warning first, then what it says, then whose rule it is and since when.
import { copyButton } from "./copy.js";
import { element, readable, words } from "./dom.js";
import { claimFields, claimLine, isDemo, isLate, officeFields, stageOf, ticketFields, ticketNumber, updated } from "./kinds.js";

const KINDS = { checklist: "清单", steps: "步骤", office: "经办点", claim: "办理进度", ticket: "诉求工单" };
const FOLD_OVER = 9;

/** Make the element of a Card of the gateway's interface; absent keys count as empty. */
export function drawCard(card) {
  const kind = card.kind in KINDS ? card.kind : "card";
  const draw = { claim: claimParts, ticket: ticketParts, office: officeParts }[kind] ?? plainParts;
  const parts = [...draw(card), origin(card)];
  return element("section", { class: `card ${kind}` }, ...parts.filter(Boolean));
}

function plainParts(card) {
  return [
    warning(card.label),
    heading(card.title, tags(KINDS[card.kind], card.scope)),
    card.progress ? progress(card.progress) : null,
    fields(card.fields ?? []),
    ...lines(card),
    phones(card.phones ?? []),
    note(card),
  ];
}

function officeParts(card) {
  const [now, before] = officeFields(card);
  const numbers = card.phones ?? [];
  return [
    warning(card.label),
    heading(card.title, tags(KINDS.office, card.scope)),
    fields(now),
    phones(numbers, card.title),
    ...lines(card),
    fields(before, "before"),
    note(card),
  ];
}

/** The result first: the stage is the title, what to do comes next, and being a demo is a small tag. */
function claimParts(card) {
  const demo = isDemo(card) ? words("span", "演示数据", "tag demo-tag") : "";
  const late = isLate(card) ? words("span", "已过最晚日期", "tag late-tag") : "";
  const stage = stageOf(card);
  const [why, rest] = claimFields(card);
  return [
    demo ? null : warning(card.label),
    heading(stage ?? card.title, tags(KINDS.claim, "", late, demo)),
    claimLine(card),
    fields(why),
    ...lines(card),
    fields(rest),
    phones(card.phones ?? []),
    note(card),
  ];
}

function ticketParts(card) {
  const number = ticketNumber(card);
  const [first, rest] = ticketFields(card, number);
  return [
    warning(card.label),
    heading(number ? "" : card.title, tags(number ? KINDS.ticket : "待确认", card.scope)),
    number ? numberLine(number) : null,
    fields(first),
    ...lines(card),
    note(card),
    fields(rest),
    phones(card.phones ?? []),
  ];
}

/** The number is what people write down: whole, on a line of its own, with a button that copies it. */
function numberLine(number) {
  const shown = words("h2", number, "number");
  return element("div", { class: "number-line" }, shown, copyButton(number, shown));
}

function warning(label) {
  if (!label) return null;
  return element("p", { class: "warning" }, element("strong", {}, "请注意："), words("span", label));
}

function note(card) {
  return card.note ? words("p", card.note, "note") : null;
}

function tags(name, scope, ...more) {
  const over = element("p", { class: "tags" });
  if (name) over.append(words("span", name, "tag"));
  if (scope) over.append(words("span", scope, "tag scope"));
  over.append(...more.filter(Boolean));
  return over.children.length ? over : "";
}

function heading(title, over) {
  return element("header", {}, over, title ? words("h2", title) : "");
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

function fields(list, also = "") {
  if (!list.length) return null;
  const table = element("dl", { class: `fields ${also}`.trim() });
  for (const { name, value, mark } of list) {
    table.append(element("div", mark ? { class: mark } : {}, words("dt", name), words("dd", value)));
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

/** Links to dial; a name that only repeats the card's title is left out, a number that is out of date stands back. */
function phones(list, title = "") {
  if (!list.length) return null;
  return element("ul", { class: "phones" }, ...list.map((phone) => element("li", {}, call(phone, title))));
}

/** A link to dial. Only digits, `+` and `-` get into the address; a number without digits is shown, not linked. */
function call({ name, number }, title) {
  const digits = String(number ?? "").replace(/[^0-9+-]/g, "");
  const who = readable(name);
  const short = title && who.startsWith(title) ? who.slice(title.length) || "电话" : who;
  const inside = [words("span", short, "who"), words("span", number, "number")];
  const look = who.includes("原来") ? "call old" : "call";
  if (!/[0-9]/.test(digits)) return element("span", { class: look }, ...inside);
  return element("a", { class: look, href: `tel:${digits}`, "aria-label": `拨打 ${who} ${number}` }, ...inside);
}

/** 「依据：… · 适用：昆明市 · 自 2023-12-01 起 · 核对于 2026-11-21」, without the parts the card does not have. */
function origin(card) {
  const sources = (card.sources ?? []).map(sourceWords).filter(Boolean).join("；");
  const parts = [
    isDemo(card) ? card.label : "",
    updated(card),
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
