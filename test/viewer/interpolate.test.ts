import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { placeholder, SAME_CHOICE } from "../../tools/grafana/variables.ts";
import {
  type Choice,
  interpolateQuery,
  interpolateText,
  interpolateUrl,
  type Scope,
} from "../../tools/viewer/model/interpolate.ts";
import { parseLabelValues } from "../../tools/viewer/model/label-values.ts";

const intervals = { intervalS: 15, rateIntervalS: 60, rangeS: 1_800 };
const everything: Choice = { values: [], all: true, allValue: ".+", multi: true };

function some(...values: string[]): Choice {
  return { values, all: false, allValue: ".+", multi: true };
}

function text(value: string): Choice {
  return { values: [value], all: false, allValue: "", multi: false };
}

function scope(choices: Scope["choices"], extra: Scope["extra"] = {}): Scope {
  return { choices, intervals, urlTimeRange: "from=now-30m&to=now", extra };
}

describe("queries", () => {
  it("have the lengths of time that Grafana has", () => {
    const query = "rate(a[$__rate_interval]) + increase(b[$__range]) + c[$__interval] + d[$__auto]";

    assert.equal(
      interpolateQuery(query, scope({})),
      "rate(a[60s]) + increase(b[1800s]) + c[15s] + d[60s]",
    );
  });

  it("take all, one or several of a variable", () => {
    const query = '{job=~"$job"}';

    assert.equal(interpolateQuery(query, scope({ job: everything })), '{job=~".+"}');
    assert.equal(interpolateQuery(query, scope({ job: some("shop") })), '{job=~"shop"}');
    assert.equal(interpolateQuery(query, scope({ job: some("a", "b") })), '{job=~"(a|b)"}');
    assert.equal(
      interpolateQuery('{service.name=~"$job"} a:~"^($job)$"', scope({ job: some("a", "b") })),
      '{service.name=~"(a|b)"} a:~"^((a|b))$"',
    );
  });

  it("match exactly what was chosen, regardless of what is in it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
        fc.string(),
        (chosen, other) => {
          const literal = interpolateQuery("$job", scope({ job: some(...chosen) }));
          const pattern = new RegExp(`^(?:${JSON.parse(`"${literal}"`)})$`, "s");

          for (const value of chosen) assert.match(value, pattern);
          assert.equal(pattern.test(other), chosen.includes(other));
        },
      ),
    );
  });

  it("cannot be broken out of by a text", () => {
    const query = interpolateQuery('trace_id:~"^$trace"', scope({ trace: text('a"} or {b="') }));

    assert.equal(query, 'trace_id:~"^a\\"} or {b=\\""');
  });

  it("keep a placeholder that stands for nothing", () => {
    assert.equal(interpolateQuery("$unknown", scope({})), "$unknown");
  });
});

describe("titles and links", () => {
  it("say what is chosen", () => {
    const choices = { trace: text("abc"), job: some("a", "b"), type: everything };

    assert.equal(interpolateText("$trace of $job, $type", scope(choices)), "abc of a + b, All");
  });

  it("keep the choice and the time, and encode the value they are about", () => {
    const type = placeholder("__field.labels.actor_type");
    const url = `/d/x?var-trace=${placeholder("__value.raw")}&var-type=${type}&${SAME_CHOICE}`;
    const extra = { "__value.raw": "a&b", "__field.labels.actor_type": "desk" };

    assert.equal(
      interpolateUrl(url, scope({ job: some("a", "b/c"), instance: everything }, extra)),
      "/d/x?var-trace=a%26b&var-type=desk&var-job=a&var-job=b%2Fc&var-instance=%24__all&from=now-30m&to=now",
    );
  });
});

describe("query variables", () => {
  it("ask for a label's values, on some series or all", () => {
    assert.deepEqual(parseLabelValues('label_values(up{job=~"$job", a="b"}, instance)'), {
      selector: 'up{job=~"$job", a="b"}',
      label: "instance",
    });
    assert.deepEqual(parseLabelValues("label_values(job)"), { selector: "", label: "job" });
    assert.equal(parseLabelValues("metrics(up)"), undefined);
  });
});
