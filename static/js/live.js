/** Keeps lists of conversations as the server has them: a WebSocket says when to look, a slow poll looks anyway. */

import { parse } from "./blocks.js";

let deleted = "";
let pause = 1000;
let timer;

/** Returns the code of the conversation on this page */
export const shown = () => document.getElementById("conversation")?.dataset.conversation ?? "";

/** Returns whether the site took the form */
export async function send(address, fields) {
  const { name, value } = document.querySelector("[name=csrfmiddlewaretoken]");
  const body = new URLSearchParams({ [name]: value, ...fields });
  const { status } = await fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => ({}));
  return status === 0 || status === 204; // 0: it leads on to a page, which is not loaded
}

/** @param gone can be had back, `next` gets the focus. Returns false when nobody is logged in any more */
export async function refresh(gone = deleted, next) {
  deleted = gone;
  for (const place of document.querySelectorAll("[data-live]")) {
    const address = new URL(place.dataset.live, location.href);
    address.search += `&open=${shown()}${gone && `&deleted=${gone}`}`;
    const answer = await fetch(address).catch(() => ({}));
    if (answer.status === 401) return false;
    const fresh = answer.ok && parse(await answer.text()).getElementById(place.id);
    if (fresh && fresh.dataset.version !== place.dataset.version && !place.querySelector(".name")) swap(place, fresh, next);
  }
  return true;
}

function swap(place, fresh, next = document.activeElement.closest("[data-live] li")?.dataset.conversation) {
  const conversation = shown();
  const [before, open] = [place, fresh].map((list) => list.querySelector(`[data-conversation="${conversation}"]`));
  const news = open?.querySelector(".unread");
  if (news && !document.hidden) {
    news.remove();
    send(`/conversations/${conversation}/seen/`);
  }
  const title = document.querySelector(".talk h1");
  if (open && title) title.textContent = open.querySelector("a").textContent;
  place.replaceWith(fresh);
  if (next !== undefined) (fresh.querySelector(`[data-conversation="${next}"] a`) ?? fresh.querySelector("a, button"))?.focus();
  if (before?.dataset.version === open?.dataset.version) return;
  document.dispatchEvent(new CustomEvent("changed", { detail: { conversation } }));
}

export function follow() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live`);
  socket.onopen = () => refresh((pause = 1000) && deleted);
  socket.onmessage = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 100);
  };
  socket.onclose = () => {
    pause = Math.min(2 * pause, 30_000);
    setTimeout(async () => (await refresh()) && follow(), pause * Math.random());
  };
}

setInterval(() => document.hidden || refresh(), 20_000);
