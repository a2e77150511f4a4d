/** Puts the server's HTML into the page; the only place where HTML becomes nodes. */

/** Sanitised by the server; nothing else may pass here. */
const policy = window.trustedTypes?.createPolicy("server-html", { createHTML: (html) => html });

/** Returns nodes that load and run nothing yet. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy?.createHTML(html) ?? html;
  return template.content;
}

export function applyBlocks(container, changed) {
  for (const [index, html] of changed) patch(blockAt(container, index), parse(html));
}

function blockAt(container, index) {
  const next = [...container.children].find((block) => block.dataset.index >= index);
  if (+next?.dataset.index === index) return next;
  const block = document.createElement("div");
  block.className = "block";
  block.dataset.index = index;
  block.dir = "auto";
  container.insertBefore(block, next);
  return block;
}

/** What has not changed stays the very same node, with its selection. */
function patch(old, fresh) {
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, position) => {
    const present = old.childNodes[position];
    if (!present) old.append(node);
    else if (!present.isEqualNode(node)) become(present, node);
  });
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

export function become(present, wanted) {
  if (present.nodeName !== wanted.nodeName) return present.replaceWith(wanted);
  if (present instanceof CharacterData) {
    if (wanted.data.startsWith(present.data)) present.appendData(wanted.data.slice(present.length));
    else present.data = wanted.data;
    return;
  }
  for (const name of present.getAttributeNames()) {
    // The page's own: an answer's height, and focus.
    if (!/^(style|tabindex)$/.test(name) && !wanted.hasAttribute(name)) present.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) present.setAttribute(name, value);
  patch(present, wanted);
}
