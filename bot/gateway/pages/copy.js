// A button that copies a number and says that it did.
import { element } from "./dom.js";

const SAID_MS = 4_000;

/** Make the button for `text`; where copying is not allowed it marks `shown`, so that it can be copied by hand. */
export function copyButton(text, shown) {
  const button = element("button", { type: "button", class: "copy", "aria-live": "polite" }, "复制");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text, shown)) ? "已复制" : "请长按编号复制";
    setTimeout(() => { button.textContent = "复制"; }, SAID_MS);
  });
  return button;
}

async function copied(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http has no clipboard, and a browser may forbid it: the old way needs the text to be marked.
    getSelection().selectAllChildren(shown);
    return document.execCommand("copy");
  }
}
