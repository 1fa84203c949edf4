import type { Route } from "../route.ts";
import { getAudit, repairIdentities } from "./admin/audit.ts";
import { getInvariants, runAudit } from "./admin/invariants.ts";
import { createKey, listKeys, revokeKey, rotateKey } from "./admin/keys.ts";
import { getServiceMetrics } from "./admin/metrics.ts";
import { listHosts, removeHost, setHost } from "./admin/hosts.ts";
import {
  createFirstOwner,
  createOperator,
  listOperators,
  revokeOperator,
} from "./admin/operators.ts";
import { getTenantStatement, issueCreditNote } from "./admin/statements.ts";
import { getShards, raiseShards } from "./admin/shards.ts";
import {
  changeTenant,
  createTenant,
  deleteTenant,
  getTenant,
  listTenants,
  resumeTenant,
  suspendTenant,
} from "./admin/tenants.ts";
import { getPriceLists } from "./books/price-lists.ts";
import { verifyReceipt } from "./books/receipts.ts";
import {
  getHeads,
  getJwks,
  getLoggedHeads,
  getTransparency,
  getTransparencyHour,
} from "./books/transparency.ts";
import { createImage } from "./images/create-image.ts";
import { deleteImage, getImage, getImageOriginal, listImages } from "./images/images.ts";
import { getImageTags, setImageTags } from "./images/tags.ts";
import { createUpload, postUpload, putUpload } from "./images/uploads.ts";
import { deliverImage } from "./delivery/deliver-image.ts";
import {
  changeDelivery,
  createSigningKey,
  getDelivery,
  revokeSigningKey,
} from "./delivery/delivery-settings.ts";
import { purgeRenditions } from "./delivery/purge-renditions.ts";
import { createJob } from "./create-job.ts";
import { deleteJob } from "./delete-job.ts";
import { getJob } from "./get-job.ts";
import { getOutput } from "./get-output.ts";
import { getProblem } from "./get-problem.ts";
import { getSegment } from "./get-segment.ts";
import { getStatement } from "./get-statement.ts";
import { getMetrics } from "./figures/get-metrics.ts";
import { getUsage } from "./get-usage.ts";
import { health } from "./health.ts";
import { home } from "./home.ts";
import { listJobs } from "./list-jobs.ts";
import { getMe } from "./me.ts";
import { getMyAudit } from "./my-audit.ts";
import { createMyKey, listMyKeys, revokeMyKey, rotateMyKey } from "./my-keys.ts";
import { openApi } from "./openapi.ts";
import { rollUp } from "./admin/roll-up.ts";

/** Every route of the API. */
export const routes: readonly Route[] = [
  createJob,
  listJobs,
  getJob,
  deleteJob,
  getOutput,
  createImage,
  createUpload,
  putUpload,
  postUpload,
  listImages,
  getImage,
  getImageOriginal,
  getImageTags,
  setImageTags,
  deleteImage,
  deliverImage,
  purgeRenditions,
  getDelivery,
  changeDelivery,
  createSigningKey,
  revokeSigningKey,
  getMetrics,
  getUsage,
  getStatement,
  getSegment,
  getPriceLists,
  verifyReceipt,
  getHeads,
  getLoggedHeads,
  getTransparency,
  getTransparencyHour,
  getJwks,
  getMe,
  createMyKey,
  listMyKeys,
  revokeMyKey,
  rotateMyKey,
  getMyAudit,
  createFirstOwner,
  createOperator,
  listOperators,
  revokeOperator,
  createTenant,
  listTenants,
  getTenant,
  changeTenant,
  suspendTenant,
  resumeTenant,
  deleteTenant,
  getShards,
  raiseShards,
  listHosts,
  setHost,
  removeHost,
  createKey,
  listKeys,
  revokeKey,
  rotateKey,
  getTenantStatement,
  issueCreditNote,
  getAudit,
  repairIdentities,
  rollUp,
  getInvariants,
  runAudit,
  getServiceMetrics,
  openApi(() => routes),
  getProblem,
  home,
  health,
];
