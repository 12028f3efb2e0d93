// The page: a connection to one room. `?room=lobby&name=alice` choose room and name.
import { CallError, createClient } from "limelight/client";
import type { actors, Line } from "../room.ts";

const TYPING_MS = 2_000;

const chosen = new URLSearchParams(location.search);
const roomName = chosen.get("room") ?? "lobby";
const name =
  chosen.get("name") ?? (prompt("Your name") || `guest ${Math.ceil(Math.random() * 999)}`);

const find = <Found extends Element>(selector: string): Found => {
  const found = document.querySelector<Found>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
};
const [list, status, people] = [find("ul"), find<HTMLElement>("#status"), find("#people")];
const [typing, form] = [find("#typing"), find<HTMLFormElement>("form")];
const input = find<HTMLInputElement>("input");
find("h1").textContent = roomName;
document.title = `${name} in ${roomName}`;

function show({ from, text }: Line): void {
  const item = document.createElement("li");
  item.append(Object.assign(document.createElement("b"), { textContent: from }), text);
  list.append(item);
  item.scrollIntoView();
  typing.textContent = "";
}
const showPeople = (names: readonly string[]): void => {
  people.textContent = names.join(", ");
};

const client = createClient<typeof actors>(`${location.origin}/api`);
const room = client.room.get(roomName).connect({ params: { name } });

room.on("said", show);
room.on("people", showPeople);
let typingEnds: ReturnType<typeof setTimeout> | undefined;
room.on("typing", (who) => {
  clearTimeout(typingEnds);
  typing.textContent = `${who} is typing …`;
  typingEnds = setTimeout(() => typing.replaceChildren(), TYPING_MS);
});
// Called once when the page has connected, and whenever events are missing.
room.onResync(async () => {
  const { lines, people: names } = await room.ask.everything();
  list.replaceChildren();
  for (const line of lines) show(line);
  showPeople(names);
});
room.onStatus((now) => {
  status.dataset["status"] = now;
  status.textContent = room.error && now === "closed" ? room.error.message : now;
});

let toldAtMs = 0;
input.addEventListener("input", () => {
  if (Date.now() - toldAtMs < TYPING_MS / 2) return;
  toldAtMs = Date.now();
  room.tell.type().catch(() => undefined); // not worth an error
});
form.addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const text = input.value;
  input.value = "";
  toldAtMs = 0;
  try {
    await room.ask.say(text); // resolves once the line is stored
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    status.textContent = `not sent: ${error.message}`;
    if (error.outcome === "not_handled" && input.value === "") input.value = text;
  }
});
