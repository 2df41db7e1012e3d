// Checks that all people can use a page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { PHONE, WIDE } from "./browser.mjs";

const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** Checks the present state of a page in all its appearances: wide and on a phone, light and dark. */
export async function isAccessible(page, state) {
  for (const viewport of [WIDE, PHONE]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const where = `${state}, ${viewport.width} px, ${colorScheme}`;
      await axeFindsNothing(page, where);
      await targetsAreLarge(page, where);
      await fieldsAreSeen(page, where);
    }
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
}

async function axeFindsNothing(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`);
  assert.deepEqual(found, [], where);
}

/** A finger needs 44 pixels. Links in a text are as high as its lines. */
async function targetsAreLarge(page, where) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, textarea, select, summary")]
      .filter((each) => each.checkVisibility())
      .map((each) => [each.id || each.textContent, each.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 44 || height < 44)
      .map(([name, { width, height }]) => `${name}: ${width} x ${height}`),
  );
  assert.deepEqual(small, [], where);
  const isTooWide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth;
  });
  assert(!isTooWide, `${where}: the page is wider than the window`);
}

/** axe checks neither borders nor placeholders. */
async function fieldsAreSeen(page, where) {
  const dim = await page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

    /** The luminance of colours painted over each other, as WCAG defines it. */
    function luminance(...layers) {
      canvas.clearRect(0, 0, 1, 1);
      for (const layer of layers) {
        canvas.fillStyle = layer;
        canvas.fillRect(0, 0, 1, 1);
      }
      const linear = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
        const part = byte / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    function contrast(one, other) {
      const [dark, light] = [one, other].toSorted((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    }

    /** The backgrounds under an element, the lowest first. */
    function backgrounds(element) {
      const layers = [];
      for (let each = element; each; each = each.parentElement) {
        layers.unshift(getComputedStyle(each).backgroundColor);
      }
      return ["white", ...layers];
    }

    const dim = [];
    for (const field of document.querySelectorAll("input, textarea, button:enabled")) {
      if (!field.checkVisibility()) continue;
      const outside = luminance(...backgrounds(field.parentElement));
      const inside = luminance(...backgrounds(field));
      const edge = luminance(...backgrounds(field.parentElement), getComputedStyle(field).borderTopColor);
      // A filled button is seen by its colour.
      const seen = Math.max(contrast(edge, outside), contrast(inside, outside));
      if (seen < 3) dim.push(`${field.id || field.textContent}: border ${seen}`);
      if (!field.placeholder) continue;
      const { color, opacity } = getComputedStyle(field, "::placeholder");
      const words = contrast(luminance(...backgrounds(field), color), inside);
      if (words < 4.5 || opacity !== "1") dim.push(`${field.id}: placeholder ${words}, ${opacity}`);
    }
    return dim;
  });
  assert.deepEqual(dim, [], where);
}
