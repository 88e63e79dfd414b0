// What Chrome 69 lacks of what the libraries use; imported before them.
if (typeof window.queueMicrotask === "undefined") {
  window.queueMicrotask = (f) => {
    Promise.resolve().then(f);
  };
}

export {};
