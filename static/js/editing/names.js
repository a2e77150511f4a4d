/** Gives names to what the admin leaves without: searchable lists (Select2), and the box above a list to search it. */

function name(list) {
  const label = document.querySelector(`label[for="${CSS.escape(list.id)}"]`);
  const box = list.nextElementSibling;
  if (!label || !box?.matches(".select2")) return;
  label.id ||= `${list.id}_label`;
  for (const part of box.querySelectorAll("[role=combobox], [role=textbox]"))
    part.setAttribute("aria-labelledby", `${label.id} select2-${list.id}-container`);
}

document.getElementById("searchbar")?.setAttribute("aria-label", "Search");
// Select2 makes its boxes when it is ready, and more of them with every row that is added.
const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(name);
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
nameAll();
