import { expect, test } from "vitest";
import { switchedOnFaults } from "../../../core/image/optional-formats.ts";

test.each([
  [undefined, []],
  ["", []],
  ["heic", []],
  ["heif", [`OPTIONAL_FORMATS names "heif"; it may name heic.`]],
  ["heic, jpeg", [`OPTIONAL_FORMATS names "jpeg"; it may name heic.`]],
])("OPTIONAL_FORMATS=%s: %j", (setting, faults) => {
  expect(switchedOnFaults(setting)).toEqual(faults);
});
