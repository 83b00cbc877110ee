// Loads a module as the pages' build does: node:crypto is the pages' own, and so is the global Buffer. What it imports
// is loaded so too, beside the same files as Node has them: the two can be compared in one process.
import { registerHooks } from 'node:module';

const MARK = '?in-browser';
const CRYPTO = new URL('../src/verify/node-crypto.ts', import.meta.url).href;
const BYTES = new URL('../src/verify/bytes.ts', import.meta.url).href;

/** The module at a path from here, as browsers get it. Call once for a test file; the hooks touch nothing else. */
export async function importInBrowserTerms<M>(path: string): Promise<M> {
  using _hooks = takeHooks();
  return (await import(new URL(path + MARK, import.meta.url).href)) as M;
}

function takeHooks(): Disposable {
  const hooks = registerHooks({
    resolve(specifier, about, next) {
      if (about.parentURL?.endsWith(MARK) !== true) return next(specifier, about);
      if (specifier === 'node:crypto') return next(CRYPTO + MARK, about);
      const found = next(specifier, about);
      const isOurs = specifier.startsWith('.') && !found.url.startsWith(BYTES);
      return isOurs && !found.url.endsWith(MARK) ? { ...found, url: found.url + MARK } : found;
    },
    load(url, about, next) {
      const loaded = next(url, about);
      if (!url.endsWith(MARK) || loaded.source === undefined || loaded.source === null) return loaded;
      const text = String(
        typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source),
      );
      // Several test files of one process may load at once, each with hooks of its own.
      const isGiven = /\bfrom '\.\/bytes\.ts'/.test(text) || text.includes(BYTES);
      if (isGiven || !/\bBuffer\b/.test(text)) return loaded;
      return { ...loaded, source: `import { Buffer } from '${BYTES}'; ${text}` };
    },
  });
  return { [Symbol.dispose]: () => hooks.deregister() };
}
