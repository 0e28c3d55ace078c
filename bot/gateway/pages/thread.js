// The conversation on the page: draws each message once, in order, without taking the reader's place away.
import { drawCard } from "./card.js";
import { byId, element, words } from "./dom.js";

const NAMES = { bot: "助手", citizen: "您", agent: "人工座席", notice: "系统提示" };
const ZONE = "Asia/Shanghai";
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric", weekday: "long" });
const NEAR_PX = 120;

/** Shows messages; `choose(button, node)` is called when a person presses one of a message's buttons. */
export class Thread {
  constructor(choose) {
    this.choose = choose;
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.below = byId("below");
    this.forget();
    this.scroller.addEventListener("scroll", () => { if (this.atEnd()) this.below.hidden = true; }, { passive: true });
    this.below.addEventListener("click", () => this.toEnd());
  }

  /** Begin with an empty conversation. */
  forget() {
    this.log.textContent = "";
    this.seen = new Set();
    this.last = 0;
    this.day = "";
  }

  /** Draw messages that were not drawn yet; return them. */
  add(messages) {
    const following = this.atEnd();
    const fresh = messages.filter((message) => this.isNew(message));
    const nodes = fresh.map((message) => this.insert(message));
    if (nodes.length && following) this.follow(nodes[0]);
    if (nodes.length && !this.atEnd()) this.below.hidden = false;
    return fresh;
  }

  /** Draw all of a history without having it read aloud, and go to its end; a new conversation is read from its top. */
  open(messages) {
    this.log.setAttribute("aria-live", "off");
    const early = Array.from(this.log.querySelectorAll(".message:not([data-seq])"));
    this.add(messages);
    this.log.append(...early); // Words typed before the history was there come after it.
    if (messages.some(({ from }) => from === "citizen")) this.toEnd();
    else this.scroller.scrollTop = 0;
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), 200);
  }

  /** Draw the person's own words before the gateway has them; return their node. */
  addOwn(text) {
    for (const group of this.log.querySelectorAll(".choices")) group.classList.add("quiet");
    const node = this.insert({ from: "citizen", text, at: new Date().toISOString() });
    this.toEnd();
    return node;
  }

  /** The gateway's record of words already on the page: take its number and its (redacted) text. */
  adopt(node, message) {
    this.seen.add(message.seq);
    this.last = Math.max(this.last, message.seq);
    node.dataset.seq = message.seq;
    node.querySelector(".bubble").textContent = message.text;
  }

  isNew(message) {
    if (!message || !Number.isFinite(message.seq) || this.seen.has(message.seq)) return false;
    this.seen.add(message.seq);
    return true;
  }

  insert(message) {
    const node = this.draw(message);
    const later = message.seq < this.last ? this.firstAfter(message.seq) : null;
    if (!later) this.markDay(message.at);
    this.log.insertBefore(node, later);
    if (message.seq) this.last = Math.max(this.last, message.seq);
    return node;
  }

  firstAfter(seq) {
    return Array.from(this.log.children).find((node) => Number(node.dataset.seq) > seq) ?? null;
  }

  draw(message) {
    const from = message.from in NAMES ? message.from : "notice";
    const sms = message.kind === "demo_sms";
    const node = element("article", { class: `message ${sms ? "sms" : from}`, "aria-label": speaker(message, from) });
    if (message.seq) node.dataset.seq = message.seq;
    node.append(this.byline(message, from, sms));
    if (message.text) node.append(words("p", message.text, "bubble"));
    if (message.card) node.append(drawCard(message.card));
    if (message.buttons?.length) node.append(this.choices(message.buttons));
    return node;
  }

  byline(message, from, sms) {
    const name = sms ? "演示短信（只在演示环境出现）" : speaker(message, from);
    const at = new Date(message.at);
    const time = Number.isNaN(at.getTime()) ? "" : element("time", { datetime: at.toISOString() }, CLOCK.format(at));
    return element("p", { class: "byline" }, words("span", name, "speaker"), time);
  }

  choices(buttons) {
    const group = element("div", { class: buttons.length > 4 ? "choices menu" : "choices", role: "group", "aria-label": "可以点的下一步" });
    for (const button of buttons) {
      const node = words("button", button.title, "choice");
      node.type = "button";
      node.addEventListener("click", () => this.choose(button, node));
      group.append(node);
    }
    return group;
  }

  markDay(at) {
    const date = new Date(at);
    if (Number.isNaN(date.getTime())) return;
    const day = DAY.format(date);
    if (day !== this.day) this.log.append(element("p", { class: "day" }, day));
    this.day = day;
  }

  atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_PX;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.below.hidden = true;
  }

  /** Show as much as fits, but never push the beginning of what is new (and the question before it) out of sight. */
  follow(node) {
    const before = node.previousElementSibling;
    const start = before?.classList.contains("citizen") ? before : node;
    const top = start.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top + this.scroller.scrollTop;
    this.scroller.scrollTop = Math.min(top - 12, this.scroller.scrollHeight);
  }
}

function speaker(message, from) {
  return from === "agent" && message.name ? String(message.name) : NAMES[from];
}
