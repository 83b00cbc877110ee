// A command in place of ours, for what an action does around it: it keeps how it was called, prints and writes what a
// test says, and leaves comments to the real one.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../house.ts';

export interface Call {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What REGISTRY_AUTH_FILE held. */
  readonly logins?: string;
}

export interface Told {
  /** To standard output and standard error. */
  readonly print?: string;
  readonly markdown?: string;
  readonly json?: unknown;
}

/** The file to start. */
export function makeProgram(folder: string, told: Told): string {
  const file = join(folder, 'program.mjs');
  writeFileSync(join(folder, 'told.json'), JSON.stringify(told));
  writeFileSync(
    file,
    `import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
const argv = process.argv.slice(2);
const told = JSON.parse(readFileSync(join(import.meta.dirname, 'told.json'), 'utf8'));
const file = process.env.REGISTRY_AUTH_FILE;
const logins = file && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
appendFileSync(join(import.meta.dirname, 'calls'), JSON.stringify({ argv, env: process.env, logins }) + '\\n');
if (argv[0] === 'comment') {
  const real = ${JSON.stringify(join(root, 'bin/plimsoll.js'))};
  process.exit(spawnSync(process.execPath, [real, ...argv], { stdio: 'inherit' }).status);
}
process.stdout.write(told.print ?? '');
process.stderr.write(told.print ?? '');
for (const [format, text] of [['markdown', told.markdown ?? '# Told'], ['json', JSON.stringify(told.json ?? {})]])
  for (const word of argv.filter((one) => one.startsWith('--write=' + format + '=')))
    writeFileSync(word.slice(('--write=' + format + '=').length), text);
`,
  );
  const launcher = join(folder, 'program.js');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(launcher, "import './program.mjs';\n");
  return launcher;
}

/** In order, comments too. */
export function readCalls(folder: string): readonly Call[] {
  const lines = readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Call);
}
