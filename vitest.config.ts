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
          setupFiles: ["tests/environment.ts"],
          // A loop over an empty list would expect nothing.
          expect: { requireAssertions: true },
          // Workers run in UTC. Fourteen hours ahead of it, code that asks for local time shows.
          env: { TZ: "Pacific/Kiritimati" },
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
          expect: { requireAssertions: true },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
