import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { actorQuery, logQuery, traceQuery } from "../../src/viewer/queries.ts";
import { formatRoute, parseRoute } from "../../src/viewer/route.ts";
import { ALL_ACTORS } from "../../src/viewer/tree.ts";

describe("the address of a view", () => {
  it("says everything: it can be shared", () => {
    const params = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ minLength: 1 }));
    const tab = fc.constantFrom("actors", "traces", "logs");
    fc.assert(
      fc.property(tab, params, (name, given) => {
        // A half of a pair of surrogates has no place in an address.
        fc.pre(Object.values(given).every((value) => value.isWellFormed()));
        const route = { tab: name, params: { ...given } };
        assert.deepEqual(parseRoute(formatRoute(route)), route);
      }),
    );
  });

  it("is read in any form", () => {
    fc.assert(
      fc.property(fc.string(), (hash) => {
        const { tab, params } = parseRoute(hash);
        assert.match(tab, /^[a-z]*$/);
        actorQuery(params);
        logQuery(params);
        traceQuery(params);
      }),
    );
  });

  it("means everything where it says nothing that is known", () => {
    const odd = { sort: "constructor", layout: "x", state: "x", level: "x", min: "-1" };

    assert.deepEqual(actorQuery(odd), ALL_ACTORS);
    assert.deepEqual(logQuery(odd), logQuery({}));
    assert.deepEqual(traceQuery(odd), traceQuery({}));
  });
});
