import { expect, test } from "vitest";
import { sendStored } from "../../../../workers/api/http/send-stored.ts";

test("a file that cannot be sent says what its caller says of failures", async () => {
  const bucket = {} as unknown as R2Bucket;
  const request = new Request("https://x.example/", { headers: { Range: "bytes=9-" } });
  const answer = await sendStored(request, bucket, {
    key: "a",
    bytes: 5,
    contentType: "image/png",
    headers: new Headers(),
    failureHeaders: (code) => ({ "Cf-Resized": code }),
  });
  expect(answer?.status).toBe(416);
  expect(answer?.headers.get("Cf-Resized")).toBe("range-not-satisfiable");
  expect(answer?.headers.get("Content-Range")).toBe("bytes */5");
  expect(answer?.headers.get("Content-Type")).toBe("application/problem+json");
});
