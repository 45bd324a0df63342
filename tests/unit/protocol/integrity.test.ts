import { describe, expect, it } from "vitest";
import { integrityOf } from "../../../src/protocol/integrity.ts";

const A = { sha256: "A".repeat(43), sha384: "B".repeat(64), sha512: "C".repeat(86) };

describe("integrityOf", () => {
  it.each([
    [`sha256-${A.sha256}=`, "sha256", [A.sha256]],
    [`sha256-${A.sha256}`, "sha256", [A.sha256]],
    [`sha384-${A.sha384}`, "sha384", [A.sha384]],
    [`sha512-${A.sha512}==`, "sha512", [A.sha512]],
    [`  sha256-${A.sha256}=\t\nsha512-${A.sha512}==  `, "sha512", [A.sha512]],
    [`sha512-${A.sha512} sha384-${A.sha384}`, "sha512", [A.sha512]],
    [`sha384-${A.sha384} sha384-${"D".repeat(64)}`, "sha384", [A.sha384, "D".repeat(64)]],
    [`sha256-${A.sha256}=?ct=application/javascript`, "sha256", [A.sha256]],
    [`sha256-${"-_".repeat(21)}A=`, "sha256", [`${"+/".repeat(21)}A`]],
  ])("%j: the strongest algorithm counts, with each of its digests", (metadata, algorithm, digests) => {
    expect(integrityOf(metadata)).toEqual({ algorithm, digests });
  });

  it.each([
    "",
    " ",
    "sha256",
    "sha256-",
    "sha256-x",
    `sha256-${A.sha256}A`,
    `sha256-${A.sha384}`,
    `sha1-${"A".repeat(27)}=`,
    `md5-${"A".repeat(22)}==`,
    `SHA256-${A.sha256}=`,
    `sha256-${"é".repeat(43)}=`,
    `sha256-${A.sha256}===`,
    `sha256-${A.sha256}= nonsense`,
  ])("%j is malformed", (metadata) => {
    expect(integrityOf(metadata)).toBeUndefined();
  });
});
