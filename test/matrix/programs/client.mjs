import { createClient } from "limelight/client";

/** Calls a gateway and gets its events, in any runtime; prints what has happened. */
const [url, refusedUrl] = process.argv.slice(2);
const client = createClient(url, { token: async () => "secret", timeoutMs: 20_000 });
const room = client.room.get(["lobby", "a,b"]);
const codeOf = async (promise) => {
  try {
    return await promise;
  } catch ({ name, code, outcome, requestId }) {
    return [name, code, outcome, requestId].join(" ");
  }
};

const seen = {
  reply: await room.ask.say("hi", { deep: [1, null] }),
  failed: await codeOf(room.ask.fail()),
  timeout: await codeOf(room.with({ timeoutMs: 200 }).ask.never()),
  aborted: await codeOf(room.with({ signal: AbortSignal.timeout(200) }).ask.never()),
  refused: await codeOf(createClient(refusedUrl, { retries: 0 }).room.get("a").ask.say()),
  raw: await (await room.fetch("/rows.csv")).text(),
  events: [],
};
const connection = room.connect({ params: { name: "alice" } });
connection.on("said", (text) => seen.events.push(text));
connection.onStatus((status) => seen.events.push(status));
connection.onResync(async ({ reason }) => {
  const lines = await connection.ask.lines();
  seen.events.push(reason, ...lines);
  if (reason !== "first") {
    await client.$close();
    process.stdout.write(JSON.stringify(seen));
  }
});
