import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { pageOf } from "../../../../workers/api/http/paging.ts";

const pageFor = (query: string) => pageOf(new URL(`http://minilab.test/v1/jobs${query}`));

test.each([
  ["", { cursor: null, limit: limits.pageSizeDefault }],
  ["?limit=1", { cursor: null, limit: 1 }],
  [`?limit=${limits.pageSizeMax}`, { cursor: null, limit: limits.pageSizeMax }],
  [
    "?cursor=job_local_0_01jd3n7q5w8xk2zt4m6r9vbyce",
    { cursor: "job_local_0_01jd3n7q5w8xk2zt4m6r9vbyce", limit: limits.pageSizeDefault },
  ],
  [
    "?cursor=tnt_01jd3n7q5w8xk2zt4m6r9vbyce&limit=5",
    { cursor: "tnt_01jd3n7q5w8xk2zt4m6r9vbyce", limit: 5 },
  ],
])("%j is a page", (query, page) => {
  expect(pageFor(query)).toEqual({ ok: true, value: page });
});

test.each([
  ["?limit=0", "limit"],
  ["?limit=", "limit"],
  ["?limit=-1", "limit"],
  ["?limit=1e1", "limit"],
  ["?limit=+5", "limit"],
  [`?limit=${limits.pageSizeMax + 1}`, "limit"],
  ["?cursor=", "cursor"],
  ["?cursor=%00", "cursor"],
  ["?cursor=%21job_1", "cursor"],
  ["?cursor=job_%27%20OR%201", "cursor"],
  [`?cursor=job_${"x".repeat(100)}`, "cursor"],
])("%j is refused by name", (query, option) => {
  expect(pageFor(query)).toMatchObject({ ok: false, error: { code: "invalid-option", option } });
});
