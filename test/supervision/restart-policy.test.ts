import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Directive,
  defaultDirective,
  FailurePhase,
  RestartPolicy,
} from "../../src/supervision/restart-policy.ts";

const phases = Object.values(FailurePhase);
const afterStart = phases.filter((phase) => phase !== FailurePhase.Start);

function directives(
  policy: RestartPolicy,
  of: readonly FailurePhase[],
  restarting: boolean,
): Directive[] {
  return [...new Set(of.map((phase) => defaultDirective(policy, phase, restarting)))];
}

describe("the default directive", () => {
  it("of the policy never is always to stop", () => {
    for (const restarting of [true, false]) {
      assert.deepEqual(directives(RestartPolicy.Never, phases, restarting), ["stop"]);
    }
  });

  for (const policy of [RestartPolicy.Permanent, RestartPolicy.Transient]) {
    it(`of the policy ${policy} is to restart after anything but a start`, () => {
      for (const restarting of [true, false]) {
        assert.deepEqual(directives(policy, afterStart, restarting), ["restart"]);
      }
    });

    it(`of the policy ${policy} does not try a first start again`, () => {
      assert.equal(defaultDirective(policy, FailurePhase.Start, false), "stop");
    });
  }

  it("for a restart that fails is where permanent and transient differ", () => {
    const { Permanent, Transient } = RestartPolicy;

    const chosen = [Permanent, Transient].map((policy) =>
      defaultDirective(policy, FailurePhase.Start, true),
    );

    assert.deepEqual(chosen, ["restart", "stop"]);
  });
});
