import { linesWith } from "./samples-of.ts";

/** Returns the rule that docs/s3.md has for a bucket: its values by their names. */
export async function corsRuleOfDocs(): Promise<Record<string, string[]>> {
  const [rule] = JSON.parse(await linesWith("s3.md", "json", "AllowedOrigins"));
  return rule;
}
