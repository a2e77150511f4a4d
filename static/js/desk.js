/** Conversations from every page: search, rename and delete in place; and the list of keys. */

import { follow, refresh, shown } from "./live.js";

const byId = (id) => document.getElementById(id);
const desk = byId("desk");
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
    const isEnter = event.key === "Enter";
    if (event.isComposing || (!isEnter && event.key !== "Escape")) return;
    event.preventDefault();
    end(isEnter && box.value.trim());
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
  if (desk && key === "k" && (event.ctrlKey || event.metaKey)) {
    if (!desk.checkVisibility()) desk.showPopover();
    desk.querySelector("input").focus();
  } else if (key === "F2" && itemOf(event)) rename(itemOf(event));
  else if (key === "?" && !target.matches("input, textarea, select")) byId("keys").showModal();
  else return;
  event.preventDefault();
});

if (desk) {
  // After a tap beside it the focus would be nowhere.
  desk.ontoggle = () => document.activeElement === document.body && byId("to-desk").focus();
  addEventListener("dblclick", (event) => {
    // The first of the clicks is on its way to the conversation.
    if (itemOf(event)) rename(itemOf(event), stop());
  });
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const isDelete = link?.matches('[href^="/conversations/"][href$="/delete/"]');
    if (isDelete) remove(link.pathname, itemOf(event));
    if (isDelete || link?.matches("#desk [aria-current]")) event.preventDefault();
  });
  follow();
}
