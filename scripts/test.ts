/**
 * `npm test [-- filter…]`: the test suite. Its last line is `N passed, N failed`, where a file that
 * cannot be loaded and an error outside any test count as failures, and so does finding no test.
 */
import { startVitest, type Vitest } from "vitest/node";

const vitest = await startVitest(process.argv.slice(2), { run: true, watch: false });
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
