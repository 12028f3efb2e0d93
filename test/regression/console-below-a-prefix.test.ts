import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type ConsoleKit, openConsole } from "../_support/console-kit.ts";
import { PrefixProxy } from "../_support/prefix-proxy.ts";

const PREFIX = "/tools/ll/";

/** Whether a browser sends a cookie with this `Path` to `path`, by RFC 6265, 5.1.3 and 5.1.4. */
function isSentTo(path: string, cookie: string, requestPath: string): boolean {
  const [, attribute] = /; *path=([^;]*)/i.exec(cookie) ?? [];
  const ownDirectory = path.slice(0, path.lastIndexOf("/")) || "/";
  const scope = attribute?.startsWith("/") ? attribute : ownDirectory;
  return requestPath === scope || requestPath.startsWith(scope.replace(/\/?$/, "/"));
}

describe("a console behind a proxy that serves it below a path", () => {
  let kit: ConsoleKit;
  let proxy: PrefixProxy;
  before(async () => {
    kit = await openConsole();
    proxy = await PrefixProxy.start({ prefix: PREFIX, port: kit.console.port });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await kit[Symbol.asyncDispose]();
  });

  it("leads from the address with the token to the page below that path", async () => {
    const login = new URL(`?token=${kit.console.token}`, proxy.url);

    const answer = await fetch(login, { redirect: "manual" });

    assert.equal(answer.status, 303);
    const target = new URL(answer.headers.get("location") ?? "", login);
    assert.equal(target.href, proxy.url);
  });

  it("gives a cookie that is sent to that path only", async () => {
    const login = new URL(`?token=${kit.console.token}`, proxy.url);

    const [cookie = ""] = (await fetch(login, { redirect: "manual" })).headers.getSetCookie();

    assert.ok(isSentTo(login.pathname, cookie, `${PREFIX}api/summary`), cookie);
    assert.ok(!isSentTo(login.pathname, cookie, "/another/application"), cookie);
    const headers = { cookie: cookie.split(";", 1)[0] ?? "" };
    assert.equal((await fetch(new URL("api/summary", proxy.url), { headers })).status, 200);
  });

  it("has a page whose files are below that path", async () => {
    const headers = { authorization: `Bearer ${kit.console.token}` };

    const page = await (await fetch(proxy.url, { headers })).text();

    const files = [...page.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(
      ([, path = ""]) => path,
    );
    assert.equal(files.length, 2);
    for (const file of files) {
      const answer = await fetch(new URL(file, proxy.url), { headers });
      assert.equal(answer.status, 200, file);
    }
  });

  it("describes its API as below that path", async () => {
    const url = new URL("api/openapi.json", proxy.url);
    const headers = { authorization: `Bearer ${kit.console.token}` };

    const { servers } = (await (await fetch(url, { headers })).json()) as {
      servers?: readonly { readonly url: string }[];
    };

    assert.equal(new URL(servers?.[0]?.url ?? "/", url).href, proxy.url);
  });
});
