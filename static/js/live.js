/** Keeps lists of conversations as they are on the server: one WebSocket says when to look, a slow poll looks anyway. */

import { parse } from "./blocks.js";

const DELAY_MS = 100;
const POLL_MS = 20_000;
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

let pause = PAUSE_MS;
let timer;
let deleted = "";

/** Returns the code of the conversation that this page shows, "" for none. */
export const shown = () => document.getElementById("conversation")?.dataset.conversation ?? "";

/** Post a form; returns whether the site took it. */
export async function send(address, fields) {
  const { value } = document.querySelector("[name=csrfmiddlewaretoken]");
  const body = new URLSearchParams({ csrfmiddlewaretoken: value, ...fields });
  const answer = await fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => ({}));
  return answer.ok || answer.type === "opaqueredirect";
}

/**
 * Look at all lists of this page. `gone` can be undone there from now on, `focus` is where the focus goes.
 * Returns false when nobody is logged in any more.
 */
export async function refresh(gone, focus) {
  deleted = gone ?? deleted;
  for (const place of document.querySelectorAll("[data-live]")) {
    const address = new URL(place.dataset.live, location.href);
    address.searchParams.set("open", shown());
    if (deleted) address.searchParams.set("deleted", deleted);
    const answer = await fetch(address).catch(() => ({}));
    if (answer.status === 401) return false;
    const fresh = answer.ok && parse(await answer.text()).getElementById(place.id);
    const isNew = fresh && fresh.dataset.version !== place.dataset.version;
    if (isNew && place.isConnected && !place.querySelector("input:not([type])")) swap(place, fresh, focus);
  }
  return true;
}

function swap(place, fresh, focus) {
  const [before, now] = [place, fresh].map(versions);
  const item = document.activeElement.closest("li[data-conversation]");
  const wanted = focus ?? (place.contains(item) && item.dataset.conversation);
  const open = fresh.querySelector("li:has(> [aria-current])");
  if (!document.hidden && open?.querySelector(".unread")) {
    open.querySelector(".unread").remove();
    send(`/conversations/${shown()}/seen/`);
  }
  const title = document.querySelector(".talk h1");
  if (open && title) title.textContent = open.firstElementChild.textContent;
  place.replaceWith(fresh);
  if (wanted || focus === "") (fresh.querySelector(`[data-conversation="${wanted}"] a`) ?? fresh.querySelector("a, button"))?.focus();
  for (const conversation of Object.keys({ ...before, ...now })) {
    if (before[conversation] === now[conversation]) continue;
    document.dispatchEvent(new CustomEvent("changed", { detail: { conversation } }));
  }
}

function versions(place) {
  const items = [...place.querySelectorAll("li[data-conversation]")];
  return Object.fromEntries(items.map(({ dataset }) => [dataset.conversation, dataset.version]));
}

/** Look now, at each hint, and now and then. */
export function follow() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/live`);
  // A page with an open socket could not be kept for the way back to it.
  const leave = () => socket.readyState === 1 && socket.close();
  addEventListener("pagehide", leave);
  socket.onopen = () => {
    pause = PAUSE_MS;
    refresh();
  };
  socket.onmessage = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, DELAY_MS);
  };
  socket.onclose = () => {
    removeEventListener("pagehide", leave);
    setTimeout(async () => (await refresh()) && follow(), pause * (0.5 + Math.random()));
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  };
}

/** What no hint told of. */
export const poll = () => document.hidden || !navigator.onLine || refresh();
setInterval(poll, POLL_MS);
