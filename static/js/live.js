/** Keeps lists of conversations as the server has them: a WebSocket says when to look, a slow poll looks anyway. */

import { parse } from "./blocks.js";

export const shown = () => document.getElementById("conversation")?.dataset.conversation || "none";

/** @param next gets the focus */
export async function refresh(next) {
  for (const place of document.querySelectorAll("[data-live]")) {
    const answer = await fetch(`${place.dataset.live}open=${shown()}&seen=${+!document.hidden}`).catch(() => null);
    const fresh = answer?.ok && parse(await answer.text()).getElementById(place.id);
    const isOther = fresh && fresh.dataset.version !== place.dataset.version;
    if (isOther && !place.querySelector(".name")) swap(place, fresh, next);
  }
}

function swap(place, fresh, next) {
  const conversation = shown();
  const { activeElement } = document;
  const focused = activeElement.closest("[data-live] li");
  const code = next ?? focused?.dataset.conversation;
  const item = (list, which) => list.querySelector(`[data-conversation="${which}"]`);
  const controls = (list) => [...list.querySelectorAll("a, button")];
  place.replaceWith(fresh);
  if (code) controls(item(fresh, code) ?? fresh)[next ? 0 : controls(focused).indexOf(activeElement)]?.focus();
  if (item(place, conversation)?.dataset.version === item(fresh, conversation)?.dataset.version) return;
  document.dispatchEvent(new CustomEvent("changed", { detail: { conversation } }));
}

export function follow() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live`);
  socket.onopen = socket.onmessage = () => refresh();
  // 4001: logged out. Else not all pages at once when a server has ended.
  socket.onclose = ({ code }) => code === 4001 || setTimeout(follow, 1000 + 4000 * Math.random());
}

setInterval(() => document.hidden || refresh(), 20_000);
