// 「正在查询…」: says that work is going on, and that it still is.
import { byId } from "./dom.js";

const STILL_MS = 8_000;
const LONG_MS = 90_000;

/** Counts the words that wait for an answer; the line shows while there is one. */
export class Waiting {
  constructor() {
    Object.assign(this, { line: byId("waiting"), open: new Set(), timers: [] });
  }

  /** These words wait for their answer. */
  start(id) {
    if (!this.open.size) this.say("正在查询…");
    this.open.add(id);
    this.clock();
  }

  /** These words have their answer, or will get none. */
  stop(id) {
    this.open.delete(id);
    if (!this.open.size) this.stopAll();
  }

  /** Nothing waits any more. */
  stopAll() {
    this.open.clear();
    this.timers.forEach(clearTimeout);
    this.line.textContent = "";
  }

  clock() {
    this.timers.forEach(clearTimeout);
    this.timers = [
      setTimeout(() => this.say("还在办，请稍候。"), STILL_MS),
      setTimeout(() => this.say("还没有等到回复。您可以先去忙，回复会留在这里；急的话请拨打 12333。"), LONG_MS),
    ];
  }

  say(text) {
    this.line.textContent = text;
    this.line.scrollIntoView({ block: "nearest" });
  }
}
