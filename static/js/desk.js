/** Conversations from every page: a drawer, search by Ctrl+K, rename and delete in place; and the list of keys. */

import { follow, refresh, send, shown } from "./live.js";

const [desk, drawer, keys, opener] = ["desk", "drawer", "keys", "to-desk"].map((id) => document.getElementById(id));
const room = desk?.parentElement;

/** Show the list: as a column, where there is room for one, else as a drawer. */
function open(isSearch) {
  if (drawer.contains(desk) || !desk.checkVisibility()) {
    drawer.append(desk);
    if (!drawer.open) drawer.showModal();
  }
  if (isSearch) desk.querySelector("input").focus();
}

function rename(item) {
  const link = item.querySelector("a");
  const box = document.createElement("input");
  const title = (box.value = link.textContent);
  box.maxLength = 80;
  box.ariaLabel = "Name of the conversation";
  const end = async (wanted, isLeft) => {
    box.onblur = null;
    box.replaceWith(link);
    if (!isLeft) link.focus();
    if (!wanted || wanted === title) return;
    link.textContent = wanted;
    const address = `${link.pathname}rename/`;
    if (!(await send(address, { title: wanted }))) location.assign(address);
  };
  box.onblur = () => end(box.value.trim(), true);
  box.onkeydown = (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    end(event.key === "Enter" && box.value.trim());
  };
  link.replaceWith(box);
  box.select();
}

async function remove(address, item) {
  const [code] = /[-\w]{36}/.exec(address);
  const items = [...(item?.closest("[data-live]").querySelectorAll("li[data-conversation]") ?? [])];
  const at = items.indexOf(item);
  if (!(await send(address))) location.assign(address);
  else if (code === shown()) location.assign(`/conversations/?deleted=${code}`);
  else refresh(code, (items[at + 1] ?? items[at - 1])?.dataset.conversation ?? "");
}

function press(event) {
  const { key, target } = event;
  const item = target.closest?.("li[data-conversation]");
  const isTyping = target.closest?.("input, textarea, select, [contenteditable]");
  const hasModifier = event.ctrlKey || event.metaKey;
  if (desk && hasModifier && key.toLowerCase() === "k") open(true);
  else if (isTyping || hasModifier || event.altKey) return;
  else if (key === "?" && !document.querySelector("dialog[open]")) keys.showModal();
  else if (item && key === "F2") rename(item);
  else if (item && key === "Delete") remove(`${item.querySelector("a").pathname}delete/`, item);
  else return;
  event.preventDefault();
}

addEventListener("keydown", press);
for (const dialog of [drawer, keys]) {
  dialog?.addEventListener("click", ({ target }) => (target === dialog || target.closest("a")) && dialog.close());
}
if (desk) {
  opener.hidden = false;
  opener.firstElementChild.onclick = () => open();
  drawer.onclose = () => room === drawer || room.prepend(desk);
  addEventListener("dblclick", (event) => {
    const item = event.target.closest("li[data-conversation]");
    if (!item || item.querySelector("input")) return;
    // The first of the two clicks is on its way to the conversation.
    stop();
    rename(item);
  });
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isDelete = /^\/conversations\/[-\w]{36}\/delete\/$/.test(link.pathname);
    if (isDelete) remove(link.pathname, link.closest("li[data-conversation]"));
    if (isDelete || link.matches("#desk [aria-current]")) event.preventDefault();
  });
  follow();
}
