// Loaded into a child before the product (`node --import`): counts every change of a file and every statement of the
// database, and at one of them, chosen by the test, ends the process as kill -9 does, before or after it takes effect;
// or lets a share of them fail as a failing or full disk does. The product knows nothing of it.

import { writeSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';

// biome-ignore lint/suspicious/noExplicitAny: built-in objects are changed under their types.
type Patched = any;

const { CRASH_AT = '0', CRASH_AFTER = '', FAIL_EVERY = '0', FAIL_CODE = 'EIO' } = process.env;
const crashAt = Number(CRASH_AT);
const failEvery = Number(FAIL_EVERY);
let count = 0;
let isArmed = process.env.CRASH_ARMED === 'at once';

/** The workload arms it, where the start is not what is looked at. */
(globalThis as Patched).armFaults = (isOn = true): void => {
  isArmed = isOn;
};

function dies(): boolean {
  if (!isArmed) return false;
  count += 1;
  return count === crashAt;
}

function die(point: string): void {
  writeSync(1, `${JSON.stringify({ killed: point })}\n`);
  process.kill(process.pid, 'SIGKILL');
  // The signal comes before the next instruction that matters; nothing may run on in between.
  for (;;);
}

function fails(): boolean {
  return isArmed && failEvery > 0 && count % failEvery === 0;
}

function patchAsync(owner: Patched, name: string, point: string): void {
  const real = owner[name];
  owner[name] = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    const isLast = dies();
    if (isLast && CRASH_AFTER === '') die(point);
    if (fails()) throw Object.assign(new Error(`${FAIL_CODE}: injected`), { code: FAIL_CODE, syscall: name });
    const result = await real.apply(this, args);
    if (isLast) die(`${point}, done`);
    return result;
  };
}

function patchStatement(name: 'run' | 'all'): void {
  const owner = StatementSync.prototype as Patched;
  const real = owner[name];
  owner[name] = function (this: StatementSync, ...args: unknown[]): unknown {
    const [word = ''] = this.sourceSQL.split(' ', 1);
    // Reading changes nothing: killed before or after it is killed at the change beside it.
    if (word === 'select') return real.apply(this, args);
    const isLast = dies();
    if (isLast && CRASH_AFTER === '') die(`sqlite ${word}`);
    // 10: IOERR, 13: FULL (sqlite.org/rescode.html).
    if (fails() && word !== 'rollback')
      throw Object.assign(new Error('injected'), { errcode: FAIL_CODE === 'ENOSPC' ? 13 : 10 });
    const result = real.apply(this, args);
    if (isLast) die(`sqlite ${word}, done`);
    return result;
  };
}

const promises = createRequire(import.meta.url)('node:fs/promises');
const handle = await promises.open(new URL(import.meta.url), 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ['sync', 'writev', 'writeFile']) patchAsync(prototype, name, `file ${name}`);
for (const name of ['rename', 'rm', 'mkdir']) patchAsync(promises, name, `folder ${name}`);
syncBuiltinESMExports();
patchStatement('run');
patchStatement('all');
const realExec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (this: DatabaseSync, text: string): void {
  if (dies()) die('sqlite exec');
  realExec.call(this, text);
};
