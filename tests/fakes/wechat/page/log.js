// Draws a chat. Of the HTML in a text WeChat's options alone can be tapped; all else is shown as it came.
const OPTION = /<a href="weixin:\/\/bizmsgmenu\?msgmenucontent=([^"&]*)&(?:amp;)?msgmenuid=([^"&]*)">([^<]*)<\/a>/g;

/** Replace what stands in `list` by the entries; `act` takes the text message that a tapped option sends. */
export function drawLog(list, entries, act) {
  list.replaceChildren(...entries.map((entry) => line(entry, act)));
  list.scrollTop = list.scrollHeight;
}

function line({ side, state, text, note, at }, act) {
  const item = document.createElement("li");
  item.className = `${side} ${state}`.trim();
  const said = document.createElement("div");
  said.className = "said";
  said.append(...parts(text, act));
  item.append(said);
  const below = document.createElement("div");
  below.className = "note";
  below.textContent = note ? `${at} · ${note}` : at;
  item.append(below);
  return item;
}

function parts(text, act) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(OPTION)) {
    found.push(text.slice(end, match.index), option(match, act));
    end = match.index + match[0].length;
  }
  return [...found, text.slice(end)];
}

function option([, content, menuId, label], act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => act({ kind: "text", content, menu_id: menuId }));
  return button;
}
