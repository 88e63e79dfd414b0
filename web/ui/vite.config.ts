import { defineConfig } from "vite";

// Old Android WebViews are what villagers have; Chrome 69 came with Android 9.
const oldest = "chrome69";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: [oldest, "es2018"],
    cssTarget: oldest,
    assetsInlineLimit: 0, // the pages' Content-Security-Policy allows no data: scripts or fonts
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/login", "/logout"].map((path) => [path, process.env.YINGGUANG ?? "http://127.0.0.1:8080"]),
    ),
  },
});
