// 长辈版 and the size of letters, kept on this device where the browser allows it.
import { byId } from "./dom.js";

const SIZES = [18, 20, 22, 24, 26, 28, 30];
const ELDER_SIZE = 22;
const KEY = "display";

/** Put the kept choice into force and listen to the three buttons. `say` announces a change. */
export function startDisplay(say) {
  const state = { elder: false, size: ELDER_SIZE, chosen: false, ...read() };
  const change = (next, spoken) => {
    Object.assign(state, next, { chosen: true });
    keep(state);
    show(state);
    say(spoken());
  };
  const step = (by) => () => {
    const at = SIZES.indexOf(state.size) + by;
    if (at in SIZES) change({ size: SIZES[at] }, () => `字号 ${state.size}`);
  };
  byId("elder").addEventListener("click", () =>
    change({ elder: !state.elder, size: ELDER_SIZE }, () => (state.elder ? "已打开长辈版" : "已关闭长辈版")));
  byId("smaller").addEventListener("click", step(-1));
  byId("larger").addEventListener("click", step(1));
  show(state);
  byId("display").hidden = false;
  return { suggest: (elder) => { if (!state.chosen) { state.elder = Boolean(elder); show(state); } } };
}

function show({ elder, size }) {
  const root = document.documentElement;
  root.classList.toggle("elder", elder);
  root.dataset.size = elder ? size : 18;
  byId("elder").setAttribute("aria-checked", String(elder));
  byId("smaller").setAttribute("aria-disabled", String(size === SIZES[0]));
  byId("larger").setAttribute("aria-disabled", String(size === SIZES[SIZES.length - 1]));
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return SIZES.includes(kept.size) ? { elder: kept.elder === true, size: kept.size, chosen: true } : {};
  } catch {
    return {}; // Storage is switched off or holds something else: begin with the usual view.
  }
}

function keep({ elder, size }) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ elder, size }));
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
}
