// Who speaks now: the place in line for a person, or the agent's name, with the button that ends it.
import { byId } from "./dom.js";

const EMPTY = { state: "none", position: 0, name: "", button: null };

/** Shows a `live` of the gateway's interface; `choose(button, node, when)` is called when its button is pressed. */
export class Live {
  constructor(choose) {
    Object.assign(this, { bar: byId("live"), text: byId("live-text"), end: byId("live-end"), now: EMPTY });
    this.end.addEventListener("click", (event) => choose(this.now.button, this.end, event.timeStamp));
  }

  show(live) {
    this.now = live ?? EMPTY;
    const said = sentence(this.now);
    // The same words again would be read aloud again.
    if (this.text.textContent !== said) this.text.textContent = said;
    if (!this.now.button && this.end === document.activeElement) byId("input").focus();
    this.end.hidden = !this.now.button;
    this.end.textContent = this.now.button?.title ?? "";
    this.bar.classList.toggle("idle", !said);
    this.bar.classList.toggle("held", this.now.state === "held");
  }
}

function sentence({ state, position, name }) {
  if (state === "held") return `现在由${name || "工作人员"}回复您`;
  if (state !== "waiting") return "";
  return position > 1 ? `正在等人工，您前面还有 ${position - 1} 位` : "正在等人工，下一位就是您";
}
