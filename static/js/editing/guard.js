/** Asks before a page is left whose form differs from what was loaded. */

const form = document.querySelector("form:has([data-guarded])");
// What came back unsaved, from the preview or with an error, is nowhere else.
const wasUnsaved = "unsaved" in form.querySelector("[data-guarded]").dataset;
let isSent = false;

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.value !== "";
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    const isChosen = options.some((option) => option.defaultSelected);
    // With none marked a list of one choice begins with its first.
    if (!isChosen && field.type === "select-one") return field.selectedIndex > 0;
    return options.some((option) => option.selected !== option.defaultSelected);
  }
  return "defaultValue" in field && field.value !== field.defaultValue;
}

form.addEventListener("submit", () => (isSent = true));
// A page that comes back from the browser's memory has been sent, and can be changed again.
addEventListener("pageshow", () => (isSent = false));
addEventListener("beforeunload", (event) => {
  if (!isSent && (wasUnsaved || [...form.elements].some(isChanged))) event.preventDefault();
});
