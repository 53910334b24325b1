import { describe, expect, it } from "vitest";
import { communityName, widthAt } from "./style";

describe("names of communities on the map", () => {
  it("lose the word that all of them have in English", () => {
    expect(communityName("Xiguan Community")).toBe("Xiguan");
  });
  it("are broken where they are long", () => {
    expect(communityName("山西医科大学汾阳学院社区")).toBe("山西医科大学\n汾阳学院社区");
    expect(communityName("Fenyang Prison of Shanxi Province Community")).toBe("Fenyang Prison\nof Shanxi Province");
  });
  it("stay whole where they are short", () => {
    expect(communityName("府学街社区")).toBe("府学街社区");
  });
});

describe("the width of a street", () => {
  it("grows with the zoom and never jumps at a stop", () => {
    for (const kind of ["arterial", "collector", "lane", "path", "bridge"]) {
      let before = 0;
      for (let zoom = 10; zoom < 20; zoom += 0.01) {
        const width = widthAt(kind, zoom);
        expect(width).toBeGreaterThanOrEqual(before);
        if (before) expect(width / before).toBeLessThan(1.05);
        before = width;
      }
    }
  });
});
