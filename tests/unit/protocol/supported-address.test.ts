import { describe, expect, it } from "vitest";
import { unsupportedReason } from "../../../src/protocol/supported-address.ts";

/** https://fetch.spec.whatwg.org/#port-blocking */
const BLOCKED = [
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

describe("unsupportedReason", () => {
  it("refuses exactly the ports that browsers block", () => {
    const refused: number[] = [];
    for (let port = 0; port < 65_536; port += 1)
      if (unsupportedReason(`http://a.test:${port}/`) !== undefined) refused.push(port);
    expect(refused).toEqual(BLOCKED);
  });

  it("accepts the default ports, which a URL does not show", () => {
    expect(unsupportedReason("https://a.test/")).toBeUndefined();
    expect(unsupportedReason("http://a.test:80/")).toBeUndefined();
  });

  it.each(["ftp://a.test/", "data:,a", "blob:https://a.test/1", "javascript:0"])("refuses %s", (url) => {
    expect(unsupportedReason(url)).toContain("Only http: and https:");
  });
});
