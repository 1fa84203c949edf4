import fc from "fast-check";
import { expect, test } from "vitest";
import { packUlid, ulidTime, unpackUlid } from "../../../core/job/ulid-bytes.ts";
import { ulid } from "ulid";

const random = fc.nat({ max: 2 ** 40 }).map((at) => ulid(at).toLowerCase());

test("a ULID is the same again, and sorts the same, when it was packed", () => {
  fc.assert(
    fc.property(random, random, (left, right) => {
      expect(unpackUlid(packUlid(left))).toBe(left);
      const order = Buffer.compare(packUlid(left), packUlid(right));
      expect(Math.sign(order)).toBe(left < right ? -1 : Number(left > right));
    }),
  );
});

test("its moment is known", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (at) => {
      expect(ulidTime(ulid(at).toLowerCase())).toBe(at);
    }),
  );
});
