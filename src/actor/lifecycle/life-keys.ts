/*
 * Names of what the runtime does with a life. Its context is in the hands of the user, who may set fields of any
 * other name on it.
 */

export const ABORT: unique symbol = Symbol("limelight.abort");
export const ABORTED: unique symbol = Symbol("limelight.aborted");
export const CLOSE: unique symbol = Symbol("limelight.close");
export const PRESENT: unique symbol = Symbol("limelight.present");
