/** Lists of conversations: up to date, renamed and thinned out; the list of keys. */

import { parse } from "./blocks.js";
import { post } from "./post.js";

const byId = (id) => document.getElementById(id);
const desk = byId("desk");
const itemOf = ({ target }) => target.closest("li[data-version]:not(:has(.name))");
const shown = () => byId("conversation")?.dataset.conversation || "none";
let turn = Promise.resolve();

/** In turn: an older answer must not come last. `next` gets the focus, even if a hint was quicker. */
const refresh = (next) => (turn = turn.then(() => look(next)).catch(() => {}));

async function look(next) {
  for (const place of document.querySelectorAll("[data-live]")) {
    const answer = await fetch(`${place.dataset.live}open=${shown()}&seen=${+!document.hidden}`);
    const fresh = parse(await answer.text()).getElementById(place.id);
    if (!fresh || (!next && fresh.dataset.version === place.dataset.version) || place.querySelector(".name")) continue;
    swap(place, fresh, next);
  }
}

function swap(place, fresh, next) {
  const conversation = shown();
  const { activeElement } = document;
  const focused = activeElement.closest("li[data-version]");
  const code = next ?? focused?.dataset.conversation;
  const item = (list, which) => list.querySelector(`[data-conversation="${which}"]`);
  const controls = (list) => [...list.querySelectorAll("a, button")];
  place.replaceWith(fresh);
  if (code) controls(item(fresh, code) ?? fresh)[next ? 0 : controls(focused).indexOf(activeElement)]?.focus();
  if (item(place, conversation)?.dataset.version === item(fresh, conversation)?.dataset.version) return;
  document.dispatchEvent(new CustomEvent("changed", { detail: { conversation } }));
}

function follow() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live`);
  socket.onopen = socket.onmessage = () => refresh();
  // 4001: logged out. Else not all at once.
  socket.onclose = ({ code }) => code === 4001 || setTimeout(follow, 1000 + 4000 * Math.random());
}

const send = (address, fields) =>
  post(address, "application/json", new URLSearchParams(fields)).catch(() => location.assign(address));

function rename(item) {
  const link = item.querySelector("a");
  const box = byId("name-template").content.firstElementChild.cloneNode();
  box.value = link.textContent;
  box.onblur = () => box.replaceWith(link);
  box.onkeydown = (event) => {
    const isEnter = event.key === "Enter";
    if (event.isComposing || (!isEnter && event.key !== "Escape")) return;
    event.preventDefault();
    const title = isEnter && box.value.trim();
    if (title) send(`${link.pathname}rename/`, { title: (link.textContent = title) });
    box.onblur = null;
    box.replaceWith(link);
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
  desk.ontoggle = ({ newState }) => {
    if (newState === "closed" && !document.activeElement.matches("a, button, input, textarea")) byId("to-desk").focus();
  };
  // The first click is on its way to the conversation.
  addEventListener("dblclick", (event) => itemOf(event) && rename(itemOf(event), stop()));
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const isDelete = link?.matches('[href^="/conversations/"][href$="/delete/"]');
    if (isDelete) remove(link.pathname, itemOf(event));
    if (isDelete || link?.matches("#desk [aria-current]")) event.preventDefault();
  });
  follow();
  setInterval(() => document.hidden || refresh(), 20_000);
}
