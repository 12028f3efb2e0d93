import { useEffect, useRef, useState } from "preact/hooks";
import type { DataSource } from "./data-source.ts";
import { KeyPager, type KeysWanted, type LoadedKeys } from "./key-pager.ts";

const REFRESH_MS = 5_000;

/** A list of keys that grows page by page. */
export interface KeyPages {
  /** `null` until the first page has arrived. */
  readonly loaded: LoadedKeys | null;
  /** Reads the next page. */
  readonly more: () => void;
  /** Reads the first keys again. */
  readonly refresh: () => void;
}

/** Reads the stored keys that fit `wanted`, page by page. The first keys are read again every few seconds. */
export function useKeyPages(source: DataSource, wanted: KeysWanted): KeyPages {
  const { system, type, prefix, state } = wanted;
  const pager = useRef<KeyPager | null>(null);
  const [loaded, setLoaded] = useState<LoadedKeys | null>(null);
  useEffect(() => {
    const own: KeyPager = new KeyPager(source, { system, type, prefix, state }, (keys) => {
      if (pager.current === own) setLoaded(keys);
    });
    pager.current = own;
    setLoaded(null);
    const refresh = (): void => void (document.hidden || own.refresh()); // never rejects
    refresh();
    const timer = source.live ? setInterval(refresh, REFRESH_MS) : undefined;
    return () => {
      clearInterval(timer);
      pager.current = null;
    };
  }, [source, system, type, prefix, state]);
  return {
    loaded,
    more: () => void pager.current?.more(), // never rejects
    refresh: () => void pager.current?.refresh(), // never rejects
  };
}
