/** The page with a conversation: joins the composer, the stream of an answer and Stop. */

import { showProblem } from "./announce.js";
import { setUpComposer, setUpKeys } from "./composer.js";
import { setUpContinue } from "./continue.js";
import { setUpPassages } from "./passage.js";
import { post, Rejected, rejection } from "./post.js";
import { setUpPreview } from "./preview.js";
import { begin, rest, show } from "./reply.js";
import { showFromTop, showNewest } from "./scroll.js";
import { setUpSelection } from "./selection.js";
import { offerStop, setUpStop } from "./stop.js";
import { follow, Refused, Unanswered } from "./stream.js";

const LOST = "The connection is lost. Reconnecting\u2026";
const GONE = "The rest of this answer cannot be shown here any more. Reload the page to see it.";

const room = document.getElementById("conversation");
const form = document.getElementById("composer");

/** @param key resolves when the question is stored; throws Rejected */
async function ask(text, key) {
  const { chat, conversation, article } = roomData();
  const quote = Object.fromEntries([...new FormData(form)].filter(([name]) => /^quote_/.test(name)).map(([name, value]) => [name.slice(6), value]));
  const question = { message: text, key, quote, ...(conversation ? { conversation } : article ? { article } : {}) };
  const response = await post(`${chat}?format=blocks`, "text/event-stream", question);
  if (!response.ok) throw await rejection(response);
  const place = { events: "", after: "0" };
  const events = follow(place, response, showConnection);
  const item = await accept(events, place, text);
  form.dispatchEvent(new CustomEvent("asked"));
  void finish(item, events, place);
}

/**
 * Wait for the server's word that the question is stored, then show it.
 * @returns the empty answer
 */
async function accept(events, place, text) {
  const first = await events.next().catch((error) => {
    throw error instanceof Unanswered ? new Rejected() : error;
  });
  if (first.done || first.value.event !== "reply") {
    void events.return();
    throw new Rejected();
  }
  const accepted = JSON.parse(first.value.data);
  place.events = accepted.events;
  showProblem("");
  moveTo(accepted.conversation);
  return addMessages(accepted, text);
}

/** @param conversation the page's address from now on: a reload shows what was stored */
function moveTo(conversation) {
  if (!room || !form || room.dataset.conversation === conversation) return;
  const address = `/conversations/${conversation}/`;
  room.dataset.conversation = conversation;
  form.action = address;
  history.replaceState(null, "", address);
}

/** Returns the answer's item */
function addMessages(accepted, text) {
  // Sent twice with one key, the server answers with the reply that is already here.
  const known = document.getElementById(`m-${accepted.reply}`);
  if (known) return known;
  const question = copy("question-template", accepted.question);
  const answer = copy("reply-template", accepted.reply);
  const words = question.querySelector(".words");
  if (words) words.textContent = text;
  Object.assign(answer.dataset, { events: accepted.events, stop: accepted.stop, status: "pending" });
  answer.querySelector(".continue").action = accepted.continue;
  room?.querySelectorAll(".empty, .questions").forEach((element) => element.remove());
  document.getElementById("messages")?.append(question, answer);
  showFromTop(question, answer);
  return answer;
}

function copy(template, code) {
  const { content } = document.getElementById(template);
  const item = content.firstElementChild?.cloneNode(true);
  item.id = `m-${code}`;
  item.dataset.code = code;
  return item;
}

async function finish(item, events, place) {
  offerStop(form, item);
  begin(item);
  try {
    for await (const event of events) show(item, event);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    showProblem(GONE);
  } finally {
    item.dataset.offset = place.after;
    rest(item);
    offerStop(form, null);
  }
}

/** @param failures one drop is mended in silence */
function showConnection(failures) {
  if (failures === 0) showProblem("");
  else if (failures > 1 || !navigator.onLine) showProblem(LOST);
}

function roomData() {
  return room.dataset;
}

/** Go on where the server's page left off. */
function resume() {
  const item = document.querySelector('.reply[data-status="writing"], .reply[data-status="pending"]');
  if (item) goOn(item);
}

/** @param item an answer that is being written, from what is shown of it */
function goOn(item) {
  const place = { events: item.dataset.events ?? "", after: item.dataset.offset ?? "0" };
  void finish(item, follow(place, null, showConnection), place);
}

if (room && form) {
  setUpKeys(form);
  setUpPassages(room);
  setUpPreview();
  setUpSelection(form);
  if (room.dataset.login === "yes") {
    setUpComposer(form, room, ask);
    setUpStop(form);
    setUpContinue(room, goOn);
    showNewest(room);
    resume();
  }
}
