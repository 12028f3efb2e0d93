import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import { Environment } from "../../src/preload/environment.ts";
import { MetricsPage } from "../../src/preload/prometheus/metrics-page.ts";
import { MetricsServer } from "../../src/preload/prometheus/metrics-server.ts";

const PAGE = "actor_started_total 1\n";

/** A page that a test turns at will. */
class Page {
  renders = 0;
  render = (): Promise<string> => {
    this.renders += 1;
    return Promise.resolve(PAGE);
  };
}

interface Served extends AsyncDisposable {
  readonly page: Page;
  readonly url: string;
  readonly diagnostics: string[];
  ask(options?: Question): Promise<{ status: number; body: string; headers: Headers }>;
}

interface Question {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
}

async function serve(variables: Record<string, string> = {}): Promise<Served> {
  const page = new Page();
  const lines: string[] = [];
  const diagnostics = new Diagnostics({ write: (line) => lines.push(line) });
  const environment = new Environment(
    { OTEL_EXPORTER_PROMETHEUS_PORT: "0", ...variables },
    () => {},
  );
  const server = new MetricsServer(page as unknown as MetricsPage, environment, diagnostics);
  const url = (await server.bound) ?? "";
  return {
    page,
    url,
    diagnostics: lines,
    async ask({ method = "GET", path = "/metrics", host } = {}) {
      const headers = host === undefined ? {} : { host };
      const sent = request(new URL(path, url), { method, headers, agent: false }).end();
      const [response] = await once(sent, "response");
      const body = await text(response);
      return { status: response.statusCode, body, headers: new Headers(response.headers) };
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

describe("GET /metrics", () => {
  it("answers the page in the text format's content type", async () => {
    await using served = await serve();

    const { status, body, headers } = await served.ask();

    assert.deepEqual([status, body], [200, PAGE]);
    assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(headers.get("access-control-allow-origin"), null);
    assert.match(served.url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  });

  it("takes a query", async () => {
    await using served = await serve();
    assert.equal((await served.ask({ path: "/metrics?name[]=up" })).status, 200);
  });

  it("answers 500 and no stack when collecting fails", async () => {
    await using served = await serve();
    served.page.render = () => Promise.reject(new Error("secret"));

    const { status, body } = await served.ask();

    assert.deepEqual([status, body], [500, "metrics could not be collected\n"]);
    assert.match(served.diagnostics.join(""), /secret/);
  });
});

describe("other requests to the metrics port", () => {
  it("HEAD has the headers and no body", async () => {
    await using served = await serve();
    const { status, body, headers } = await served.ask({ method: "HEAD" });
    assert.deepEqual([status, body], [200, ""]);
    assert.equal(headers.get("content-length"), String(PAGE.length));
  });

  for (const path of ["/", "/metrics/", "/Metrics", "/metrics.txt", "//metrics"]) {
    it(`answers 404 under ${path}`, async () => {
      await using served = await serve();
      assert.equal(
        (await served.ask({ path: `${served.url.replace("/metrics", path)}` })).status,
        404,
      );
    });
  }

  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    it(`answers 405 to ${method} and says what is allowed`, async () => {
      await using served = await serve();
      const { status, headers } = await served.ask({ method });
      assert.deepEqual([status, headers.get("allow")], [405, "GET, HEAD"]);
      assert.equal(served.page.renders, 0);
    });
  }
});

describe("the Host header", () => {
  const CASES: [bound: string, allowedHosts: string, host: string, status: number][] = [
    ["127.0.0.1", "", "localhost", 200],
    ["127.0.0.1", "", "LOCALHOST:9464", 200],
    ["127.0.0.1", "", "127.0.0.1:1", 200],
    ["127.0.0.1", "", "[::1]:9464", 200],
    ["127.0.0.1", "", "evil.example", 403],
    ["127.0.0.1", "", "evil.example:9464", 403],
    ["127.0.0.1", "", "localhost.evil.example", 403],
    ["127.0.0.1", "", "127.0.0.1.evil.example", 403],
    ["127.0.0.1", "", "10.0.0.1", 403],
    ["127.0.0.1", "evil.example", "evil.example", 403],
    ["0.0.0.0", "", "evil.example", 403],
    ["0.0.0.0", "app.internal, other", "app.internal:9464", 200],
    ["0.0.0.0", "app.internal, other", "OTHER", 200],
    ["0.0.0.0", "app.internal", "evil.example", 403],
    // Only names can be rebound, and pods are scraped by address.
    ["0.0.0.0", "", "10.0.0.1:9464", 200],
    ["0.0.0.0", "", "[fd00::1]:9464", 200],
  ];
  for (const [bound, allowedHosts, host, expected] of CASES) {
    const names = allowedHosts === "" ? "" : ` with ${allowedHosts} allowed`;
    it(`${JSON.stringify(host)} gets ${expected} on ${bound}${names}`, async () => {
      await using served = await serve({
        OTEL_EXPORTER_PROMETHEUS_HOST: bound,
        LIMELIGHT_METRICS_ALLOWED_HOSTS: allowedHosts,
      });
      const { status } = await served.ask({ host });
      assert.equal(status, expected);
      assert.equal(served.page.renders, expected === 200 ? 1 : 0);
    });
  }
});

describe("a Host that is not served", () => {
  it("is told which variable allows it", async () => {
    await using open = await serve({ OTEL_EXPORTER_PROMETHEUS_HOST: "0.0.0.0" });
    await using loopback = await serve();

    const answers = [
      await open.ask({ host: "app:9464" }),
      await loopback.ask({ host: "app:9464" }),
    ];

    for (const { status, body } of answers) {
      assert.equal(status, 403);
      assert.match(body, /LIMELIGHT_METRICS_ALLOWED_HOSTS/);
    }
    assert.match(
      answers[1]?.body ?? "",
      /OTEL_EXPORTER_PROMETHEUS_HOST/,
      "the name alone is not enough",
    );
  });
});

describe("a host that the port cannot be bound to", () => {
  it("is named with the variable that gives it", async () => {
    await using served = await serve({ OTEL_EXPORTER_PROMETHEUS_HOST: "192.0.2.1" });

    assert.equal(served.url, "");
    assert.equal(served.diagnostics.length, 1);
    assert.match(
      String(served.diagnostics[0]),
      /192\.0\.2\.1 .*; set OTEL_EXPORTER_PROMETHEUS_HOST to an address of this machine/,
    );
  });
});

describe("a request without a Host header", () => {
  it("gets 403", async () => {
    await using served = await serve();
    const { hostname, port } = new URL(served.url);

    const socket = connect(Number(port), hostname).end("GET /metrics HTTP/1.0\r\n\r\n");

    assert.match(await text(socket), /^HTTP\/1.1 403 /);
  });
});

describe("the page", () => {
  it("is collected once for scrapes that come together, and anew for the next", async () => {
    let collections = 0;
    const gate = Promise.withResolvers<void>();
    const collect = async (): Promise<object> => {
      collections += 1;
      await gate.promise;
      return { resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [] }, errors: [] };
    };
    const page = new MetricsPage({ collect } as never, new Diagnostics());

    const together = [page.render(), page.render()];
    gate.resolve();
    await Promise.all(together);
    const afterwards = collections;
    await page.render();

    assert.deepEqual([afterwards, collections], [1, 2]);
  });
});

describe("the port", () => {
  it("that is taken costs the page, and one line says what to set", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    await using served = await serve({ OTEL_EXPORTER_PROMETHEUS_PORT: String(port) });
    other.close();

    assert.equal(served.url, "");
    assert.equal(served.diagnostics.length, 1);
    const line = JSON.parse(served.diagnostics[0] ?? "");
    assert.match(
      line.msg,
      new RegExp(`port ${port} on 127.0.0.1 is taken.*OTEL_EXPORTER_PROMETHEUS_PORT`),
    );
  });

  it("that cannot be a port becomes the default", () => {
    const problems: string[] = [];
    const environment = new Environment({ PORT: "70000" }, (problem) => problems.push(problem));
    assert.equal(environment.number("PORT", 9_464, { min: 0, max: 65_535, integer: true }), 9_464);
    assert.match(
      problems.join(),
      /PORT must be an integer from 0 to 65535, not "70000": using 9464/,
    );
  });
});
