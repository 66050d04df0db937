import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

/** Where `npm run dev` finds a node to talk to; the built pages only know their own origin. */
const node = loadEnv('', '.', 'XINGLIN_').XINGLIN_NODE ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../../../src/xinglin/server/web_bundle',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': node, '/fhir': node } },
});
