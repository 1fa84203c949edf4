import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** What mutants are tried against: everything that runs in this process. Journeys start a runtime of their own. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/{journeys,scripts,architecture,bench}/**"],
    testTimeout: 20_000,
  },
});
