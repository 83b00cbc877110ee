// Builds the browser UI into dist/web: hashed assets, nothing inlined and nothing from another host,
// so that the server can answer with `Content-Security-Policy: default-src 'self'`.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The first browsers with light-dark(), which holds both sets of colours in one list.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // An inlined font or picture would be a data: address, which the policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:1876' } },
});
