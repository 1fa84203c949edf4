import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { SupervisedThread } from "../../bench/thread/supervised-thread.ts";

const file = join(import.meta.dirname, "troubled-thread.ts");
let thread: SupervisedThread<string, string>;

afterEach(() => thread.close());

describe("a supervised thread", () => {
  test("answers one question after another", async () => {
    thread = new SupervisedThread(file, { millisMax: 10_000 });
    expect(await thread.ask("one")).toMatchObject({ kind: "answered", answer: "one" });
    expect(await thread.ask("two")).toMatchObject({ kind: "answered", answer: "two" });
  });

  test.each([
    ["throws", "died"],
    ["exits", "died"],
    ["loops", "hung"],
  ])("that %s is said to have %s, and the next question is answered", async (question, kind) => {
    thread = new SupervisedThread(file, { millisMax: question === "loops" ? 500 : 10_000 });
    expect(await thread.ask(question)).toMatchObject({ kind });
    expect(await thread.ask("next")).toMatchObject({ kind: "answered", answer: "next" });
  });
});
