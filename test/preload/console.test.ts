import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreloadProcess } from "../_support/preload-process.ts";

const APP = `
  import { createSystem, defineActor } from "limelight";
  import { createLogger } from "limelight/telemetry";
  const greeter = defineActor("greeter", { handlers: { greet: (c) => c.log.info("hello") } });
  const system = createSystem({ name: "app", logger: createLogger() });
  await system.spawn(greeter).ask.greet();
  const greet = system.spawn(greeter);
  setInterval(() => greet.ask.greet(), 50);
`;
/** Lives until it is ended, and says so. */
const ALIVE = "setInterval(() => console.log('{\"alive\":1}'), 200);";
const QUIET = { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" };
const ANY = { ...QUIET, LIMELIGHT_CONSOLE: "1", LIMELIGHT_CONSOLE_PORT: "0" };

function urlOf(app: PreloadProcess): Promise<URL> {
  return app.until("the console's address", () => {
    const [, url] = /^limelight console: (\S+)$/m.exec(app.stderr) ?? [];
    return url === undefined ? undefined : new URL(url);
  });
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
async function read(url: URL, path: string): Promise<any> {
  const headers = { authorization: `Bearer ${url.searchParams.get("token")}` };
  return await (await fetch(`${url.origin}${path}`, { headers })).json();
}

describe("LIMELIGHT_CONSOLE", { concurrency: 2 }, () => {
  it("opens a console for all systems, with spans that are exported nowhere", async () => {
    await using app = new PreloadProcess({ esm: APP, env: ANY });
    const url = await urlOf(app);
    const wanted = async (): Promise<boolean> => {
      const { systems, rings, allowActions, telemetry } = await read(url, "/api/summary");
      assert.deepEqual([allowActions, telemetry.state], [false, "running"]);
      assert.ok(systems.length <= 1);
      return systems[0]?.name === "app" && rings.traces.kept > 0 && rings.logs.kept > 0;
    };
    while (!(await wanted()));
    assert.equal(app.stderr.split("limelight console").length, 2, "said once");
  });

  it("works for applications that require the preload, or have an SDK switched off", async () => {
    const env = { ...ANY, OTEL_SDK_DISABLED: "true" };
    await using app = new PreloadProcess({ esm: APP, preload: ["--require", "--import"], env });
    const { telemetry, process } = await read(await urlOf(app), "/api/summary");
    assert.deepEqual([telemetry, process.pid], [null, app.pid]);
  });

  it("takes its options from the environment", async () => {
    const env = {
      ...ANY,
      LIMELIGHT_CONSOLE_HOST: "0.0.0.0",
      LIMELIGHT_CONSOLE_TOKEN: "a-token-from-outside",
      LIMELIGHT_CONSOLE_ALLOWED_HOSTS: "one.example, two.example",
      LIMELIGHT_CONSOLE_ACTIONS: "1",
      LIMELIGHT_CONSOLE_TRACE_LINK: "https://jaeger.example/{traceId}",
    };
    await using app = new PreloadProcess({ esm: APP, env });
    const url = await urlOf(app);
    const summary = await read(url, "/api/summary");
    assert.equal(url.searchParams.get("token"), "a-token-from-outside");
    assert.deepEqual(
      [summary.allowActions, summary.traceLink],
      [true, "https://jaeger.example/{traceId}"],
    );
  });

  const refusals: readonly [what: string, env: NodeJS.ProcessEnv, code: string, advice: RegExp][] =
    [
      ["in production", { NODE_ENV: "production" }, "ERR_CONSOLE_PRODUCTION", /CONSOLE=production/],
      ["for others", { LIMELIGHT_CONSOLE_HOST: "0.0.0.0" }, "ERR_CONSOLE_EXPOSED", /CONSOLE_TOKEN/],
      [
        "for others with a bad token",
        {
          LIMELIGHT_CONSOLE_HOST: "0.0.0.0",
          LIMELIGHT_CONSOLE_ALLOWED_HOSTS: "box",
          LIMELIGHT_CONSOLE_TOKEN: "short",
        },
        "ERR_CONSOLE_EXPOSED",
        /CONSOLE_TOKEN/,
      ],
    ];
  for (const [what, env, code, advice] of refusals) {
    it(`opens none ${what}, says so, and lets the application run`, async () => {
      await using app = new PreloadProcess({ esm: ALIVE, env: { ...ANY, ...env } });
      const line = await app.until("a warning", () =>
        app.diagnostics.find(({ error_type }) => error_type !== undefined),
      );
      await app.line("alive");
      assert.equal(line?.["error_type"], code);
      assert.match(line?.["msg"], /^no console here: /);
      assert.match(line?.["msg"], advice);
      assert.ok(!app.stderr.includes("limelight console:"));
    });
  }

  it("opens one in production when asked for that", async () => {
    const env = { ...ANY, LIMELIGHT_CONSOLE: "production", NODE_ENV: "production" };
    await using app = new PreloadProcess({ esm: APP, env });
    assert.equal((await read(await urlOf(app), "/api/summary")).process.pid, app.pid);
  });

  it("says that its port is taken", async () => {
    await using first = new PreloadProcess({ esm: APP, env: ANY });
    const { port } = await urlOf(first);
    const env = { ...ANY, LIMELIGHT_CONSOLE_PORT: port };
    await using second = new PreloadProcess({ esm: ALIVE, env });
    const line = await second.until("a warning", () => second.diagnostics[0]);
    assert.equal(line["error_type"], "ERR_CONSOLE_PORT");
    await second.line("alive");
  });

  it("keeps no application running, and is not there unless asked for", async () => {
    const esm = 'setTimeout(() => console.log("done"), 300);';
    for (const LIMELIGHT_CONSOLE of ["1", "0", "false", "attach", ""]) {
      const app = await PreloadProcess.run({ esm, env: { ...ANY, LIMELIGHT_CONSOLE } });
      assert.deepEqual([app.exit.code, app.stdout], [0, ["done"]]);
      const said = app.stderr.includes("limelight console:");
      if (LIMELIGHT_CONSOLE !== "1") assert.equal(said, false, LIMELIGHT_CONSOLE);
    }
    const app = await PreloadProcess.run({ esm, env: { ...ANY, LIMELIGHT_CONSOLE: "maybe" } });
    assert.match(app.diagnostics[0]?.["msg"], /LIMELIGHT_CONSOLE knows 0, false, attach, 1/);
  });

  it("opens none in worker threads and children of cluster, which would fight about the port", async () => {
    const esm = `
      import cluster from "node:cluster";
      import { Worker } from "node:worker_threads";
      if (cluster.isPrimary) {
        cluster.fork().once("exit", () => console.log('{"child":1}'));
        new Worker("setTimeout(() => {}, 500)", { eval: true })
          .once("exit", () => console.log('{"worker":1}'));
        setInterval(() => {}, 1_000);
      } else {
        setTimeout(() => process.exit(), 500);
      }
    `;
    await using app = new PreloadProcess({ esm, env: ANY });
    await Promise.all([urlOf(app), app.line("child"), app.line("worker")]);
    assert.equal(app.stderr.split("limelight console:").length, 2);
  });
});
