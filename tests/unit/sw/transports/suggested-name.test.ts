import { describe, expect, it } from "vitest";
import { suggestedName } from "../../../../src/sw/transports/suggested-name.ts";

/** As the standard has it, and as servers write it. */
const NAMES: Readonly<Record<string, string | undefined>> = {
  inline: undefined,
  attachment: undefined,
  'attachment; filename="report.pdf"': "report.pdf",
  "attachment; filename=report.pdf": "report.pdf",
  "attachment;filename=annual report.pdf": "annual report.pdf",
  'inline; FileName="plan.txt"': "plan.txt",
  'attachment; filename="say \\"hi\\".txt"': "say _hi_.txt",
  "attachment; filename*=UTF-8''na%C3%AFve%20plan.txt": "naïve plan.txt",
  "attachment; filename*=utf-8'de'%e2%82%ac.txt": "€.txt",
  "attachment; filename*=iso-8859-1''na%EFve.txt": "naïve.txt",
  "attachment; filename=\"EURO.txt\"; filename*=UTF-8''%e2%82%ac.txt": "€.txt",
  "attachment; filename*=UTF-8''%e2%82%ac.txt; filename=\"EURO.txt\"": "€.txt",
  "attachment; filename=\"EURO.txt\"; filename*=UTF-9''%e2%82%ac.txt": "EURO.txt",
  'attachment; filename="na\u00c3\u00afve.txt"': "naïve.txt",
  'attachment; filename="na\u00efve.txt"': "naïve.txt",
  'attachment; filename="../../etc/passwd"': "passwd",
  'attachment; filename="C:\\\\fakepath\\\\photo.jpg"': "photo.jpg",
  "attachment; filename*=UTF-8''..%2f..%2fpasswd": "passwd",
  "attachment; filename*=UTF-8''photo%E2%80%AEgpj.exe": "photo_gpj.exe",
  "attachment; filename*=UTF-8''a%00b%0d%0ac.txt": "a_b__c.txt",
  'attachment; filename=".htaccess"': "htaccess",
  'attachment; filename="..."': undefined,
  'attachment; filename="  "': undefined,
  'attachment; filename=""': undefined,
  'attachment; filename="/"': undefined,
  'attachment; filename="unfinished': undefined,
  "attachment; filename": undefined,
  "; ; =": undefined,
  'filename="no type.txt"': undefined,
};

describe("the name that a server suggests", () => {
  it.each(Object.entries(NAMES))("%s", (header, expected) => {
    expect(suggestedName(new Headers({ "content-disposition": header }))).toBe(expected);
  });

  it("is none without the header", () => {
    expect(suggestedName(new Headers())).toBeUndefined();
  });

  it.each([
    ["x".repeat(1000), "x".repeat(255)],
    [`${"x".repeat(1000)}.tar.gz`, `${"x".repeat(252)}.gz`],
    [`${"x".repeat(250)}😀.jpeg`, `${"x".repeat(250)}.jpeg`],
    [`${"x".repeat(249)}😀.jpeg`, `${"x".repeat(249)}.jpeg`],
    [`${"x".repeat(248)}😀.jpeg`, `${"x".repeat(248)}😀.jpeg`],
  ])("is shortened before its ending: %s", (name, expected) => {
    const header = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
    expect(suggestedName(new Headers({ "content-disposition": header }))).toBe(expected);
  });
});
