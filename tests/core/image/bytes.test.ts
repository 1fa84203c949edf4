import { expect, test } from "vitest";
import { concatenate, latin1At, viewOf } from "../../../core/image/bytes.ts";

const bytes = Uint8Array.of(0x52, 0x49, 0x46, 0x46, 0xe9);

test("a view is of a part's own bytes", () => {
  const view = viewOf(bytes.subarray(1, 3));
  expect([view.byteLength, view.getUint16(0)]).toEqual([2, 0x4946]);
});

test("bytes are read as Latin-1, up to where they end", () => {
  expect(latin1At(bytes, 0, 4)).toBe("RIFF");
  expect(latin1At(bytes, 3, 4)).toBe("Fé");
  expect(latin1At(bytes, 5, 1)).toBe("");
});

test("parts lie one behind the other, apart from where they came from", () => {
  const parts = [bytes.subarray(0, 2), new Uint8Array(), bytes.subarray(4)];
  const whole = concatenate(parts);
  expect([...whole]).toEqual([0x52, 0x49, 0xe9]);
  whole[0] = 0;
  expect(bytes[0]).toBe(0x52);
});
