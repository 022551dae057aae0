// Bundles src into built/: one script and one style sheet, nothing of which is fetched from elsewhere.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const codecs = ["blosc", "zstd", "lz4", "zlib", "gzip"]; // of zarrita; ours stand in blosc.js and files.js
const bundled = ["zarrita", "@zarrita/storage", "d3-contour", "d3-array", "internmap", "zstddec"];
const licences = bundled.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}`);

await build({
  entryPoints: { page: "src/main.js", style: "src/style.css" },
  outdir: "built",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/* Contains:\n\n${licences.join("\n\n---\n\n")}\n*/` },
  alias: Object.fromEntries(codecs.map((codec) => [`numcodecs/${codec}`, "./src/no-codec.js"])),
  logLevel: "warning",
});
