/*
 * Subjects of the bus. Engines put the namespace before them. Part of the wire format.
 *
 *   place                      requests to the coordinator: where is, or place, an actor
 *   call.<runner>              asks, tells and queue messages for actors of a runner
 *   link.<runner>              connections of actors of a runner
 *   stream.<runner>            bodies of HTTP requests to actors of a runner, and credit for bodies of responses
 *   due                        due times that actors have stored, for the process that looks for them
 *   control.<runner>           nudges and operations on a runner
 *   view.<node>                questions of viewers to one node; `view-all` reaches every node
 */

/** Partitions of the events of all actors. Cannot change while a cluster runs. */
export const EVENT_PARTITIONS = 8;

export const PLACE_SUBJECT = "place";
export const DUE_SUBJECT = "due";
export const VIEW_ALL_SUBJECT = "view-all";

export function callSubject(runnerId: string): string {
  return `call.${runnerId}`;
}

export function linkSubject(runnerId: string): string {
  return `link.${runnerId}`;
}

export function streamSubject(runnerId: string): string {
  return `stream.${runnerId}`;
}

export function controlSubject(runnerId: string): string {
  return `control.${runnerId}`;
}

export function viewSubject(nodeId: string): string {
  return `view.${nodeId}`;
}

/** Returns the partition of an actor's events, by the FNV-1a hash of its address. */
function partitionOf(address: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < address.length; at += 1) {
    hash ^= address.charCodeAt(at); // addresses are ASCII
    hash = Math.imul(hash, 0x01_00_01_93) >>> 0;
  }
  return hash % EVENT_PARTITIONS;
}

/** Subject of a command in its log. */
export function commandSubject(runnerId: string, address: string): string {
  return `${runnerId}.${address}`;
}

/** Subject of an event batch in its log. */
export function eventSubject(address: string): string {
  return `${partitionOf(address)}.${address}`;
}

/** Key of the lease of a runner. */
export function runnerLease(runnerId: string): string {
  return `r.${runnerId}`;
}

/** What the key of the lease of the coordinator starts with, so that it can be watched. */
export const COORDINATOR_LEASES = "c";

/** Key of the lease of the coordinator. */
export const COORDINATOR_LEASE: string = `${COORDINATOR_LEASES}.coordinator`;
