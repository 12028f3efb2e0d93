import { useEffect, useState } from "preact/hooks";
import { type Address, readAddress, writeAddress } from "../model/address.ts";

// Links to dashboards change the address without loading the page anew.

const CHANGED = "address-changed";

/** Goes to another address of this page. */
export function goTo(address: Address): void {
  go(writeAddress(address));
}

function go(href: string): void {
  history.pushState(undefined, "", href);
  dispatchEvent(new Event(CHANGED));
}

/** Follows a click on a link to a dashboard, unless it is to open elsewhere. */
function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const modified = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey;
  if (link === null || modified || !link.pathname.startsWith("/d/")) return;
  if (link.origin !== location.origin) return;
  event.preventDefault();
  go(link.href);
}

/** The address of the page, now and whenever it changes. */
export function useAddress(): Address {
  const [address, setAddress] = useState(() => readAddress(location.href));
  useEffect(() => {
    const read = (): void => setAddress(readAddress(location.href));
    addEventListener(CHANGED, read);
    addEventListener("popstate", read);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener(CHANGED, read);
      removeEventListener("popstate", read);
      document.removeEventListener("click", follow);
    };
  }, []);
  return address;
}
