// What the page knows of the three kinds of cards that are about one's own matter: which of their fields lead.
import { element } from "./dom.js";

const STAGE = "办到哪一步";
const REASON = "不通过的原因";
const UPDATED = "登记更新";
const LATE = /已过最晚/;
const WAY = ["已提交", "已推送", "审核中", "审核通过", "已发放"];
const REFUSED = "审核不通过";
const TICKET_NUMBER = /[A-Z]{2}-\d{8}-\d{6}-\d/;
const TICKET_FIRST = ["答复期限", "进度"];
const PHONE_NUMBER = /\d[\d-]{5,}\d/g;

const valueOf = (card, name) => (card.fields ?? []).find((field) => field.name === name)?.value;
const digits = (text) => String(text ?? "").replace(/\D/g, "");

/** Whether a claim card shows invented data. */
export const isDemo = (card) => card.kind === "claim" && String(card.label ?? "").startsWith("演示数据");

/** The stage of a claim in words, or undefined. */
export const stageOf = (card) => valueOf(card, STAGE);

/** Whether the review of a claim has run late. */
export const isLate = (card) => (card.fields ?? []).some(({ value }) => LATE.test(value));

/** -> [why it was refused, the rest]; what the card says elsewhere already (stage, office to call, date) is left out. */
export function claimFields(card) {
  const called = (card.phones ?? []).map(({ name }) => name);
  const fields = (card.fields ?? [])
    .filter(({ name, value }) => name !== STAGE && name !== UPDATED && !called.includes(value))
    .map((field) => (LATE.test(field.value) || field.name === REASON ? { ...field, mark: "late" } : field));
  return [fields.filter(({ name }) => name === REASON), fields.filter(({ name }) => name !== REASON)];
}

/** 「登记更新 2026-11-22」, or "". */
export const updated = (card) => (card.kind === "claim" && valueOf(card, UPDATED) ? `${UPDATED} ${valueOf(card, UPDATED)}` : "");

/** The way of a claim as a line of five steps; null for a stage that is not on it. */
export function claimLine(card) {
  const stage = stageOf(card);
  const way = stage === REFUSED ? [...WAY.slice(0, 3), REFUSED] : WAY;
  const at = way.indexOf(stage);
  if (at < 0) return null;
  const row = element("ol", { class: "progress named", "aria-label": "办理到哪一步" });
  way.forEach((name, place) => {
    const now = place === at ? { class: stage === REFUSED ? "now refused" : "now", "aria-current": "step" } : {};
    row.append(element("li", place < at ? { class: "past" } : now, name));
  });
  return row;
}

/** The public number of a filed ticket, or "" while nothing is filed. */
export function ticketNumber(card) {
  return TICKET_NUMBER.exec(`${card.title ?? ""} ${valueOf(card, "编号") ?? ""}`)?.[0] ?? "";
}

/** -> [until when an answer comes and how far it is, the rest]; neither repeats the number. */
export function ticketFields(card, number) {
  const said = (card.fields ?? []).filter(({ value }) => !number || value !== number);
  const first = TICKET_FIRST.map((name) => said.find((field) => field.name === name)).filter(Boolean);
  const leading = (field) => (field.name === TICKET_FIRST[0] ? { ...field, mark: "leading" } : field);
  return [first.map(leading), said.filter((field) => !first.includes(field))];
}

/** -> [what holds now, what held before]; a telephone that can be dialled below is not written down again. */
export function officeFields(card) {
  const dialled = (card.phones ?? []).map(({ number }) => digits(number));
  const repeated = ({ name, value }) => {
    const numbers = String(value ?? "").match(PHONE_NUMBER) ?? [];
    const known = (number) => digits(number).length > 6 && dialled.some((other) => other.endsWith(digits(number)));
    return /电话$/.test(name) && numbers.length > 0 && numbers.every(known);
  };
  const said = (card.fields ?? []).filter((field) => !repeated(field));
  const past = ({ name }) => String(name ?? "").startsWith("原来");
  const now = said.filter((field) => !past(field));
  const where = now.filter(({ name }) => name === "地址");
  return [[...where, ...now.filter((field) => !where.includes(field))], said.filter(past)];
}
