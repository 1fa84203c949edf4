import { afterAll } from "vitest";

/** After a test file no fault is active, so that none acts while a kept thread loads the next file. */
afterAll(() => {
  const stryker: { activeMutant?: string | undefined } | undefined = Reflect.get(
    globalThis,
    "__stryker__",
  );
  if (stryker !== undefined) stryker.activeMutant = undefined;
});
