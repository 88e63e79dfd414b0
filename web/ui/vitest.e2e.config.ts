import { defineConfig } from "vitest/config";

// One browser and one town for all files: a phone has one of each.
export default defineConfig({
  test: { include: [process.env.SHOTS ? "e2e/shots.ts" : "e2e/**/*.test.ts"], environment: "node", fileParallelism: false, testTimeout: 180_000, expect: { poll: { timeout: 30_000 } }, hookTimeout: 180_000, retry: process.env.CI ? 1 : 0 },
});
