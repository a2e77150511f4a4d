/** Sends to the site with the CSRF token, and puts refusals into words. */

import { inTime } from "./sse.js";

const ANSWER_MS = 30_000;
const NO_CONNECTION = "There is no connection to the site. Your question is still in the box; please try again.";

/** What was sent is not accepted; the message is a sentence for the reader. */
export class Rejected extends Error {
  constructor(sentence = NO_CONNECTION, status = 0) {
    super(sentence);
    this.status = status;
  }
}

/**
 * Post and return the answer, whatever it is; throw Rejected when there is none.
 * @param [body] sent as JSON
 */
export async function post(address, accept, body) {
  const answer = await postOnce(address, accept, body);
  // A login in another tab changes the token; the page on the server knows the new one.
  if (answer.status !== 403 || !(await renewToken())) return answer;
  return postOnce(address, accept, body);
}

/** Returns the server's own sentence where it gave one */
export async function rejection(answer) {
  const said = await answer.json().catch(() => null);
  const sentence = typeof said?.error === "string" && said.error;
  return new Rejected(sentence || `The site could not take it (error ${answer.status}). Please try again.`, answer.status);
}

function postOnce(address, accept, body) {
  const headers = { Accept: accept, "X-CSRFToken": tokenField()?.value ?? "", "Content-Type": "application/json" };
  const request = fetch(address, { method: "POST", headers, body: JSON.stringify(body ?? {}) });
  return inTime(request, ANSWER_MS).catch(() => {
    throw new Rejected();
  });
}

/** Returns read at each use: the token changes */
function tokenField() {
  return document.querySelector('#composer input[name="csrfmiddlewaretoken"]');
}

/** Returns whether this page now holds another token than before */
async function renewToken() {
  const field = tokenField();
  const page = await fetch(location.href).then((answer) => answer.text(), () => "");
  const token = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(page)?.[1];
  if (!field || !token) return false;
  field.value = token;
  return true;
}
