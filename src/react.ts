/**
 * Connects React components to the actors behind a gateway. React 18 or later.
 *
 * @module limelight/react
 */
export type { ActorHook } from "./react/react-types.ts";
export { useActor } from "./react/use-actor.ts";
