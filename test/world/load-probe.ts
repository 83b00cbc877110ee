// Loaded before the command: writes to the file named by LOAD_PROBE, as JSON, what the command loaded in its order:
// files of the product from `src/` or `bin/`, packages by name, `derive` where a key is derived from its passphrase;
// and at the end which parts of Node there are.
import { writeFileSync } from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';

export interface Loaded {
  readonly steps: readonly string[];
  /** As Node calls them: `tls`, `internal/deps/undici/undici`. */
  readonly builtins: readonly string[];
}

const steps: string[] = [];
registerHooks({
  load(url, context, next) {
    const path = decodeURIComponent(url).replaceAll('\\', '/');
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    const own = /\/((?:src|bin)\/[^?]*)$/.exec(path)?.[1];
    const step = name ?? own;
    if (step !== undefined) steps.push(step);
    return next(url, context);
  },
});

// An import statement would have loaded all of it before the command does.
const crypto = process.getBuiltinModule('node:crypto');
const { scrypt } = crypto;
crypto.scrypt = ((...args: Parameters<typeof scrypt>) => {
  steps.push('derive');
  return scrypt(...args);
}) as typeof scrypt;
syncBuiltinESMExports();

process.on('exit', () => {
  const builtins = (process as unknown as { readonly moduleLoadList: readonly string[] }).moduleLoadList
    .filter((one) => one.startsWith('NativeModule '))
    .map((one) => one.slice('NativeModule '.length));
  const loaded: Loaded = { steps, builtins };
  writeFileSync(process.env.LOAD_PROBE as string, JSON.stringify(loaded));
});
