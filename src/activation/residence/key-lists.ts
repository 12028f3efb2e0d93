import type {
  KeyedType as KeyedTypeName,
  KeyListing,
  KeysOptions,
} from "../../actor/definition/keyed-address.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import type { Store } from "../../store/contract/store.ts";
import type { Placement } from "../placement/placement.ts";
import type { Directory } from "./directory.ts";
import { type KeyPagesParts, type KeyQuery, listKeys, listTexts, typeNameOf } from "./key-pages.ts";

/** What {@link KeyLists} works with. */
export interface KeyListsParts {
  readonly system: SystemRuntime;
  readonly directory: Directory;
  readonly placement: Placement | undefined;
  /** The store may be created later. */
  store(): Store;
}

/** Lists the stored keys of a system. */
export class KeyLists {
  readonly #parts: KeyListsParts;

  constructor(parts: KeyListsParts) {
    this.#parts = parts;
  }

  /** @throws {@link UsageError} `ERR_INVALID_KEY`, `ERR_INVALID_OPTION` */
  keys(type: KeyedTypeName, options?: KeysOptions): Promise<KeyListing> {
    return listKeys(this.#pages(), typeNameOf(type), options);
  }

  /** The same with a prefix of the text of keys. */
  texts(query: KeyQuery): Promise<KeyListing> {
    return listTexts(this.#pages(), query);
  }

  #pages(): KeyPagesParts {
    const { directory, placement, store, system } = this.#parts;
    return {
      store: store(),
      isAwake: (type, text) => directory.find(type, text)?.cell !== undefined,
      *awakeKeys(type) {
        for (const { cell, owner } of directory.entries(type)) if (cell) yield owner.keyText;
      },
      awakeElsewhere: placement && ((type, texts) => placement.awakeElsewhere(type, texts)),
      damaged: (type, err) => {
        const fields = { target_type: type, err };
        system.warn("actor.record.damaged", type, fields, "record of an actor is damaged");
      },
    };
  }
}
