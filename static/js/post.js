/** Sends to the site with the CSRF token, and puts refusals into words. */

const tokens = document.getElementsByName("csrfmiddlewaretoken");

/** Not accepted; the message is a sentence for the reader. Status 0: no answer came. */
export class Rejected extends Error {
  constructor(sentence = "There is no connection to the site. Please try again.", status = 0) {
    super(sentence);
    this.status = status;
  }
}

/** Post a form's data, or JSON as a string; throw Rejected without an answer. */
export async function post(address, accept, body) {
  const answer = await postOnce(address, accept, body);
  // A login in another tab changes the token; the page on the server knows the new one.
  return answer.status === 403 && (await renewToken()) ? postOnce(address, accept, body) : answer;
}

export async function rejection(answer) {
  const said = await answer.json().catch(() => null);
  return new Rejected(said?.error ?? `That did not work (error ${answer.status}). Please try again.`, answer.status);
}

function postOnce(address, accept, body) {
  const headers = { Accept: accept, "X-CSRFToken": tokens[0].value };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  return inTime(fetch(address, { method: "POST", headers, body })).catch(() => {
    throw new Rejected();
  });
}

async function renewToken() {
  const page = await fetch(location).then((answer) => answer.text(), () => "");
  const token = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(page)?.[1];
  if (token) for (const field of tokens) field.value = token;
  return token;
}

export function inTime(promise, limitMs = 30_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, limitMs, new Error("silence"));
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
