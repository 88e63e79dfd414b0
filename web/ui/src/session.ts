import { useEffect, useState } from "preact/hooks";
import { ApiError, now } from "./api";
import { store, useStore } from "./store";
import { hellos } from "./live";
import type { Me } from "./types";

/** Who looks at the pages; null until the server has said so. */
export const me = store<Me | null>(null);

export const useMe = (): Me | null => useStore(me);

/** The server's time, new each half minute, for "3 minutes ago". */
const clock = store(now());
window.setInterval(() => clock.set(now()), 30_000);
hellos.watch(() => clock.set(now()));
export const useNow = (): number => useStore(clock);

export interface Loaded<T> {
  value: T | null;
  error: ApiError | null;
  /** Fetches again; what is shown stays until the answer is there. */
  again: () => void;
  put: (value: T) => void;
}

/** Fetches when key changes and whenever the stream is new; a later answer to an older question is dropped. */
export function useLoad<T>(key: string, load: () => Promise<T>, followStream = true): Loaded<T> {
  const [state, set] = useState<{ key: string; value: T | null; error: ApiError | null }>({ key, value: null, error: null });
  const [turn, next] = useState(0);
  const stream = useStore(hellos);
  useEffect(() => {
    let current = true;
    load().then(
      (value) => current && set({ key, value, error: null }),
      (e: unknown) => {
        const error = e instanceof ApiError ? e : new ApiError("internal", String(e), String(e));
        if (current) set((s) => ({ key, value: s.key === key ? s.value : null, error }));
      },
    );
    return () => {
      current = false;
    };
  }, [key, turn, followStream ? stream : 0]);
  const mine = state.key === key;
  return {
    value: mine ? state.value : null,
    error: mine ? state.error : null,
    again: () => next((n) => n + 1),
    put: (value) => set({ key, value, error: null }),
  };
}
