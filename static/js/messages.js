/** The messages of the page: does what their buttons say, and takes in what was changed elsewhere. */

import { showProblem } from "./announce.js";
import { become, parse } from "./blocks.js";
import { post, Rejected, rejection } from "./post.js";

const list = document.getElementById("messages");
const parent = document.querySelector("#composer [name=parent]");
let isActing = false;
let onTaken;

/** @param taken called when messages were taken in: one may have to be followed */
export function setUpMessages(room, taken) {
  onTaken = taken;
  room.addEventListener("submit", (event) => {
    if (!event.target.matches("#doing, .said")) return;
    event.preventDefault();
    if (!isActing) void act(event.target, event.submitter);
  });
  document.addEventListener("changed", (event) => {
    if (event.detail.conversation === room.dataset.conversation) void refresh();
  });
}

/** Look at the page as it is now. */
export async function refresh() {
  const answer = await fetch(location.pathname + location.search).catch(() => null);
  if (answer?.ok) takeIn(parse(await answer.text()));
}

/** Post a form, and take in the page that comes of it. */
async function act(target, button) {
  isActing = true;
  const data = new FormData(target, button);
  data.delete("csrfmiddlewaretoken"); // the header has the newest
  try {
    const answer = await post(button.getAttribute("formaction") ?? target.action, "text/html", data);
    const page = parse(await answer.clone().text());
    if (!page.querySelector("#messages")) throw await rejection(answer);
    const url = new URL(answer.url);
    const isNew = !document.querySelector(url.hash || "#messages");
    takeIn(page);
    showProblem(page.querySelector("#problem").textContent);
    if (isNew) goTo(url);
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    showProblem(error.message);
  } finally {
    isActing = false;
  }
}

/** Make the messages those of a page from the server; what is the same stays the same nodes. */
function takeIn(page) {
  // What is not stored yet would be lost; when it is answered, the page is looked at again.
  if (list.querySelector(".sending")) return;
  const items = [...page.querySelector("#messages").children].map((item) => {
    const here = document.getElementById(item.id);
    // One that is being written is followed here already.
    if (here && !here.querySelector("[aria-busy=true]")) become(here, item);
    return here ?? item;
  });
  items.forEach((item, at) => {
    if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
  parent.value = page.querySelector("#composer [name=parent]").value;
  onTaken();
}

/** Go where the server leads; focus that was on what is gone goes along. */
function goTo({ pathname, search, hash }) {
  if (location.search) history.replaceState(null, "", pathname + search);
  const item = document.getElementById(hash.slice(1));
  item?.scrollIntoView({ block: "nearest" });
  if (document.activeElement === document.body) item?.querySelector(".versions :enabled, .doing button")?.focus();
}
