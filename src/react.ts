/**
 * Connects React components to the actors behind a gateway. React 18 or later.
 *
 * @module limelight/react
 */
export { type ActorHook, useActor } from "./react/use-actor.ts";
