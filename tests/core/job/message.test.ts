import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJobMessage } from "../../../core/job/message.ts";

const good = { version: 1, ledger: "tnt_01m7wbycvxk23ptb8e4712jzns/local/0", job: "job_local_0_x" };

test("a message is read, without anything else that travels in it", () => {
  expect(parseJobMessage({ ...good, trace: "abc" })).toEqual(good);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["text", JSON.stringify(good)],
  ["a list", [good]],
  ["bytes", new Uint8Array([1, 2, 3])],
  ["a later version", { ...good, version: 2 }],
  ["a version as text", { ...good, version: "1" }],
  ["no version", { ledger: good.ledger, job: good.job }],
  ["no job", { version: 1, ledger: good.ledger }],
  ["a job that is a number", { ...good, job: 7 }],
  ["an empty ledger", { ...good, ledger: "" }],
  ["a ledger without a shard", { ...good, ledger: "tnt_a/local" }],
  ["a ledger without a tenant", { ...good, ledger: "/local/0" }],
  ["a ledger with more behind it", { ...good, ledger: `${good.ledger}/0` }],
  ["a ledger with a path in it", { ...good, ledger: "../tnt_a/local/0" }],
  ["a ledger with a line end", { ...good, ledger: `${good.ledger}\n` }],
])("%s is no message", (_, body) => expect(parseJobMessage(body)).toBeNull());

test("no body whatsoever makes the reader throw", () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (body) => {
      expect(parseJobMessage(body)).toBeNull();
    }),
  );
});
