// Draws the published menu: up to three entries in a row, each with up to five above it.

/** Replace what stands in `bar` by the buttons as published; `tap` takes the entry that was tapped. */
export function drawMenu(bar, buttons, tap) {
  bar.replaceChildren(...buttons.map((button) => column(bar, button, tap)));
}

function column(bar, button, tap) {
  const box = document.createElement("div");
  const under = button.sub_button ?? [];
  if (under.length === 0) {
    box.append(entryButton(button.name, () => tap(button)));
    return box;
  }
  const list = document.createElement("div");
  list.className = "under";
  list.hidden = true;
  list.append(...under.map((entry) => entryButton(entry.name, () => { list.hidden = true; tap(entry); })));
  box.append(list, entryButton(`☰ ${button.name}`, () => open(bar, list)));
  return box;
}

function open(bar, list) {
  const wasHidden = list.hidden;
  for (const other of bar.querySelectorAll(".under")) other.hidden = true;
  list.hidden = !wasHidden;
}

function entryButton(name, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", act);
  return button;
}
