import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HostGuard, HostMatch, siteOf } from "../../src/http/host-guard.ts";
import { bareHost, isLoopback, localUrlHost } from "../../src/http/host-names.ts";
import { Refusal } from "../../src/http/refusal.ts";

const PORT = 4_400;

interface Facts {
  readonly bound?: string;
  readonly match?: HostMatch;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly port?: number;
}

/** The code that a request with these headers is refused for. */
function verdict(headers: Readonly<Record<string, string>>, facts: Facts = {}): string {
  const { bound = "127.0.0.1", match = HostMatch.Exact, allowedHosts = [], port = PORT } = facts;
  const { allowedOrigins } = facts;
  const advice = "ask for another";
  const guard = new HostGuard({ host: bound, match, allowedHosts, allowedOrigins, advice });
  const headersDistinct = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  );
  try {
    guard.requireOwnSite(siteOf({ method: "GET", headers, headersDistinct } as never), port);
    return "answered";
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return error.code;
  }
}

describe("bareHost", () => {
  it("takes the brackets of IPv6 addresses only", () => {
    const hosts = ["[::1]", "[fd00::1]", "::1", "[::1", "[localhost]", "[127.0.0.1]", "[]"];

    assert.deepEqual(hosts.map(bareHost), ["::1", "fd00::1", ...hosts.slice(2)]);
  });
});

describe("a guard of exact hosts", () => {
  it("knows the address it is bound to, of any family", () => {
    const cases: readonly (readonly [bound: string, host: string, expected: string])[] = [
      ["::1", `[::1]:${PORT}`, "answered"],
      ["127.0.0.2", `127.0.0.2:${PORT}`, "answered"],
      ["127.0.0.1", `127.0.0.2:${PORT}`, "FOREIGN_HOST"],
      ["fd00::1", `[fd00::1]:${PORT}`, "answered"],
      ["fd00::1", `[FD00::1]:${PORT}`, "answered"],
      ["fd00::1", `[fd00::2]:${PORT}`, "FOREIGN_HOST"],
      ["0.0.0.0", `10.0.0.1:${PORT}`, "FOREIGN_HOST"],
    ];
    for (const [bound, host, expected] of cases) {
      assert.equal(verdict({ host }, { bound }), expected, `${host} on ${bound}`);
    }
  });

  it("wants the port, but for that of the scheme", () => {
    assert.equal(verdict({ host: "localhost" }), "FOREIGN_HOST");
    assert.equal(verdict({ host: "localhost" }, { port: 80 }), "answered");
    assert.equal(verdict({ host: "localhost:80" }, { port: 80 }), "answered");
  });

  it("takes further names with their port or with any, also of the origin", () => {
    const facts = { allowedHosts: ["Ops.example:8443", "any.example"] };
    const proxied = `127.0.0.1:${PORT}`;
    const cases: readonly (readonly [host: string, origin: string, expected: string])[] = [
      ["ops.example:8443", "https://OPS.example:8443", "answered"],
      ["ops.example", "https://ops.example", "FOREIGN_HOST"],
      ["ops.example:8443:1", "https://ops.example:8443", "FOREIGN_HOST"],
      ["any.example", "https://any.example", "answered"],
      ["any.example:1", "https://any.example:2", "answered"],
      // A proxy that asks by the server's own name, for a page of its own.
      [proxied, "https://any.example", "answered"],
      [proxied, "https://ops.example:8443", "answered"],
      [proxied, "https://ops.example", "CROSS_SITE"],
    ];
    for (const [host, origin, expected] of cases) {
      assert.equal(verdict({ host, origin }, facts), expected, `${host} from ${origin}`);
    }
  });
});

describe("a guard with origins of their own", () => {
  const facts = {
    allowedHosts: ["api.example"],
    allowedOrigins: ["https://Shop.example", "http://localhost:5173"],
  };
  const host = "api.example";

  it("takes exactly these, regardless of what the browser says about the site", () => {
    const cross = { host, "sec-fetch-site": "cross-site" };
    const cases: readonly (readonly [origin: string, expected: string])[] = [
      ["https://shop.example", "answered"],
      ["http://localhost:5173", "answered"],
      ["http://shop.example", "CROSS_SITE"],
      ["https://shop.example:8443", "CROSS_SITE"],
      ["https://shop.example.evil.example", "CROSS_SITE"],
      ["http://localhost:5174", "CROSS_SITE"],
      ["null", "CROSS_SITE"],
    ];
    for (const [origin, expected] of cases) {
      assert.equal(verdict({ ...cross, origin }, facts), expected, origin);
      assert.equal(verdict({ host, origin }, facts), expected, origin);
    }
    assert.equal(verdict(cross, facts), "CROSS_SITE", "no origin");
  });

  it("takes pages of the host that the request names, and no other allowed host", () => {
    assert.equal(verdict({ host, origin: "https://api.example" }, facts), "answered");
    const both = { ...facts, allowedHosts: ["api.example", "www.example"] };
    assert.equal(verdict({ host, origin: "https://www.example" }, both), "CROSS_SITE");
  });

  it("does not serve by the name of an origin", () => {
    assert.equal(verdict({ host: "shop.example" }, facts), "FOREIGN_HOST");
  });
});

describe("a guard of names", () => {
  const match = HostMatch.Name;

  it("takes any port, and beyond loopback any address", () => {
    assert.equal(verdict({ host: "localhost:1" }, { match }), "answered");
    assert.equal(verdict({ host: "10.0.0.1:1" }, { match }), "FOREIGN_HOST");
    assert.equal(verdict({ host: "10.0.0.1:1" }, { match, bound: "0.0.0.0" }), "answered");
    assert.equal(verdict({ host: "[fd00::1]" }, { match, bound: "::" }), "answered");
    assert.equal(verdict({ host: "pod.example" }, { match, bound: "::" }), "FOREIGN_HOST");
  });

  it("takes no origin but that of the request, by a mapped port as well", () => {
    const host = "localhost:9000";
    assert.equal(verdict({ host, origin: "http://localhost:9000" }, { match }), "answered");
    assert.equal(verdict({ host, origin: "http://localhost:3000" }, { match }), "CROSS_SITE");
  });
});

describe("an address that a server is bound to", () => {
  it("is of loopback, or reached by one of loopback where it is a wildcard", () => {
    const loopback = ["127.0.0.1", "127.1.2.3", "::1", "localhost"];
    const open = ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "localhost.example"];
    assert.deepEqual(loopback.filter(isLoopback), loopback);
    assert.deepEqual(open.filter(isLoopback), []);
    assert.deepEqual(["0.0.0.0", "::", "fd00::1"].map(localUrlHost), [
      "127.0.0.1",
      "[::1]",
      "[fd00::1]",
    ]);
  });
});
