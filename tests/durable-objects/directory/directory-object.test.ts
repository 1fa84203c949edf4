import { expect, test, vi } from "vitest";
import { Directory } from "../../../durable-objects/directory/directory.ts";
import type { DirectoryEnv } from "../../../durable-objects/directory/directory-env.ts";
import { objectBindings, objectState } from "../object-platform.ts";

/** The platform's base class, of which the object uses nothing. */
vi.mock("cloudflare:workers", () => ({ DurableObject: Object }));

test("a new Directory has no operators, and no credit notes that wait to be written", () => {
  const directory = new Directory(objectState("directory"), objectBindings as DirectoryEnv);
  expect(directory.listOperators()).toEqual([]);
  expect(directory.unwrittenCreditNotes()).toEqual([]);
});
