/** Puts the server's blocks of an answer into the page; the only place where HTML becomes nodes. */

/** @typedef {[index: number, html: string]} Block */

/** The server made and sanitised this HTML: blocks of answers, whole articles; nothing else may pass through here. */
const trustedTypes = globalThis.trustedTypes;
const policy = trustedTypes?.createPolicy("server-html", { createHTML: (html) => html });

/** Make the blocks look like the server's. What has not changed stays the very same node, with its selection. */
export function applyBlocks(container, changed) {
  for (const [index, html] of changed) {
    const block = blockAt(container, index);
    patch(block, parse(html));
  }
}

function blockAt(container, index) {
  const last = container.lastElementChild;
  if (last?.getAttribute("data-index") === String(index)) return last;
  const known = container.querySelector(`:scope > [data-index="${index}"]`);
  if (known) return known;
  const block = document.createElement("div");
  block.className = "block";
  block.dataset.index = String(index);
  block.dir = "auto";
  // Always in order, even if the server once sent a later block first.
  const next = [...container.children].find((child) => Number(child.getAttribute("data-index")) > index);
  container.insertBefore(block, next ?? null);
  return block;
}

/** Returns nodes that load and run nothing yet */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

/** Change only those children that differ. */
function patch(old, fresh) {
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, position) => {
    const present = old.childNodes[position];
    if (!present) old.appendChild(node);
    else if (!present.isEqualNode(node)) patchOne(present, node);
  });
  while (old.childNodes.length > wanted.length) old.lastChild?.remove();
}

/** @param wanted differs from `present` */
function patchOne(present, wanted) {
  if (present instanceof Text && wanted instanceof Text) {
    if (wanted.data.startsWith(present.data)) present.appendData(wanted.data.slice(present.data.length));
    else present.data = wanted.data;
  } else if (present.cloneNode(false).isEqualNode(wanted.cloneNode(false))) {
    patch(present, wanted);
  } else {
    present.replaceWith(wanted);
  }
}
