import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The tests that mutants are tried against: `mutants.ts` names them. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: process.env["MUTANTS_TESTS"]?.split(",") ?? [],
    setupFiles: ["tests/environment.ts"],
    testTimeout: 20_000,
  },
});
