import { expect, test } from "vitest";
import { Lru } from "../../../../workers/api/identity/lru.ts";

test("as much is held as there is room for, and what was longest unused makes room for more", () => {
  const held = new Lru<string, number>(3, (size) => size);
  held.set("a", 1);
  held.set("b", 2);
  expect([...held.keys()]).toEqual(["a", "b"]);
  held.get("a");
  held.set("c", 1);
  expect([...held.keys()]).toEqual(["a", "c"]);
});
