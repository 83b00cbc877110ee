// Builds the browser UI into dist/web: hashed assets, nothing inlined and nothing from another host,
// so that the server can answer with `Content-Security-Policy: default-src 'self'`.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const verify = (file: string): string => fileURLToPath(new URL(`src/verify/${file}`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  // The verifier is the server's own code (docs/decisions/0022): what it asks of Node is answered by the pages' own.
  resolve: { alias: { 'node:crypto': verify('node-crypto.ts') } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The first browsers with light-dark(), which holds both sets of colours in one list.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // An inlined font or picture would be a data: address, which the policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { transform: { inject: { Buffer: [verify('bytes.ts'), 'Buffer'] } } },
  },
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:1876' } },
});
