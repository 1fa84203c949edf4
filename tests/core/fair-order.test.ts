import { expect, test } from "vitest";
import { FairOrder } from "../../core/fair-order.ts";
import { limits } from "../../core/limits.ts";

test("who has used little comes before what another has in line", () => {
  const order = new FairOrder();
  const greedy = Array.from({ length: 5 }, () => order.arrive("greedy", 10));
  expect(greedy).toEqual([0, 10, 20, 30, 40]);
  order.begin(0);
  order.begin(10);
  // With the one that has just begun, and so before the next.
  expect(order.arrive("quiet", 10)).toBe(10);
});

test("having sent nothing for long gives no credit", () => {
  const order = new FairOrder();
  for (let times = 0; times < 100; times++) order.begin(order.arrive("busy", 10));
  const back = Array.from({ length: 3 }, () => order.arrive("back", 10));
  const busy = Array.from({ length: 3 }, () => order.arrive("busy", 10));
  expect(back).toEqual([990, 1000, 1010]);
  expect(busy).toEqual([1000, 1010, 1020]);
});

test("work without a cost has its place too", () => {
  const order = new FairOrder();
  expect([order.arrive("a", 0), order.arrive("a", 0)]).toEqual([0, 1]);
});

test("with more tenants than it tells apart all begin as equals, and none before what has begun", () => {
  const order = new FairOrder();
  for (let number = 0; number < limits.turnTenantsMax; number++) order.arrive(`${number}`, 10);
  order.begin(0);
  expect(order.arrive("0", 1)).toBe(10);
  order.arrive("one more", 20);
  order.begin(0);
  expect(order.arrive("0", 1)).toBe(20);
  expect(order.arrive("new", 1)).toBe(20);
});

test("a tenant whose work has begun is none of those that are told apart", () => {
  const order = new FairOrder();
  for (let number = 0; number < limits.turnTenantsMax; number++) order.arrive(`${number}`, 10);
  order.begin(10);
  expect(order.arrive("one more", 20)).toBe(10);
  order.begin(10);
  expect(order.arrive("new", 1)).toBe(10);
});
