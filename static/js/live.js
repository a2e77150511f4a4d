/** Keeps lists of conversations as the server has them: a WebSocket says when to look, a slow poll looks anyway. */

import { parse } from "./blocks.js";

/** Returns the code of the conversation on this page */
export const shown = () => document.getElementById("conversation")?.dataset.conversation ?? "";

/** Returns whether the site took the form */
export async function send(address, fields) {
  const { name, value } = document.querySelector("[name=csrfmiddlewaretoken]");
  const body = new URLSearchParams({ [name]: value, ...fields });
  const answer = await fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => null);
  return answer?.type === "opaqueredirect";
}

/** @param next gets the focus. Returns false when nobody is logged in any more */
export async function refresh(next) {
  for (const place of document.querySelectorAll("[data-live]")) {
    const address = new URL(place.dataset.live, location.href);
    address.search += `&open=${shown()}&seen=${Number(!document.hidden)}`;
    const answer = await fetch(address).catch(() => null);
    if (answer?.status === 204) return false;
    const fresh = answer?.ok && parse(await answer.text()).getElementById(place.id);
    if (fresh && fresh.dataset.version !== place.dataset.version && !place.querySelector(".name")) swap(place, fresh, next);
  }
  return true;
}

function swap(place, fresh, next = document.activeElement.closest("li")?.dataset.conversation) {
  const conversation = shown();
  const version = (list) => list.querySelector(`[data-conversation="${conversation}"]`)?.dataset.version;
  const isChanged = version(place) !== version(fresh);
  place.replaceWith(fresh);
  if (next) (fresh.querySelector(`[data-conversation="${next}"] a`) ?? fresh.querySelector("a, button"))?.focus();
  if (isChanged) document.dispatchEvent(new CustomEvent("changed", { detail: { conversation } }));
}

export function follow() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live`);
  socket.onopen = socket.onmessage = () => refresh();
  // Not all pages at once when a server has ended.
  socket.onclose = () => setTimeout(async () => (await refresh()) && follow(), 1000 + 4000 * Math.random());
}

setInterval(() => document.hidden || refresh(), 20_000);
