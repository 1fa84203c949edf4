import type { World } from "../world/world.ts";
import type { ListedJobs } from "./jobs.ts";

/** The figures that a scripted world promises, over all its jobs. */
export function checkBounds(world: World, listed: ListedJobs): void {
  const { record, profile, workshop } = world;
  const { bounds } = profile;
  const jobs = [...listed.values()].flatMap((byId) => [...byId.values()]);
  const count = Math.max(1, jobs.length);
  const expect = (invariant: string, value: number, most: number) => {
    if (value > most)
      record.violate(invariant, `${value.toFixed(3)}, at most ${most}, of ${count} jobs`);
  };
  expect("messages-are-bounded", workshop.sent / count, bounds.messagesPerJob);
  const renders = [...record.renders.values()].reduce((sum, times) => sum + times, 0);
  expect("renders-are-bounded", renders / count, bounds.rendersPerJob);
  const wasted = Math.max(0, record.sources - jobs.length) / Math.max(1, record.refusals);
  expect("refusals-cost-little", wasted, bounds.wastedSources);
  const active = Math.max(0, ...record.hours.map((hour) => hour.active));
  if (active < bounds.activeTenants)
    record.violate("all-tenants-are-active", `${active} of ${bounds.activeTenants}`);
  // One that is interrupted was not promised yet: its picture was with its caller, who was told to send it again.
  const failed = jobs.filter(
    ({ status, error }) => status === "failed" && error?.code !== "interrupted",
  ).length;
  expect("no-failure-by-infrastructure", failed, bounds.failedJobs);
}
