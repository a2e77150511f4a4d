/** Shows beside a text what readers will see of it; the site makes it, exactly as when it is published. */

const WAIT_MS = 300;
const TIMEOUT_MS = 30_000;

const editor = document.querySelector(".editor");
const text = editor.querySelector("textarea");
const pane = editor.querySelector(".preview");
const status = editor.querySelector("[role=status]");
const language = document.getElementById("id_language");
const prose = pane.shadowRoot.querySelector(".prose");
const [token] = document.getElementsByName("csrfmiddlewaretoken");
let shown;
let timer;
let isAsking = false;

async function rendered(body) {
  const form = new FormData();
  form.set("csrfmiddlewaretoken", token.value);
  form.set("fragment", "1");
  form.set("body", body);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(editor.dataset.preview, { method: "POST", body: form, signal }).catch(() => undefined);
  if (!answer) throw new Error("There is no connection to the site. Your text is still here.");
  if (answer.status === 413) throw new Error(await answer.text());
  if (!answer.ok || answer.redirected)
    throw new Error("The preview cannot be made. Log in again in another tab; your text is still here.");
  return answer.text();
}

/** Where it was scrolled it stays, unless what was just written would not be seen. */
function show(html) {
  const top = pane.scrollTop;
  const before = [...prose.children].map((block) => block.outerHTML);
  prose.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  prose.lang = language?.value ?? "";
  for (const code of prose.querySelectorAll("pre")) if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
  pane.scrollTop = top;
  const changed = [...prose.children].find((block, place) => block.outerHTML !== before[place]);
  if (changed && before.length) bringIntoSight(changed);
}

function bringIntoSight(block) {
  const below = block.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  if (below < 0 || below > pane.clientHeight * 0.8) pane.scrollTop += below - pane.clientHeight / 3;
}

/** One request at a time; what was typed meanwhile goes with the next. */
async function refresh() {
  const wanted = text.value;
  if (isAsking || wanted === shown) return;
  isAsking = true;
  try {
    show(await rendered(wanted));
    status.textContent = "";
    shown = wanted;
  } catch (error) {
    status.textContent = error.message;
  }
  isAsking = false;
  if (text.value !== wanted) later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(refresh, WAIT_MS);
}

/** Links of the text lead to its own sections here, and elsewhere into a new tab: the form stays. */
function follow(event) {
  const link = event.target.closest("a");
  const address = link?.getAttribute("href") ?? "";
  if (address.startsWith("#")) {
    event.preventDefault();
    pane.shadowRoot.getElementById(decodeURIComponent(address.slice(1)))?.scrollIntoView({ block: "nearest" });
  } else if (link) link.target = "_blank";
}

editor.classList.add("is-live");
document.querySelector(".preview-button").hidden = true;
text.addEventListener("input", later);
language?.addEventListener("change", () => (prose.lang = language.value));
prose.addEventListener("click", follow);
refresh();
