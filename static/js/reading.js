/** Reading an article: its contents list follows, its place is kept, the address of a section can be copied. */

import { announce } from "./announce.js";

const root = document.documentElement;
const pane = document.querySelector(".reading");
let observer;

/** Mark the section being read: the last one whose heading has come up to the top third of the window. */
function follow() {
  const links = [...pane.querySelectorAll(".contents a")];
  const headings = links.map((link) => document.getElementById(link.getAttribute("href").slice(1)));
  const passed = new Set();
  observer?.disconnect();
  observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) passed[isIntersecting ? "add" : "delete"](target);
    const isAtEnd = root.scrollHeight - innerHeight - scrollY < 4;
    const isPassed = (heading) => (isAtEnd ? heading.getBoundingClientRect().top < innerHeight : passed.has(heading));
    const current = links[headings.findLastIndex(isPassed)];
    for (const link of links) link.toggleAttribute("aria-current", link === current);
    if (current) current.closest("nav").scrollTop = current.offsetTop - 200;
  }, { rootMargin: "9999999px 0px -67%" });
  for (const heading of headings) observer.observe(heading);
}

/** Come back to the block that was being read, unless another place was asked for. */
function keepPlace({ dataset: { path, revision } }) {
  const name = `place:${path}:${revision}`;
  const blocks = [...pane.querySelector(".prose").children];
  const line = 120;
  const [at, part] = (localStorage.getItem(name) ?? "").split(" ").map(Number);
  const isNew = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  if (at && blocks[at] && isNew && !location.hash && !scrollY) {
    const { top, height } = blocks[at].getBoundingClientRect();
    scrollTo(0, top + height * part - line);
    offerBeginning();
  }
  document.addEventListener("visibilitychange", () => {
    const next = blocks.findIndex((block) => block.getBoundingClientRect().bottom > line);
    if (next < 1) return localStorage.removeItem(name);
    const { top, height } = blocks[next].getBoundingClientRect();
    localStorage.setItem(name, `${next} ${(line - top) / height}`);
  });
}

function offerBeginning() {
  const link = document.createElement("a");
  Object.assign(link, { className: "button quiet resumed", href: "#article", lang: "en", textContent: "To the beginning" });
  link.onclick = () => link.remove();
  document.getElementById("article").append(link);
  setTimeout(() => link.remove(), 15_000);
}

document.addEventListener("click", async ({ target }) => {
  if (!target.matches?.(".anchor")) return;
  await navigator.clipboard?.writeText(target.href).then(() => {
    target.classList.add("copied");
    announce("Link copied");
  }, () => {});
});

if (pane) {
  follow();
  new MutationObserver(follow).observe(pane, { childList: true });
  if (pane.matches("main")) keepPlace(document.getElementById("article"));
}
