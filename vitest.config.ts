import { defineConfig } from "vitest/config";

/** Journeys start the whole service: each takes a core, so they run one file at a time, after the rest. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "rooms",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/journeys/**"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "journeys",
          include: ["tests/journeys/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
