import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  firstPrevious,
  openSegment,
  sealSegment,
  type SegmentContent,
} from "../../../core/ledger/segment.ts";
import { readSegment } from "../../../core/books/verify/read-segment.ts";
import type { UsageEvent } from "../../../core/ledger/usage.ts";
import { doneAt, eventHistory, ledger, utc, valueOf } from "../billing/usage-samples.ts";

const at = utc("2026-11-20T10:15:00.000Z");
const counted = (event: UsageEvent): UsageEvent => {
  const { work: _, ...rest } = event;
  return rest;
};
const worked = [doneAt(at, 1), doneAt(at + 10, 2), doneAt(at + 20, 3)];
const content: SegmentContent = {
  ledger,
  number: 1,
  previous: firstPrevious,
  sealedAt: at + 30_000,
  events: worked.map(counted),
};
const origin = { incarnation: 2, prices: "2026-01" };
const sealedWork = new TextDecoder().decode(
  sealSegment({ ...content, events: worked, origin, v: 3 }).bytes,
);
const expected = { ledger, number: 1, previous: firstPrevious, firstSeq: 1 };

describe("a sealed segment", () => {
  test("is a header line and one line for each event, under a key that sorts by number", () => {
    const { key, bytes, hash } = sealSegment(content);
    expect(key).toBe("segments/tnt_a/local/0/0000000001.jsonl");
    expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
    const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      v: 1,
      ledger,
      number: 1,
      previous: firstPrevious,
      firstSeq: 1,
      lastSeq: 3,
      count: 3,
      sealedAt: at + 30_000,
    });
    expect(JSON.parse(lines[3] ?? "")).toEqual(content.events[2]);
  });

  test("has the same bytes whatever the order or the extra fields of the objects it is made from", () => {
    const shuffled = content.events.map((event) => {
      const reversed = Object.entries({ ...event, note: "not part of it" }).toReversed();
      return Object.fromEntries(reversed) as unknown as UsageEvent;
    });
    expect(sealSegment({ ...content, events: shuffled })).toEqual(sealSegment(content));
  });

  test("says in version 2 of which life of its ledger it is, and by which versions jobs were counted", () => {
    const versions = { unitsVersion: 2, engineVersion: 7 };
    const events = content.events.map((event, index) =>
      index === 1 ? event : { ...event, ...versions },
    );
    const { bytes } = sealSegment({ ...content, events, origin });
    const [header, first, second] = new TextDecoder().decode(bytes).split("\n");
    expect(JSON.parse(header ?? "")).toMatchObject({ v: 2, ...origin });
    expect(JSON.parse(first ?? "")).toEqual({ ...content.events[0], ...versions });
    expect(JSON.parse(second ?? "")).toEqual(content.events[1]);
    expect(valueOf(openSegment(bytes, expected))).toMatchObject({
      header: { v: 2, ...origin },
      events,
    });
  });

  test("says in version 3 how each job was done, where that is known", () => {
    const [first, second, third] = worked as [UsageEvent, UsageEvent, UsageEvent];
    const events = [first, counted(second), { ...third, unitsVersion: 2 }];
    const { bytes } = sealSegment({ ...content, events, origin, v: 3 });
    const [header] = new TextDecoder().decode(bytes).split("\n");
    expect(JSON.parse(header ?? "")).toMatchObject({ v: 3, ...origin });
    expect(valueOf(openSegment(bytes, expected)).events).toEqual(events);
    expect(readSegment(bytes)).toMatchObject({
      faults: [],
      segment: { prices: "2026-01", rows: events },
    });
  });

  test("leaves out of earlier versions what their readers would refuse", () => {
    const events = worked.map((event) => ({ ...event, unitsVersion: 2 }));
    expect(sealSegment({ ...content, events })).toEqual(sealSegment(content));
    expect(sealSegment({ ...content, events, origin })).toEqual(
      sealSegment({ ...content, events: events.map(counted), origin }),
    );
  });

  test("opens to what was sealed, in both versions", () => {
    fc.assert(
      fc.property(eventHistory, fc.nat(), fc.boolean(), (events, sealedAt, second) => {
        const from = second ? { origin } : {};
        const sealed = sealSegment({ ...content, events, sealedAt, ...from });
        const opened = valueOf(openSegment(sealed.bytes, expected));
        expect(opened.events).toEqual(events);
        expect(opened.hash).toBe(sealed.hash);
        expect(opened.header.sealedAt).toBe(sealedAt);
      }),
    );
  });

  test.each<[string, readonly UsageEvent[]]>([
    ["no events", []],
    ["a gap", [doneAt(at, 1), doneAt(at, 3)]],
    ["a repeated event", [doneAt(at, 1), doneAt(at, 1)]],
    ["event zero", [doneAt(at, 0)]],
    ["a fraction", [{ ...doneAt(at, 1), computeUnits: 0.5 }]],
    ["a negative figure", [{ ...doneAt(at, 1), bytesOut: -1 }]],
    ["a failed job that would be billed", [{ ...doneAt(at, 1), outcome: "failed" }]],
  ])("is refused to %s", (_, events) => {
    expect(() => sealSegment({ ...content, events })).toThrow(RangeError);
  });
});

describe("opening refuses", () => {
  const text = new TextDecoder().decode(sealSegment(content).bytes);
  const lines = text.trimEnd().split("\n");
  const join = (changed: readonly (string | undefined)[]) => `${changed.join("\n")}\n`;

  test.each([
    ["nothing", "", "unreadable"],
    ["a header alone", join(lines.slice(0, 1)), "unreadable"],
    ["something else", "not a segment\n", "unreadable"],
    ["a JSON value that is no object", "null\nnull\n", "unreadable"],
    ["a lost last newline", text.trimEnd(), "unreadable"],
    ["a version to come", text.replace('"v":1', '"v":3'), "unreadable"],
    ["version 2 without an origin", text.replace('"v":1', '"v":2'), "unreadable"],
    ["version 2 without its prices", text.replace('"v":1', '"v":2,"incarnation":1'), "unreadable"],
    [
      "version 2 without its incarnation",
      text.replace('"v":1', '"v":2,"prices":"2026-01"'),
      "unreadable",
    ],
    [
      "another version with all that 2 has",
      text.replace('"v":1', '"v":4,"incarnation":1,"prices":"2026-01"'),
      "unreadable",
    ],
    ["a ledger that is no text", text.replace('"tnt_a/local/0"', "7"), "unreadable"],
    ["a number that is text", text.replace('"number":1', '"number":"1"'), "unreadable"],
    [
      "a predecessor that is no text",
      text.replace(/"previous":"0+"/, '"previous":0'),
      "unreadable",
    ],
    ["a time that is text", text.replace(/"sealedAt":(\d+)/, '"sealedAt":"$1"'), "unreadable"],
    [
      "version 1 with the fields of 2",
      text.replace('"job":', '"unitsVersion":2,"job":'),
      "not-canonical",
    ],
    ["an unknown outcome", text.replace('"done"', '"lost"'), "unreadable"],
    ["a billed failure", text.replace('"done"', '"failed"'), "unreadable"],
    ["a figure as text", text.replace('"outputs":2', '"outputs":"2"'), "unreadable"],
    ["another ledger", text.replace("tnt_a", "tnt_b"), "other-ledger"],
    ["another number", text.replace('"number":1', '"number":2'), "other-number"],
    ["another predecessor", text.replace("0000", "0001"), "broken-chain"],
    ["a lost first event", join([lines[0], ...lines.slice(2)]), "sequence-gap"],
    ["a lost last event", join(lines.slice(0, -1)), "not-canonical"],
    ["swapped events", join([lines[0], lines[2], lines[1], lines[3]]), "sequence-gap"],
    ["a repeated event", join([...lines, lines[3]]), "sequence-gap"],
    ["a wrong count", text.replace('"count":3', '"count":4'), "not-canonical"],
    ["a space", text.replace('"job":', '"job": '), "not-canonical"],
    ["an extra field", text.replace('"job":', '"note":1,"job":'), "not-canonical"],
    ["a field named twice", text.replace('"job":', '"outputs":9,"job":'), "not-canonical"],
    ["a number written otherwise", text.replace('"outputs":2', '"outputs":2.0'), "not-canonical"],
    ["a byte order mark", `\uFEFF${text}`, "unreadable"],
  ])("%s", (_, changed, reason) => {
    expect(changed).not.toBe(text);
    const result = openSegment(new TextEncoder().encode(changed), expected);
    expect(result).toMatchObject({ ok: false, error: { reason } });
  });

  const [, work = ""] = /"work":(\{.*?\]\})/.exec(sealedWork) ?? [];
  test.each([
    ["work that is none", sealedWork.replace(work, "7")],
    ["work with a field of its own", sealedWork.replace('"sourcePixels"', '"a":1,"sourcePixels"')],
    ["work in another order", sealedWork.replace(/("renderMillis":98),("files":\[.*?\])/, "$2,$1")],
    ["work in version 2", sealedWork.replace('"v":3', '"v":2')],
    ["a file with a field of its own", sealedWork.replace('"format"', '"a":1,"format"')],
    ["a file without its size", sealedWork.replace('"bytes":20000,', "")],
    ["pixels below none", sealedWork.replace('"pixels":240000', '"pixels":-1')],
  ])("%s, as the verifier does", (_, changed) => {
    expect(changed).not.toBe(sealedWork);
    const bytes = new TextEncoder().encode(changed);
    expect(openSegment(bytes, expected).ok).toBe(false);
    expect(readSegment(bytes).faults).not.toEqual([]);
  });

  test("bytes that are no UTF-8", () => {
    const bytes = Uint8Array.from([...sealSegment(content).bytes, 0xff, 0x0a]);
    expect(openSegment(bytes, expected)).toEqual({ ok: false, error: { reason: "unreadable" } });
  });

  test("bytes that are no UTF-8, within a text too", () => {
    const { bytes } = sealSegment(content);
    const place = text.indexOf("job_local");
    const changed = bytes.with(place, 0xff);
    expect(openSegment(changed, expected)).toEqual({ ok: false, error: { reason: "unreadable" } });
  });

  test("with the line of an event that is none", () => {
    const changed = text.replace('"seq":2', '"seq":"2"');
    const result = openSegment(new TextEncoder().encode(changed), expected);
    expect(result).toEqual({ ok: false, error: { reason: "unreadable", line: 3 } });
  });

  test("with the line of the fault", () => {
    const changed = text.replace('"seq":3', '"seq":4');
    const result = openSegment(new TextEncoder().encode(changed), expected);
    expect(result).toEqual({ ok: false, error: { reason: "sequence-gap", line: 4 } });
  });
});
