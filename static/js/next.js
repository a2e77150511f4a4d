/** What one could ask next, below the last answer: in silence, and without moving anything. */

/** @param item a complete answer */
export async function offerNext(item) {
  const address = new URL("next", new URL(item.dataset.events ?? "", location.href));
  // Whatever fails here stays unsaid: the answer is as good without.
  const questions = await fetch(address).then((answer) => answer.json()).then((said) => said.questions ?? [], () => []);
  const template = document.getElementById("next-template");
  const form = template?.content.firstElementChild?.cloneNode(true);
  if (!(form instanceof HTMLFormElement) || !questions.length || item.nextElementSibling) return;
  for (const question of questions) {
    const button = document.createElement("button");
    button.name = "message";
    button.value = button.textContent = question;
    button.dir = "auto";
    form.append(button);
  }
  item.append(form);
}
