// The main flow with a typed client: openapi-typescript makes ./api.d.ts of /v1/openapi.json, openapi-fetch calls.
// Every path, parameter, body and answer below is checked by the compiler.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Problem = components["schemas"]["Problem"];
type NotPublishable = Problem & { checks: components["schemas"]["ContentCheck"][] };

const mergePatch = { "Content-Type": "application/merge-patch+json" };

// expect fails with the problem's own words when an answer has another status.
function expect(what: string, answer: { response: Response; error?: Problem }, status: number): string {
  if (answer.response.status !== status) {
    throw new Error(`${what}: ${answer.response.status} instead of ${status}: ${answer.error?.detail ?? ""}`);
  }
  console.log(`${what}: ${status}`);
  return answer.response.headers.get("ETag") ?? "";
}

// flow makes a case study, publishes, edits and deletes it, as a publisher; readers look on.
export async function flow(baseUrl: string, token: string): Promise<void> {
  const readers = createClient<paths>({ baseUrl });
  const editors = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const { data: principles } = await readers.GET("/v1/principles", { params: { query: { limit: 1 } } });
  const principle = principles?.items[0];
  if (principle === undefined) throw new Error("there is no principle to show");

  const created = await editors.POST("/v1/case-studies", { body: { title: "One form instead of three" } });
  let tag = expect("create", created, 201);
  const path = { ref: created.data?.id ?? "" };
  const at = (ifMatch: string) => ({ path, header: { "If-Match": ifMatch } });

  expect("read a draft", await readers.GET("/v1/case-studies/{ref}", { params: { path } }), 404);
  const refused = await editors.POST("/v1/case-studies/{ref}/publish", { params: at(tag) });
  expect("refused publish", refused, 422);
  const { checks } = refused.error as NotPublishable;
  console.log("  " + checks.filter((c) => c.severity === "blocker").map((c) => c.pointer).join(" "));

  const fixed = await editors.PATCH("/v1/case-studies/{ref}", {
    params: at(tag),
    headers: mergePatch,
    body: {
      summary: "A ward and a care home agreed on one form.",
      challenge: "Three forms said the same.", approach: "Both sides wrote one.", outcome: "It is filled in once.",
      principles: [principle.id], patientInvolvement: "none",
    },
  });
  tag = expect("fix", fixed, 200);
  tag = expect("publish", await editors.POST("/v1/case-studies/{ref}/publish", { params: at(tag) }), 200);

  const seen = await readers.GET("/v1/case-studies/{ref}", { params: { path } });
  expect("read", seen, 200);
  const edited = await editors.PATCH("/v1/case-studies/{ref}", {
    params: at(tag), headers: mergePatch, body: { title: "One form" },
  });
  expect("edit", edited, 200);
  expect("edit with the old tag", await editors.PATCH("/v1/case-studies/{ref}", {
    params: at(tag), headers: mergePatch, body: { title: "Two forms" },
  }), 412);
  const again = await readers.GET("/v1/case-studies/{ref}", { params: { path } });
  if (JSON.stringify(again.data) !== JSON.stringify(seen.data)) throw new Error("readers see an edit before it is published");

  expect("delete", await editors.DELETE("/v1/case-studies/{ref}", { params: at("*") }), 204);
  expect("read what is gone", await readers.GET("/v1/case-studies/{ref}", { params: { path } }), 410);
}
