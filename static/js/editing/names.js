/** Gives names to what the admin leaves without: searchable lists (Select2), halves of a moment, searches, hints. */

function name(list) {
  const label = document.querySelector(`label[for="${CSS.escape(list.id)}"]`);
  const box = list.nextElementSibling;
  if (!label || !box?.matches(".select2")) return;
  label.id ||= `${list.id}_label`;
  for (const part of box.querySelectorAll("[role=combobox], [role=textbox]"))
    part.setAttribute("aria-labelledby", `${label.id} select2-${list.id}-container`);
}

for (const field of document.querySelectorAll(".vDateField, .vTimeField")) {
  const legend = field.closest("fieldset")?.querySelector("legend")?.textContent.trim() ?? "";
  const half = field.matches(".vDateField") ? "Date" : "Time";
  if (!field.labels.length) field.setAttribute("aria-label", `${legend} ${half}`.trim());
}
document.getElementById("searchbar")?.setAttribute("aria-label", "Search");
// Select2 makes its boxes when it is ready, and more of them with every row that is added.
const nameAll = () => {
  document.querySelectorAll("select.admin-autocomplete").forEach(name);
  // The two lists of a choice of many come late, too; without a role their hints must not have a name.
  for (const hint of document.querySelectorAll("span.help-tooltip:not([role])")) hint.setAttribute("role", "img");
};
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
nameAll();
