import { describe } from "node:test";
import { actorAccessContract } from "./actor-access.ts";

describe("the access to the actors of one process", () => {
  actorAccessContract((access) => access);
});
