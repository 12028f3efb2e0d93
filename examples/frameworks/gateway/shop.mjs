// What the gateways of this folder reach: the lines of a cart, with prices that are fetched.
import { createSystem, defineKeyedActor } from "limelight";
import { expose, unchecked } from "limelight/gateway";

const cart = defineKeyedActor("cart", {
  state: () => ({ lines: [] }),
  handlers: {
    async add(c, item, quantity) {
      const response = await fetch(`${process.env.PRICES_URL}/prices/${item}`);
      const { cents } = await response.json();
      c.log.info({ item }, "added");
      c.state.lines = [...c.state.lines, { item, quantity, cents: cents * quantity }];
      return c.state.lines;
    },
    clear(c) {
      c.state.lines = []; // not exposed
    },
  },
});

/** Schemas of zod, valibot or arktype in place of `unchecked` check the arguments. */
export const actors = [expose(cart, { calls: { add: unchecked } })];
export const system = createSystem({ actors: [cart] });
