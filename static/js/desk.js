/** Conversations from every page: a drawer, search, rename and delete in place; and the list of keys. */

import { follow, refresh, send, shown } from "./live.js";

const [desk, drawer, keys, opener] = ["desk", "drawer", "keys", "to-desk"].map((id) => document.getElementById(id));
const room = desk?.parentElement;
const itemOf = ({ target }) => target.closest("li[data-conversation]:not(:has(.name))");

function rename(item) {
  const link = item.querySelector("a");
  const box = document.createElement("input");
  Object.assign(box, { className: "name", value: link.textContent, maxLength: 80, ariaLabel: "Name" });
  const end = async (title) => {
    box.onblur = null;
    box.replaceWith(link);
    if (title !== undefined) link.focus();
    if (!title) return;
    link.textContent = title;
    const address = `${link.pathname}rename/`;
    if (!(await send(address, { title }))) location.assign(address);
  };
  box.onblur = () => end();
  box.onkeydown = (event) => {
    const isEnter = event.key === "Enter";
    if (event.isComposing || !(isEnter || event.key === "Escape")) return;
    event.preventDefault();
    end(isEnter && box.value.trim());
  };
  link.replaceWith(box);
  box.select();
}

async function remove(address, item) {
  const next = item?.nextElementSibling ?? item?.previousElementSibling;
  if (!(await send(address))) location.assign(address);
  else if (address.includes(shown() || " ")) location.assign("/conversations/?deleted=1");
  else refresh(next?.dataset.conversation ?? "none");
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  const item = itemOf(event);
  if (desk && key === "k" && (event.ctrlKey || event.metaKey)) {
    if (!desk.checkVisibility()) drawer.showModal();
    desk.querySelector("input").focus();
  } else if (key === "?" && !target.matches("input, textarea, select")) keys.showModal();
  else if (key === "F2" && item) rename(item);
  else if (key === "Delete" && item) remove(`${item.querySelector("a").pathname}delete/`, item);
  else return;
  event.preventDefault();
});

if (desk) {
  opener.hidden = false;
  opener.onclick = () => drawer.showModal();
  // It stands beside a conversation where there is room.
  drawer.onbeforetoggle = ({ newState }) => (newState === "open" ? drawer : room).prepend(desk);
  addEventListener("dblclick", (event) => {
    const item = itemOf(event);
    if (!item) return;
    stop(); // the first click is on its way to the conversation
    rename(item);
  });
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const isDelete = link?.matches('[href^="/conversations/"][href$="/delete/"]');
    if (isDelete) remove(link.pathname, itemOf(event));
    if (isDelete || link?.matches("#desk [aria-current]")) event.preventDefault();
  });
  follow();
}
