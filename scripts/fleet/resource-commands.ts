import { queueName } from "../../core/fleet/bindings.ts";
import { limits } from "../../core/limits.ts";
import type { Topology } from "../../core/fleet/topology.ts";

/** The commands that make in an account what the configurations bind. */
export function resourceCommands({ service, books, regions }: Topology): string[] {
  return [
    `npx wrangler kv namespace create ${service}-identity`,
    `npx wrangler r2 bucket create ${books}`,
    ...regions.flatMap(({ name, queues, pictures, jurisdiction }) => {
      const where = jurisdiction ? ` --jurisdiction ${jurisdiction}` : "";
      const jobs = Array.from({ length: queues }, (_, queue) =>
        queueName(service, "jobs", name, queue),
      );
      const all = [...jobs, queueName(service, "solo", name), queueName(service, "dead", name)];
      return [
        `npx wrangler r2 bucket create ${pictures}${where}`,
        `npx wrangler r2 bucket lifecycle add ${pictures}${where} expire pictures/ --expire-days ${limits.retentionDaysMax + 1}`,
        `npx wrangler r2 bucket lifecycle add ${pictures}${where} expire-jobs jobs/ --expire-days ${limits.retentionDaysMax + 1}`,
        `npx wrangler r2 bucket lifecycle add ${pictures}${where} expire-deleted deleted/ --expire-days ${limits.retentionDaysMax + 1}`,
        `npx wrangler r2 bucket lifecycle add ${pictures}${where} expire-fetched fetched/ --expire-days 9`,
        `npx wrangler r2 bucket lifecycle add ${pictures}${where} expire-uploads uploads/ --expire-days 1`,
        `npx wrangler r2 bucket lifecycle add ${pictures}${where} expire-renditions renditions/ --expire-days ${limits.retentionDaysMax + 1}`,
        ...all.map((queue) => `npx wrangler queues create ${queue}`),
      ];
    }),
  ];
}
