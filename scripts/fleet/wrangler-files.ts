import type { Topology } from "../../core/fleet/topology.ts";
import { limits } from "../../core/limits.ts";
import { bucket, cpu, Parts } from "./wrangler-parts.ts";

/** Every `wrangler.toml`, by path from the repository. Each file reads from top to bottom as wrangler wants it. */
export function wranglerFiles(topology: Topology): Map<string, string> {
  const parts = new Parts(topology);
  return new Map([
    ["wrangler.toml", api(topology, parts)],
    ["workers/consumer/wrangler.toml", consumer(topology, parts)],
    ["workers/billing/wrangler.toml", billing(topology, parts)],
    ["durable-objects/wrangler.toml", objects(topology, parts)],
    ["workers/tail/wrangler.toml", tail(topology, parts)],
  ]);
}

const head = `# Written by \`npm run topology\` from topology.ts and scripts/fleet/wrangler-files.ts: edit those.`;

const api = ({ service }: Topology, parts: Parts) => `${head}
# The HTTP API: https://developers.cloudflare.com/workers/wrangler/configuration/
name = "${service}-api"
main = "workers/api/index.ts"
${parts.build()}
# Streaming multipart uploads are parsed by a library written for Node streams.
compatibility_flags = ["nodejs_compat"]

# Hashed keys and their tenants, cached at every location.
${parts.identity()}
${parts.pictures()}
${parts.object("LEDGER", "TenantLedger")}
${parts.object("DIRECTORY", "Directory")}
[[services]]
binding = "BOOKS"
service = "${service}-billing"
entrypoint = "Books"

# Jobs whose clients wait are rendered over this binding instead of through the queue.
[[services]]
binding = "EXPRESS"
service = "${service}-consumer"
entrypoint = "Express"

# Counts, at each location, the requests to ledgers that refuse work.
[[ratelimits]]
name = "FLOODS"
namespace_id = "1"
simple = { limit = ${limits.floodRequestsMax}, period = ${limits.floodSeconds} }

[version_metadata]
binding = "VERSION"
${parts.formats()}
${parts.tailConsumers()}${parts.end()}`;

const consumer = ({ service, workers }: Topology, parts: Parts) => `${head}
# Renders jobs from the queues.
name = "${service}-consumer"
main = "index.ts"
${parts.build()}
# zlib, for PNG.
compatibility_flags = ["nodejs_compat"]
workers_dev = false
${parts.decoders()}
${cpu(workers.consumer)}
${parts.pictures()}
${parts.object("LEDGER", "TenantLedger")}
# Small batches: the platform decides on more consumers only when a batch ends. The ledger counts attempts;
# retries only have to outlast a ledger that cannot be reached.
${parts.consumers("jobs", { batch: 4, retries: 30, delaySeconds: 5 })}
# Jobs that were begun before and not finished, one at a time, so that they take no neighbour with them.
${parts.producers("solo")}
${parts.consumers("solo", { batch: 1, retries: 30, delaySeconds: 5 })}
# Bound as producers too, so that a deploy creates them.
${parts.producers("dead")}
${parts.consumers("dead", { batch: 10, retries: 100, delaySeconds: 60 })}
${parts.tailConsumers()}${parts.end()}`;

const billing = ({ service, books, workers }: Topology, parts: Parts) => `${head}
# Turns usage records into statements, and audits them.
name = "${service}-billing"
main = "index.ts"
${parts.build()}
workers_dev = false

# The witness's keys (docs/deploy.md).
[secrets]
required = ["WITNESS_KEYS"]

# Six minutes after the hour every ledger has stored what it settled in it: it flushes every five. The other
# runs are for what was late.
[triggers]
crons = ["6,21,36,51 * * * *"]

${cpu(workers.billing)}
[[workflows]]
name = "${service}-roll-up"
binding = "ROLL_UP"
class_name = "RollUp"

[[workflows]]
name = "${service}-audit"
binding = "AUDIT"
class_name = "Audit"

# The auditor checks that every rendition is stored.
${parts.pictures()}
${bucket("BOOKS", books)}
${parts.object("LEDGER", "TenantLedger")}
${parts.object("DIRECTORY", "Directory")}
${parts.object("FIGURES", "RegionFigures")}
${parts.tailConsumers()}${parts.end()}`;

const objects = ({ service, books }: Topology, parts: Parts) => `${head}
# The Durable Objects. A Worker of its own, so that no deploy of the others resets an object.
name = "${service}-objects"
main = "index.ts"
${parts.build()}
workers_dev = false

[[durable_objects.bindings]]
name = "LEDGER"
class_name = "TenantLedger"

[[durable_objects.bindings]]
name = "DIRECTORY"
class_name = "Directory"

[[durable_objects.bindings]]
name = "FIGURES"
class_name = "RegionFigures"

[exports.TenantLedger]
type = "durable-object"
storage = "sqlite"

[exports.RegionFigures]
type = "durable-object"
storage = "sqlite"

[exports.Directory]
type = "durable-object"
storage = "sqlite"

${parts.identity()}
${parts.pictures()}
${bucket("BOOKS", books)}
# One point for each job that ends (docs/metrics.md).
[[analytics_engine_datasets]]
binding = "POINTS"
dataset = "${service}_jobs"

${parts.producers("jobs")}
${parts.producers("solo")}
${parts.end()}`;

const tail = ({ service }: Topology, parts: Parts) => `${head}
# Receives every invocation of the other Workers: docs/metrics.md.
name = "${service}-tail"
main = "index.ts"
${parts.build()}
workers_dev = false

${parts.object("FIGURES", "RegionFigures")}
[vars]
SERVICE = "${service}"

${parts.end()}`;
