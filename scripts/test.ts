import { startVitest, type Vitest } from "vitest/node";
import { readArguments } from "./terminal.ts";

const usage = `npm test [-- filter…]

Runs all tests, or the files with a filter in their paths. The last line is "N passed, N failed". A file that
cannot be loaded and an error outside a test count as failed. Exit code 1 if anything failed or no test was found.`;

const { positionals } = readArguments(usage, { allowPositionals: true });
const vitest = await startVitest(positionals, { run: true, watch: false });
await vitest.close();
const { passed, failed } = count(vitest);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function count({ state }: Vitest): { passed: number; failed: number } {
  let passed = 0;
  let failed = state.getUnhandledErrors().length;
  for (const module of state.getTestModules()) {
    const tests = [...module.children.allTests()].map((test) => test.result().state);
    const failures = tests.filter((result) => result === "failed").length;
    passed += tests.filter((result) => result === "passed").length;
    // A file that fails without a failing test failed to load or in a hook.
    failed += failures === 0 && !module.ok() ? 1 : failures;
  }
  return { passed, failed };
}
