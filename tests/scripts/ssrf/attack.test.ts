import { afterEach, beforeEach, expect, test } from "vitest";
import { attack, vectors, type Vector } from "../../../scripts/ssrf/attack.ts";
import { AttackNetwork } from "../../../scripts/ssrf/network.ts";
import { fetchSource } from "../../../scripts/ssrf/victim.ts";

/** A part of `npm run ssrf`, which does the same on the real runtime with all of them. */
const part = vectors.filter((_, index) => index % 7 === 0);

let network: AttackNetwork;

beforeEach(async () => {
  network = await AttackNetwork.start();
});
afterEach(() => network.stop());

const ports = {
  fetch: (url: string, init: RequestInit) => network.fetch(url, new Headers(init.headers)),
  setTimeout,
  clearTimeout,
};

test("no source, redirect or later redirect leads out of what the tenant allows", async () => {
  const report = await attack(part, network, (batch) =>
    Promise.all(batch.map((vector) => fetchSource(vector, ports as never))),
  );
  expect(report).toEqual({ vectors: part.length, reached: 0, refused: part.length, open: [] });
  expect(part.length).toBeGreaterThan(200);
});

test("the canary is reached by a service that fetches what it is told", async () => {
  const report = await attack(part, network, (batch) => Promise.all(batch.map(trusting)));
  expect(report.reached).toBeGreaterThan(part.length / 3);
  expect(report.open.length).toBeGreaterThan(part.length / 3);
});

/** Follows what is written in an image path, as a service without rules would. */
async function trusting({ path }: Vector) {
  let url = URL.parse(path.replace(/^\/image\/width=10\//, ""));
  for (let hop = 0; url !== null && hop < 4; hop++) {
    const answer = await network.fetch(url.href, new Headers({ "If-None-Match": '"one"' }));
    if (answer.ok) return "fetched";
    url = URL.parse(answer.headers.get("Location") ?? "", url.href);
  }
  return "failed";
}
