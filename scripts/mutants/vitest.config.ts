import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/**
 * What mutants are tried against: tests of one room, in this process. Journeys start a runtime of their own,
 * and the simulator takes seconds for each mutant, with other seeds each time.
 */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/{journeys,scripts,architecture,bench,simulator}/**"],
    setupFiles: ["tests/environment.ts"],
    testTimeout: 20_000,
  },
});
