import type { ComponentChildren } from "preact";
import { store, useStore } from "./store";

/** Where we are; changes on every move within the pages. */
const place = store(location.pathname + location.search);

export function go(path: string, how: "push" | "replace" = "push"): void {
  if (how === "push") {
    history.pushState(null, "", path);
    window.scrollTo(0, 0);
  } else history.replaceState(history.state, "", path);
  place.set(location.pathname + location.search);
}

window.addEventListener("popstate", () => place.set(location.pathname + location.search));

/** The path without its trailing slash, and the query. */
export function usePlace(): { path: string; query: URLSearchParams } {
  const url = new URL(useStore(place), location.origin);
  return { path: url.pathname.replace(/(.)\/+$/, "$1"), query: url.searchParams };
}

interface LinkProps {
  to: string;
  class?: string;
  "aria-current"?: "page" | undefined;
  children: ComponentChildren;
}

/** A link within the pages; opens as any other in a new tab. */
export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (e: MouseEvent): void => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    go(to);
  };
  return (
    <a {...rest} href={to} onClick={follow}>
      {children}
    </a>
  );
}
