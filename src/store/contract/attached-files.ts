/*
 * Files that belong to a store besides its entries: SQLite databases in a folder of its directory. An entry under
 * `f/` says that a file belongs to the data; its value is the name of the file.
 */

/** What the keys of the names of all attached files start with. */
export const ATTACHED_PREFIX = "f/";
/** Folder of the attached files in the directory of a store. */
export const ATTACHED_FOLDER = "db";
/** Marks an attached database, in SQLite's `application_id`. The bytes are `limd`. */
export const ATTACHED_APPLICATION_ID = 0x6c_69_6d_64;
/** Version of the format of attached databases, in SQLite's `user_version`. */
export const ATTACHED_FORMAT = 1;

/** Two segments, of which none begins with a dot, so that a name never leads out of the folder. */
const NAME = /^[A-Za-z_$][\w$.-]*\/[\w-]{1,64}\.sqlite$/;

/** Returns whether a text of the store is the name of an attached file, so that no other file is ever touched. */
export function isAttachedName(name: string): boolean {
  return NAME.test(name);
}

/** Returns the name in the value of an entry under {@link ATTACHED_PREFIX}; `undefined` if it is none. */
export function attachedName(value: Uint8Array): string | undefined {
  const name = new TextDecoder().decode(value);
  return isAttachedName(name) ? name : undefined;
}
