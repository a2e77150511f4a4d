/** Conversations from every page: search, rename and delete in place; and the list of keys. */

import { follow, refresh, shown } from "./live.js";

const desk = document.getElementById("desk");
const itemOf = ({ target }) => target.closest("li[data-conversation]:not(:has(.name))");

/** Post a form; where that fails, the page of the same address takes over. */
async function send(address, fields) {
  const { name, value } = document.querySelector("[name=csrfmiddlewaretoken]");
  const body = new URLSearchParams({ [name]: value, ...fields });
  const answer = await fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") location.assign(address);
}

function rename(item) {
  const link = item.querySelector("a");
  const box = document.createElement("input");
  Object.assign(box, { className: "name", value: link.textContent, maxLength: 80, ariaLabel: "Name" });
  const end = (title) => {
    box.onblur = null;
    box.replaceWith(link);
    if (title) send(`${link.pathname}rename/`, { title: (link.textContent = title) });
  };
  box.onblur = () => end();
  box.onkeydown = (event) => {
    const { key, isComposing } = event;
    if (isComposing || (key !== "Enter" && key !== "Escape")) return;
    event.preventDefault();
    end(key === "Enter" && box.value.trim());
    link.focus();
  };
  link.replaceWith(box);
  box.select();
}

async function remove(address, item) {
  const next = item?.nextElementSibling ?? item?.previousElementSibling;
  await send(address);
  if (address.includes(shown())) location.assign("/conversations/?deleted=1");
  else refresh(next?.dataset.conversation ?? "none");
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  const item = itemOf(event);
  if (desk && key === "k" && (event.ctrlKey || event.metaKey)) {
    if (!desk.checkVisibility()) desk.showPopover();
    desk.querySelector("input").focus();
  } else if (key === "F2" && item) rename(item);
  else if (key === "?" && !target.matches("input, textarea, select")) document.getElementById("keys").showModal();
  else return;
  event.preventDefault();
});

if (desk) {
  // The browser itself gives the focus back only after Esc.
  desk.ontoggle = ({ newState }) => newState === "closed" && document.getElementById("to-desk").focus();
  addEventListener("dblclick", (event) => {
    const item = itemOf(event);
    if (item) rename(item, stop()); // the first click is on its way to the conversation
  });
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const isDelete = link?.matches('[href^="/conversations/"][href$="/delete/"]');
    if (isDelete) remove(link.pathname, itemOf(event));
    if (isDelete || link?.matches("#desk [aria-current]")) event.preventDefault();
  });
  follow();
}
