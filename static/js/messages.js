/** The messages of the page: does what their buttons say, and takes in what changed elsewhere. */

import { announce, showProblem } from "./announce.js";
import { become, parse } from "./blocks.js";
import { post, rejection } from "./post.js";
import { byId, list, room } from "./scroll.js";

let isActing = false;

room.onsubmit = (event) => {
  if (!event.target.matches("#doing, .said")) return;
  event.preventDefault();
  if (!isActing) act(event.target, event.submitter);
};
room.onclick = (event) => {
  const button = event.target.closest(".copy");
  if (!button || !navigator.clipboard) return;
  event.preventDefault();
  copy(button).then(() => announce("Copied"), () => showProblem("It could not be copied. Please try again."));
};
document.addEventListener("changed", ({ detail }) => {
  if (detail.conversation === room.dataset.conversation) refresh();
});

function copy(button) {
  announce("");
  const code = button.closest("figure")?.querySelector("code");
  if (code) return navigator.clipboard.writeText(code.textContent);
  const plain = fetch(button.formAction).then(async (answer) => {
    if (!answer.ok) throw answer;
    return new Blob([await answer.text()], { type: "text/plain" });
  });
  const blocks = button.closest(".reply").querySelector(".blocks").cloneNode(true);
  for (const link of blocks.querySelectorAll("a")) link.setAttribute("href", link.href);
  for (const other of blocks.querySelectorAll("button")) other.remove();
  const html = new Blob([blocks.innerHTML], { type: "text/html" });
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": plain, "text/html": html })]);
}

export async function refresh() {
  const newest = list.lastElementChild;
  const answer = await fetch(location).catch(() => null);
  if (answer?.ok) takeIn(parse(await answer.text()), newest);
}

async function act(target, button) {
  isActing = true;
  const newest = list.lastElementChild;
  const data = new URLSearchParams(new FormData(target, button));
  data.delete("csrfmiddlewaretoken"); // the header has the newest
  try {
    const answer = await post(button.getAttribute("formaction") ?? target.action, "text/html", data);
    const page = parse(await answer.clone().text());
    if (!page.querySelector("#messages")) throw await rejection(answer);
    const { pathname, search, hash } = new URL(answer.url);
    const isNew = !document.querySelector(hash || "#messages");
    takeIn(page, newest);
    showProblem(page.querySelector("#problem").textContent);
    const made = isNew && list.querySelector(hash);
    if (!made) return;
    if (location.search) history.replaceState(null, "", pathname + search);
    // Focus goes along.
    made.tabIndex = -1;
    made.focus();
  } catch (error) {
    if (error.status === undefined) throw error;
    showProblem(error.message);
  } finally {
    isActing = false;
  }
}

/** Make the messages those of a page; equal nodes stay. */
function takeIn(page, newest) {
  // Older than a question.
  if (list.querySelector(".sending") || list.lastElementChild !== newest) return;
  const items = [...page.querySelector("#messages").children].map((item) => {
    const here = byId(item.id);
    // One that is being written is followed here already.
    if (here && !here.querySelector("[aria-busy=true]")) become(here, item);
    return here ?? item;
  });
  items.forEach((item, at) => {
    if (list.children[at] !== item) list.insertBefore(item, list.children[at]);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
  byId("composer").elements.parent.value = page.querySelector("#composer [name=parent]").value;
  byId("standing").textContent = page.querySelector("#standing").textContent;
  list.dispatchEvent(new Event("taken", { bubbles: true }));
}
