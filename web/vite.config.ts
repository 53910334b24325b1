import { cpSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(here, "../api/static");

/** Put Leaflet's own files beside the pages: reports carry them inside, see api/maps.py. */
const leaflet = {
  name: "leaflet-for-reports",
  closeBundle(): void {
    const dist = resolve(here, "node_modules/leaflet/dist");
    const vendor = resolve(out, "vendor/leaflet");
    mkdirSync(vendor, { recursive: true });
    for (const file of ["leaflet.js", "leaflet.css", "images"]) {
      cpSync(resolve(dist, file), resolve(vendor, file), { recursive: true });
    }
  },
};

/** The public page is made by the server, which names its script: that has no hash in its name. */
const publicScript = {
  name: "script-of-the-public-page",
  config: () => ({
    build: {
      rollupOptions: {
        input: { public: resolve(here, "src/public/main.ts") },
        output: {
          entryFileNames: ({ name }: { name: string }) =>
            name === "public" ? "public/main.js" : "assets/[name]-[hash].js",
        },
      },
    },
  }),
};

export default defineConfig({
  root: resolve(here, "src"),
  base: "/static/",
  publicDir: false, // src/public is a page like the others
  plugins: [leaflet, publicScript],
  build: {
    outDir: out,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: {
        city: resolve(here, "src/city/index.html"),
        planner: resolve(here, "src/planner/index.html"),
      },
    },
  },
  test: { root: resolve(here, "src") },
} as Parameters<typeof defineConfig>[0]);
