import { useEffect, useState } from "preact/hooks";

/** A value that parts of the page watch. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  watch(f: () => void): () => void;
}

export function store<T>(value: T): Store<T> {
  const watchers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      watchers.forEach((f) => f());
    },
    watch(f) {
      watchers.add(f);
      return () => watchers.delete(f);
    },
  };
}

export function useStore<T>(s: Store<T>): T {
  const [value, show] = useState(s.get());
  useEffect(() => {
    show(s.get()); // it may have changed between the first drawing and now
    return s.watch(() => show(s.get()));
  }, [s]);
  return value;
}
