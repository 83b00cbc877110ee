// Must show 5: the README followed word for word in an empty folder, by somebody with the machine's own Node:
// every `$` line of its console blocks is run, and what it prints is what stands there (… stands for anything).
// Two things are set from outside: the home folder, and the mirror that the advisories come from.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { root } from '../house.ts';
import { missingTools, run, sharedFolder, temporaryFolder, until } from './world.ts';

const shared = sharedFolder();
const skip =
  missingTools('git', 'npm', 'script') ?? (shared === undefined ? '../shared is absent' : undefined);

interface Step {
  readonly command: string;
  readonly expected: string;
}

test('the first session of the README, each line as printed', { skip }, async (t) => {
  using folder = temporaryFolder();
  const clone = join(folder.path, 'plimsoll');
  run('git', ['clone', '--quiet', root, clone]);
  const env = {
    ...process.env,
    // The Node that npm brings must do: this project's own is taken off the path.
    PATH: (process.env.PATH ?? '')
      .split(delimiter)
      .filter((path) => !path.includes('node_modules'))
      .join(delimiter),
    HOME: folder.path,
    // npm's own settings (a mirror, say) are the machine's, not the newcomer's.
    npm_config_userconfig: join(homedir(), '.npmrc'),
    XDG_CACHE_HOME: join(folder.path, 'cache'),
    DOCKER_CONFIG: '',
    NO_COLOR: '1',
    PLIMSOLL_ADVISORIES_SOURCE: join(shared as string, 'feeds'),
  };
  const [start, ...steps] = readSteps();
  assert.ok(start !== undefined && steps.length >= 6, `${steps.length} steps`);

  const server = begin(start.command, clone, env);
  try {
    await until(
      async () => {
        assert.ok(!server.hasEnded(), server.output());
        return matches(server.output(), start.expected) || undefined;
      },
      180_000,
      () => server.output(),
    );
    const password = /password +(\S+)/.exec(server.output())?.[1];
    assert.ok(password !== undefined, server.output());
    for (const step of steps) {
      const ran = begin(step.command, clone, env);
      if (step.command.includes(' login '))
        await answerPrompt(ran, password).catch(async (error) => {
          await ran.stop();
          throw error;
        });
      await ran.ended;
      assert.ok(
        matches(ran.output(), step.expected),
        `${step.command}\nprinted\n${ran.output()}\nnot\n${step.expected}`,
      );
      t.diagnostic(step.command);
    }
    const page = await fetch('http://127.0.0.1:1876/r/you/example/-/1.0');
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>Plimsoll/);
  } finally {
    await server.stop();
  }
});

function readSteps(): Step[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const end = step.indexOf('\n');
        return { command: step.slice(0, end), expected: step.slice(end + 1) };
      }),
  );
}

/** A line that is only … stands for any lines, … within a line for any text. */
function matches(output: string, expected: string): boolean {
  const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = expected
    .split('\n')
    .filter((line, position, lines) => line !== '' || position < lines.length - 1)
    .map((line) => (line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(literal).join('.*')} *\\n`))
    .join('');
  return new RegExp(`^${pattern}`, 'm').test(output);
}

interface Begun {
  readonly output: () => string;
  readonly input: (text: string) => void;
  readonly hasEnded: () => boolean;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** In a terminal of its own, as a person has it, so that a password can be asked for. */
function begin(command: string, cwd: string, env: NodeJS.ProcessEnv): Begun {
  const isAsking = command.includes(' login ');
  const child: ChildProcess = isAsking
    ? spawn('script', ['-qec', `stty cols 100; ${command}`, '/dev/null'], {
        cwd,
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
      })
    : spawn('sh', ['-c', `{ ${command}; } 2>&1`], {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    output: () => stripVTControlCharacters(output).replaceAll('\r\n', '\n'),
    input: (text) => void child.stdin?.write(text),
    hasEnded: () => child.exitCode !== null,
    ended,
    async stop() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      // `npm start` is asked to end as a whole group; what hangs beyond the drain would hide a defect.
      await Promise.race([
        ended,
        new Promise((_, reject) => setTimeout(reject, 40_000, new Error('it does not end')).unref()),
      ]);
    },
  };
}

async function answerPrompt(begun: Begun, password: string): Promise<void> {
  await until(
    async () => begun.output().includes('Password') || undefined,
    30_000,
    () => begun.output(),
  );
  begun.input(`${password}\r`);
}
