// The conversation on the page: draws each message once, in order, without taking the reader's place away.
import { drawCard } from "./card.js";
import { byId, element, words, write } from "./dom.js";

const NAMES = { bot: "机器人", citizen: "您", agent: "人工座席", notice: "系统提示" };
const CONFIRMS = "确认";
const ZONE = "Asia/Shanghai";
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric", weekday: "long" });
const NEAR_PX = 120;
const REST_PX = 24;

/** Shows messages; `choose(button, node, when)` is called when a person presses one of a message's buttons. */
export class Thread {
  constructor(choose) {
    this.choose = choose;
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.below = byId("below");
    this.forget();
    this.scroller.addEventListener("scroll", () => this.look(), { passive: true });
    new ResizeObserver(() => this.look()).observe(this.scroller);
    new ResizeObserver(() => this.look()).observe(this.log);
    this.below.addEventListener("click", () => this.further());
  }

  /** Begin with an empty conversation. */
  forget() {
    this.log.textContent = "";
    this.seen = new Set();
    this.last = 0;
    this.day = "";
    this.unread = null;
  }

  /** Draw messages that were not drawn yet; return them. */
  add(messages) {
    const following = this.atEnd();
    const fresh = messages.filter((message) => this.isNew(message));
    const nodes = fresh.map((message) => this.insert(message));
    if (nodes.length && following) this.follow(nodes[0]);
    else if (nodes.length) this.unread ??= nodes[0];
    this.look();
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
    const node = this.insert({ from: "citizen", text, at: new Date().toISOString() });
    this.toEnd();
    return node;
  }

  /** The gateway's record of words already on the page: take its number and its (redacted) text. */
  adopt(node, message) {
    this.seen.add(message.seq);
    this.last = Math.max(this.last, message.seq);
    node.dataset.seq = message.seq;
    write(node.querySelector(".bubble"), message.text);
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
    if (!later && message.from === "citizen") this.quieten();
    this.log.insertBefore(node, later);
    if (message.seq) this.last = Math.max(this.last, message.seq);
    return node;
  }

  /** What was offered before these words can still be pressed, but no longer asks for it. */
  quieten() {
    for (const group of this.log.querySelectorAll(".choices")) group.classList.add("quiet");
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
    const at = moment(message.at);
    const time = at ? element("time", { datetime: at.toISOString() }, CLOCK.format(at)) : "";
    return element("p", { class: "byline" }, words("span", name, "speaker"), time);
  }

  choices(buttons) {
    const group = element("div", { class: buttons.length > 4 ? "choices menu" : "choices", role: "group", "aria-label": "可以点的下一步" });
    for (const button of buttons) {
      const confirms = String(button.title).startsWith(CONFIRMS);
      const node = words("button", button.title, confirms ? "choice strong" : "choice");
      node.type = "button";
      node.addEventListener("click", (event) => this.choose(button, node, event.timeStamp));
      group.append(node);
    }
    return group;
  }

  /** A line before the first words of a day; the page begins without one while it is still today. */
  markDay(at) {
    const date = moment(at);
    if (!date) return;
    const day = DAY.format(date);
    const begins = !this.day && day === DAY.format(new Date());
    if (day !== this.day && !begins) this.log.append(element("p", { class: "day" }, day));
    this.day = day;
  }

  atEnd(near = NEAR_PX) {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < near;
  }

  /** 往下看 has a place of its own below the words: it is there while something of them is out of sight. */
  look() {
    const ended = this.atEnd(REST_PX);
    if (ended) this.unread = null;
    if (ended && document.activeElement === this.below) this.scroller.focus();
    this.below.classList.toggle("done", ended);
  }

  /** On to what arrived meanwhile, otherwise one screen down without losing the line. */
  further() {
    const node = this.unread;
    this.unread = null;
    if (node?.isConnected) this.follow(node);
    else this.scroller.scrollTop += this.scroller.clientHeight * 0.85;
    this.look();
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.look();
  }

  /** Show as much as fits, but never push the beginning of what is new (and the question before it) out of sight. */
  follow(node) {
    const before = node.previousElementSibling;
    const start = before?.classList.contains("citizen") ? before : node;
    const top = start.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top + this.scroller.scrollTop;
    this.scroller.scrollTop = Math.min(top - 12, this.scroller.scrollHeight);
  }
}

/** The time of a message; null where it has none. */
function moment(at) {
  const date = new Date(at ?? NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

function speaker(message, from) {
  return from === "agent" && message.name ? String(message.name) : NAMES[from];
}
