// An application with a console, which reads it. `main.mjs` and `main.cjs` of a project call it.
module.exports = async function run({ limelight, consoles }) {
  const { createSystem, defineActor } = limelight;
  const system = createSystem({ tracing: false, logger: silent() });
  const ref = system.spawn(defineActor("greeter", { handlers: { greet: () => "hello" } }));
  await ref.ask.greet();
  const { port, token, close } = await consoles.createConsole(system, { port: 0 });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const read = async (path, options) => {
    const url = `http://127.0.0.1:${port}${path}`;
    const response = await fetch(url, { headers, redirect: "manual", ...options });
    return { status: response.status, text: await response.text() };
  };
  // The page is for browsers: they exchange the token for a cookie.
  const entered = await fetch(`http://127.0.0.1:${port}/?token=${token}`, { redirect: "manual" });
  const cookie = entered.headers.get("set-cookie").split(";")[0];
  const answer = {
    page: await read("/", { headers: { cookie } }),
    api: await read("/api/summary"),
    document: await read("/api/openapi.json"),
    mcp: await read("/mcp", { method: "POST", body: "{}" }),
  };
  await close();
  await system.shutdown();
  process.stdout.write(JSON.stringify(answer));
};

function silent() {
  const log = { isLevelEnabled: () => false };
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) log[level] = () => {};
  return Object.assign(log, { child: () => log });
}
