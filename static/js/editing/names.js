/** Gives the admin's searchable lists the names that their labels show: Select2 leaves them without one. */

function name(list) {
  const label = document.querySelector(`label[for="${CSS.escape(list.id)}"]`);
  const box = list.nextElementSibling;
  if (!label || !box?.matches(".select2")) return;
  label.id ||= `${list.id}_label`;
  for (const part of box.querySelectorAll("[role=combobox], [role=textbox]"))
    part.setAttribute("aria-labelledby", `${label.id} select2-${list.id}-container`);
}

// Select2 has made its boxes by then.
addEventListener("load", () => document.querySelectorAll("select.admin-autocomplete").forEach(name));
