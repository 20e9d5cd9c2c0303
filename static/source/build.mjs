// Builds everything in static/ that is not drawn by hand. The results are committed:
// running the portal needs neither Node nor this folder.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";
import * as sass from "sass";

import { ICONS, SHAPES } from "./icons.mjs";

const SOURCE = dirname(fileURLToPath(import.meta.url));
const STATIC = dirname(SOURCE);
const MODULES = join(SOURCE, "node_modules");
const USWDS = join(MODULES, "@uswds/uswds");

// Hex values that USWDS writes, and the custom property that takes their place.
const COLORS = {
  "#005ea2": "--brand",
  "#0050d8": "--brand",
  "#1a4480": "--brand-dark",
  "#162e51": "--brand-darker",
  "#54278f": "--brand-dark",
  "#d9e8f6": "--brand-tint",
  "#cfe8ff": "--brand-tint",
  "#f9f9f9": "--paper",
  "#454545": "--ink-2",
  "#73b3e7": "--brand-tint-2",
  "#2491ff": "--focus",
  "#1b1b1b": "--ink",
  "#3d4551": "--ink-2",
  "#565c65": "--control",
  "#71767a": "--control",
  "#757575": "--ink-3",
  "#a9aeb1": "--line-2",
  "#adadad": "--line-2",
  "#c9c9c9": "--line-2",
  "#dfe1e2": "--line",
  "#e6e6e6": "--line",
  "#f0f0f0": "--sunken",
  "#b50909": "--bad",
  "#b51d09": "--bad",
  "#d54309": "--bad",
  "#8b0a03": "--bad-dark",
};

function folder(name) {
  const path = join(STATIC, name);
  mkdirSync(path, { recursive: true });
  return path;
}

// Django's own admin styles load in a layer, so that every rule of ours is stronger than any of theirs.
function buildAdminStyles() {
  const { css } = sass.compile(join(SOURCE, "scss/admin.scss"), { charset: false });
  const layered = ["base", "responsive"].map((name) => `@import url("../admin/css/${name}.css") layer(django);`);
  const { code } = esbuild.transformSync(`${layered.join("\n")}\n${css}`, { loader: "css", minify: true });
  writeFileSync(join(folder("css"), "admin.css"), code);
}

function buildStyles() {
  const { css } = sass.compile(join(SOURCE, "scss/portal.scss"), {
    style: "expanded",
    charset: false,
    quietDeps: true,
    loadPaths: [join(USWDS, "packages")],
    logger: sass.Logger.silent,
  });
  let themed = css;
  const own = css.indexOf(":root {");
  if (own < 0) throw new Error("the token block is missing");
  let subset = css.slice(0, own);
  for (const [hex, property] of Object.entries(COLORS)) {
    subset = subset.replaceAll(new RegExp(`${hex}\\b`, "gi"), `var(${property})`);
  }
  themed = subset + css.slice(own);
  const { code } = esbuild.transformSync(themed, {
    loader: "css",
    minify: true,
    legalComments: "none",
    target: ["chrome111", "firefox121", "safari16.4"],
  });
  writeFileSync(join(folder("css"), "portal.css"), code);
  return code;
}

// Every url() in the stylesheet must exist, or the manifest of the static files cannot be made.
function copyWidgetIcons(css) {
  rmSync(join(STATIC, "img/usa-icons"), { recursive: true, force: true });
  for (const [, name] of css.matchAll(/img\/usa-icons\/([\w-]+\.svg)/g)) {
    copyFileSync(join(USWDS, "dist/img/usa-icons", name), join(folder("img/usa-icons"), name));
  }
}

async function buildScripts() {
  await esbuild.build({
    entryPoints: [join(SOURCE, "js/portal.js"), join(SOURCE, "js/passkeys.js")],
    outdir: folder("js"),
    bundle: true,
    minify: true,
    format: "iife",
    legalComments: "none",
    target: ["chrome111", "firefox121", "safari16.4"],
  });
}

function drawing(name) {
  const svg = readFileSync(join(MODULES, "lucide-static/icons", `${name}.svg`), "utf8");
  const [, body] = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/);
  return body.replaceAll(/\s*\n\s*/g, "").replaceAll(" />", "/>");
}

function buildIcons() {
  const icons = Object.entries(ICONS).map(
    ([id, name]) => `<symbol id="${id}" viewBox="0 0 24 24">${drawing(name)}</symbol>`,
  );
  const shapes = Object.entries(SHAPES).map(
    ([id, body]) => `<symbol id="shape-${id}" viewBox="0 0 12 12">${body}</symbol>`,
  );
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${[...icons, ...shapes].join("\n")}\n</svg>\n`;
  writeFileSync(join(folder("img"), "icons.svg"), sprite);
  const chevrons = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#424e49" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${drawing("chevrons-up-down")}</svg>\n`;
  writeFileSync(join(folder("img"), "chevrons.svg"), chevrons);
}

function copyFont() {
  copyFileSync(
    join(MODULES, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
    join(folder("fonts"), "inter-latin.woff2"),
  );
}

function writeNotices() {
  const read = (path) => readFileSync(join(MODULES, path), "utf8").trim();
  const parts = [
    ["Icons (img/icons.svg, img/chevrons.svg): Lucide", read("lucide-static/LICENSE")],
    ["Typeface (fonts/inter-latin.woff2): Inter", read("@fontsource-variable/inter/LICENSE")],
    ["Styles and widgets (parts of css/portal.css and js/portal.js, img/usa-icons): U.S. Web Design System", read("@uswds/uswds/LICENSE.md")],
    ["Script (vendor/htmx.min.js): htmx", "Zero-Clause BSD\n\nPermission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE."],
  ];
  const text = parts.map(([title, body]) => `${title}\n${"=".repeat(title.length)}\n\n${body}\n`).join("\n\n");
  writeFileSync(join(folder("img"), "LICENSES.txt"), text);
}

const css = buildStyles();
buildAdminStyles();
copyWidgetIcons(css);
await buildScripts();
buildIcons();
copyFont();
writeNotices();
for (const name of ["css/portal.css", "css/admin.css", "js/portal.js", "img/icons.svg", "fonts/inter-latin.woff2"]) {
  console.log(`${String(readFileSync(join(STATIC, name)).length).padStart(7)} bytes  static/${name}`);
}
console.log(`${readdirSync(join(STATIC, "img/usa-icons")).length} widget icons`);
