import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { serveDashboards, type Viewer } from "../../tools/viewer/serve-dashboards.ts";

const folder = join(import.meta.dirname, "../../grafana/dashboards");
const NOWHERE = "http://127.0.0.1:9";

/** A backend of ours on loopback. */
async function startBackend(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** What a server answers; `fetch` would not send another host's name. */
async function ask(
  url: string,
  options: { method?: string; host?: string } = {},
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  const { method = "GET", host } = options;
  const sent = request(url, { method, ...(host === undefined ? {} : { headers: { host } }) }).end();
  const [response] = await once(sent, "response");
  const chunks: Buffer[] = await response.toArray();
  return {
    status: response.statusCode,
    body: Buffer.concat(chunks).toString(),
    headers: response.headers,
  };
}

describe("the viewer's server", () => {
  let viewer: Viewer;
  let backend: { url: string } & AsyncDisposable;
  before(async () => {
    backend = await startBackend((incoming, response) => {
      const wrong = incoming.url?.includes("wrong") ?? false;
      response.writeHead(wrong ? 400 : 200, { "content-type": "application/json", "x-own": "1" });
      response.end(JSON.stringify({ asked: incoming.url, method: incoming.method }));
    });
    viewer = await serveDashboards({
      port: 0,
      folder,
      prometheusUrl: `${backend.url}/below`,
      jaegerUrl: NOWHERE,
      victoriaLogsUrl: backend.url,
    });
  });
  after(async () => {
    await viewer?.[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
  });

  it("serves the page, its script and style, for any dashboard's address", async () => {
    for (const [path, type, part] of [
      ["/", "text/html", "/page.js"],
      ["/d/limelight-overview?from=now-5m", "text/html", "/page.js"],
      ["/page.js", "text/javascript", "addEventListener"],
      ["/page.css", "text/css", ".panel"],
    ] as const) {
      const { status, headers, body } = await ask(`${viewer.url}${path}`);

      assert.equal(status, 200, path);
      assert.match(String(headers["content-type"]), new RegExp(`^${type}`));
      assert.ok(body.includes(part), path);
    }
  });

  it("allows scripts and data from itself alone, and no frame around it", async () => {
    const { headers } = await ask(viewer.url);
    const policy = String(headers["content-security-policy"]);

    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:/);
    assert.equal(headers["access-control-allow-origin"], undefined);
  });

  it("lists the committed dashboards", async () => {
    const { body } = await ask(`${viewer.url}/dashboards`);
    const { dashboards, everyS } = JSON.parse(body);

    assert.equal(everyS, 15);
    assert.deepEqual(
      dashboards.map(({ uid }: { uid: string }) => uid),
      [
        "limelight-actor-type",
        "limelight-cluster",
        "limelight-overview",
        "limelight-requests",
        "limelight-runtime",
        "limelight-supervision",
      ],
    );
  });

  it("passes a query on as it is", async () => {
    const query = "query=sum(up%7Ba%3D%22b%22%7D)&start=1&match[]=x";
    const { status, body, headers } = await ask(
      `${viewer.url}/prometheus/api/v1/query_range?${query}`,
    );

    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(body), {
      asked: `/below/api/v1/query_range?${query}`,
      method: "GET",
    });
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers["x-own"], undefined);
  });

  it("passes a backend's refusal on", async () => {
    const { status, body } = await ask(
      `${viewer.url}/victorialogs/select/logsql/query?query=wrong`,
    );

    assert.equal(status, 400);
    assert.match(body, /wrong/);
  });

  it("says which backend does not answer", async () => {
    const { status, body } = await ask(`${viewer.url}/jaeger/api/traces?service=x`);

    assert.equal(status, 502);
    assert.match(body, /^http:\/\/127\.0\.0\.1:9 does not answer: /);
  });

  it("answers under its own name only", async () => {
    const { host, port } = new URL(viewer.url);
    for (const name of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1",
      "127.0.0.1:1",
      `${host}.evil`,
    ]) {
      assert.equal((await ask(viewer.url, { host: name })).status, 403, name);
    }
    assert.equal((await ask(viewer.url, { host: `localhost:${port}` })).status, 200);
  });

  it("answers to no method but GET", async () => {
    for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"]) {
      const { status, headers } = await ask(`${viewer.url}/prometheus/api/v1/query`, { method });

      assert.equal(status, 405, method);
      assert.equal(headers["allow"], "GET");
    }
  });

  it("passes on what the page reads", async () => {
    for (const path of [
      "/victorialogs/select/logsql/query?query=*",
      "/prometheus/api/v1/label/job/values",
    ]) {
      assert.equal((await ask(`${viewer.url}${path}`)).status, 200, path);
    }
    for (const path of ["/jaeger/api/traces", `/jaeger/api/v3/traces/${"a".repeat(32)}`]) {
      assert.equal((await ask(`${viewer.url}${path}`)).status, 502, path);
    }
  });

  it("passes on nothing else", async () => {
    for (const path of [
      "/nothing",
      "/page.js/x",
      "/prometheus",
      "/prometheus/api/v1/admin/tsdb/snapshot",
      "/prometheus/api/v1/label/a/b/values",
      "/prometheus/api/v1/query/../status/config",
      "/prometheus/api/v1/query%2f..%2fstatus",
      "/victorialogs/insert/jsonline",
      "/victorialogs/select/logsql/tail",
      "/victorialogs/internal/force_flush",
      "/jaeger/api/traces/..",
      "/jaeger/api/v3/traces/..",
      "/jaeger/api/v3/traces/xyz",
      "/jaeger/api/services",
      "/constructor/api/v1/query",
    ]) {
      assert.equal((await ask(`${viewer.url}${path}`)).status, 404, path);
    }
  });
});

describe("a viewer that cannot be", () => {
  const options = {
    port: 0,
    folder,
    prometheusUrl: NOWHERE,
    jaegerUrl: NOWHERE,
    victoriaLogsUrl: NOWHERE,
  };

  it("refuses to listen where others can reach it", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.0.1", "example.com"]) {
      await assert.rejects(serveDashboards({ ...options, host }), { code: "ERR_VIEWER_HOST" });
    }
  });

  it("refuses addresses that are not http URLs, and folders without dashboards", async () => {
    const wrong = "localhost:9428";
    await assert.rejects(serveDashboards({ ...options, victoriaLogsUrl: wrong }), {
      code: "ERR_VIEWER_BACKEND",
    });
    await assert.rejects(serveDashboards({ ...options, folder: import.meta.dirname }), {
      code: "ERR_VIEWER_DASHBOARDS",
    });
  });

  it("refuses points that come at no interval", async () => {
    for (const everyS of [0, -1, Number.NaN]) {
      await assert.rejects(serveDashboards({ ...options, everyS }), {
        code: "ERR_VIEWER_INTERVAL",
      });
    }
  });

  it("says so when its port is taken", async () => {
    await using first = await serveDashboards(options);
    const port = Number(new URL(first.url).port);

    await assert.rejects(serveDashboards({ ...options, port }), { code: "ERR_VIEWER_LISTEN" });
  });
});
