/** The page with a conversation: joins the composer, the stream of an answer and Stop. */

import { showProblem } from "./announce.js";
import { form, setUpComposer } from "./composer.js";
import { refresh } from "./messages.js";
import { post, Rejected, rejection } from "./post.js";
import { begin, rest, show, showWaiting } from "./reply.js";
import { grown, list, room, showFromTop, showNewest } from "./scroll.js";
import { follow } from "./stream.js";

const followed = new WeakSet();

/** Resolves when the question is stored; throws Rejected. */
async function ask(question) {
  const { chat, conversation } = room.dataset;
  const pending = showPending(question);
  const place = { events: "", after: "0" };
  const body = JSON.stringify({ ...question, conversation: conversation || undefined });
  try {
    const response = await post(`${chat}?format=blocks`, "text/event-stream", body);
    if (!response.ok) throw await rejection(response);
    const events = follow(place, response, showConnection);
    await accept(events, place, pending);
    finish(pending.answer, events, place);
  } catch (error) {
    list.replaceChildren(...pending.before);
    throw error;
  }
}

/** Show a question that is not stored yet, in the place of an edited one. */
function showPending({ message, edit }) {
  const [question, answer] = [...room.querySelectorAll("template")].map(({ content }) =>
    content.children[0].cloneNode(true),
  );
  const before = [...list.children];
  const kept = edit ? before.findIndex((item) => item.dataset.code === edit) : before.length;
  question.querySelector(".words").textContent = message;
  question.classList.add("sending");
  for (const item of before.slice(kept)) item.remove();
  list.append(question, answer);
  showWaiting(answer.querySelector(".waiting"));
  showFromTop(question, answer);
  return { question, answer, before };
}

async function accept(stream, place, pending) {
  const { value } = await stream.next();
  if (value?.event !== "reply") {
    stream.return();
    throw new Rejected();
  }
  const { conversation, question, reply, events, stop } = JSON.parse(value.data);
  place.events = events;
  showProblem("");
  // The page's address from now on: a reload shows what was stored.
  room.dataset.conversation = conversation;
  form.action = `/conversations/${conversation}/`;
  history.replaceState(null, "", form.action);
  pending.question.classList.remove("sending");
  pending.question.id = `m-${question}`;
  pending.answer.id = `m-${reply}`;
  Object.assign(pending.answer.dataset, { events, stop });
}

async function finish(item, events, place) {
  followed.add(item);
  offerStop(item);
  begin(item);
  try {
    for await (const event of events) {
      show(item, event);
      grown();
    }
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return showProblem("The rest cannot be shown here any more. Reload the page to see it.");
  } finally {
    item.dataset.offset = place.after;
    followed.delete(item);
    rest(item);
    offerStop();
  }
  refresh();
}

/** Stop stands in the place of Ask while an answer is written. */
function offerStop(item) {
  const buttons = [...form.querySelectorAll(".send, .stop")];
  const [shown, hidden] = item ? buttons.reverse() : buttons;
  const hadFocus = document.activeElement === hidden;
  if (item) shown.formAction = item.dataset.stop;
  shown.hidden = false;
  hidden.hidden = true;
  if (hadFocus) shown.focus({ preventScroll: true });
}

/** One drop is mended in silence. */
function showConnection(failures) {
  if (!failures) showProblem("");
  else if (failures > 1 || !navigator.onLine) showProblem("Offline. Reconnecting…");
}

function resume() {
  const item = list.querySelector("[data-events]:is([data-status=writing], [data-status=pending])");
  if (!item || followed.has(item)) return;
  const place = { events: item.dataset.events, after: item.dataset.offset };
  finish(item, follow(place, null, showConnection), place);
}

if (room.dataset.login === "yes") {
  setUpComposer(ask);
  list.addEventListener("taken", resume);
  showNewest();
  resume();
  addEventListener("offline", () => showConnection(2));
  addEventListener("online", () => showConnection(0));
}
