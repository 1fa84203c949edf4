import * as z from "zod/mini";
import { problemTable, type ProblemCode } from "../../../core/problem.ts";

const codes = Object.keys(problemTable) as [ProblemCode, ...ProblemCode[]];

export const problemSchema = z
  .object({
    type: z.string(),
    code: z.enum(codes),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    option: z.optional(z.string()),
    retryAfterMillis: z.optional(z.number()),
    limit: z.optional(
      z.object({
        name: z.string(),
        value: z.number(),
        used: z.number(),
        resetsAt: z.optional(z.iso.datetime()),
      }),
    ),
  })
  .register(z.globalRegistry, { id: "Problem" });
