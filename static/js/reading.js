/** Reading an article: its contents list follows, and its place is kept. */

const pane = document.querySelector(".reading");
const article = document.querySelector("main > #article");

/** Mark the section being read: the last whose heading is in the top quarter of the window. */
function follow() {
  const links = [...pane.querySelectorAll(".contents a")];
  const passed = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) passed[isIntersecting ? "add" : "delete"](`#${target.id}`);
    const current = links.findLast((link) => passed.has(link.getAttribute("href")));
    for (const link of links) link.ariaCurrent = link === current ? "true" : null;
    if (current) current.closest("nav").scrollTop = current.offsetTop - 200;
  }, { rootMargin: "9999999px 0px -75%" });
  for (const heading of pane.querySelectorAll(".prose > [id]")) observer.observe(heading);
}

/** Come back to the block read last, unless another place is asked for; the ends (0 and -1) are none. */
function keepPlace({ path, revision }) {
  const name = `place:${path}:${revision}`;
  const blocks = [...article.querySelector(".prose").children];
  if (localStorage[name] > 0 && !location.hash && !scrollY) blocks[localStorage[name]].scrollIntoView({ block: "center" });
  document.addEventListener("visibilitychange", () => {
    const isRead = (block) => block.getBoundingClientRect().bottom > innerHeight / 2;
    localStorage[name] = scrollY < innerHeight ? 0 : blocks.findIndex(isRead);
  });
}

follow();
new MutationObserver(follow).observe(pane, { childList: true });
if (article) keepPlace(article.dataset);
