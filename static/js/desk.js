/** Conversations from every page: a drawer, search, rename and delete in place; and the list of keys. */

import { follow, refresh, send, shown } from "./live.js";

const [desk, drawer, keys, opener] = ["desk", "drawer", "keys", "to-desk"].map((id) => document.getElementById(id));
const room = desk?.parentElement;
const itemOf = ({ target }) => target.closest?.("li[data-conversation]");

/** The list stands beside a conversation where there is room; elsewhere it is a drawer. */
function open() {
  if (desk.checkVisibility()) return;
  drawer.append(desk);
  drawer.showModal();
}

function rename(item) {
  const link = item.querySelector("a");
  const box = document.createElement("input");
  Object.assign(box, { className: "name", value: link.textContent, maxLength: 80, ariaLabel: "Name" });
  const end = async (title) => {
    box.onblur = null;
    box.replaceWith(link);
    if (!title || title === link.textContent) return;
    link.textContent = title;
    const address = `${link.pathname}rename/`;
    if (!(await send(address, { title }))) location.assign(address);
  };
  box.onblur = () => end();
  box.onkeydown = (event) => {
    const { key } = event;
    if (event.isComposing || (key !== "Enter" && key !== "Escape")) return;
    event.preventDefault();
    end(key === "Enter" && box.value.trim());
    link.focus();
  };
  link.replaceWith(box);
  box.select();
}

async function remove(address, item) {
  const code = address.split("/")[2];
  const next = item?.nextElementSibling ?? item?.previousElementSibling;
  if (!(await send(address))) location.assign(address);
  else if (code === shown()) location.assign(`/conversations/?deleted=${code}`);
  else refresh(code, next?.dataset.conversation ?? "");
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  const item = itemOf(event);
  if (desk && (event.ctrlKey || event.metaKey) && key === "k") {
    open();
    desk.querySelector("input").focus();
  } else if (target.matches("input, textarea, select")) return;
  else if (key === "?" && !keys.open) keys.showModal();
  else if (item && key === "F2") rename(item);
  else if (item && key === "Delete") remove(`${item.querySelector("a").pathname}delete/`, item);
  else return;
  event.preventDefault();
});

if (desk) {
  opener.hidden = false;
  opener.firstElementChild.onclick = open;
  drawer.onclose = () => room !== drawer && room.prepend(desk);
  addEventListener("dblclick", (event) => {
    const item = itemOf(event);
    if (!item || item.querySelector(".name")) return;
    stop(); // the first click is on its way to the conversation
    rename(item);
  });
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const isDelete = /^\/conversations\/.+\/delete\/$/.test(link?.pathname);
    if (isDelete) remove(link.pathname, itemOf(event));
    if (isDelete || link?.matches("#desk [aria-current]")) event.preventDefault();
  });
  follow();
}
