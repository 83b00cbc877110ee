// The guide for pull requests can be copied: its YAML is YAML, its inputs are inputs of the action, its commands have
// the options that it gives them, and its versions are this one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { parse } from 'yaml';
import { commands } from '../src/entry/cli/all.ts';
import { root } from './house.ts';
import { readActionFile } from './world/runner.ts';

const page = readFileSync(join(root, 'docs/guide/pull-request.md'), 'utf8');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Fenced blocks of a language; of a diff what holds after it. */
const blocks = [...page.matchAll(/^```(yaml|diff)\n([\s\S]*?)^```/gm)].map(([, language, text = '']) =>
  parse(language === 'yaml' ? text : text.replace(/^-.*\n/gm, '').replace(/^[+ ]/gm, '')),
) as readonly unknown[];

/** Every value in it with the key that it stands at, from the outside in. */
function* walk(value: unknown, key = ''): Generator<readonly [string, unknown]> {
  yield [key, value];
  if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* walk(inner, name);
}

interface UseOfAction {
  readonly uses: string;
  readonly with: Readonly<Record<string, unknown>>;
}

const isUse = (value: unknown): value is UseOfAction =>
  /plimsoll\/actions\/scan@/.test(String((value as { uses?: unknown } | null)?.uses));

test('guide: what it gives the action are inputs of the action, in this version', () => {
  const uses = blocks.flatMap((block) => [...walk(block)].map(([, value]) => value).filter(isUse));
  assert.ok(uses.length >= 6, `${uses.length} uses`);
  const { inputs } = readActionFile();
  for (const { uses: name, with: given } of uses) {
    assert.match(name, new RegExp(`OWNER/plimsoll/actions/scan@v${version.replaceAll('.', '\\.')}$`));
    for (const input of Object.keys(given)) assert.ok(inputs[input] !== undefined, input);
    const row = commands.find((one) => one.name === given.command);
    assert.ok(row !== undefined, `command: ${given.command}`);
  }
});

test('guide: what it says in passing of inputs is true too', () => {
  const { inputs } = readActionFile();
  const named = [...page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([a-z-]+): [^`]+`/g)];
  assert.ok(named.length >= 4, `${named.length} named`);
  for (const [text, input = ''] of named) assert.ok(inputs[input] !== undefined, text);
});

test('guide: every command that it runs takes the options that it is given', async () => {
  const lines = blocks.flatMap((block) =>
    [...walk(block)].flatMap(([, value]) => (typeof value === 'string' ? runsOf(value) : [])),
  );
  assert.ok(lines.length >= 8, `${lines.length} command lines`);
  for (const line of lines) {
    const [, name = '', ...words] = wordsOf(line);
    const row = commands.find((one) => one.name === name);
    assert.ok(row !== undefined, line);
    const command = new Command(name).exitOverride().configureOutput({ writeErr: () => {} });
    (await row.load()).define(command);
    command.action(() => {});
    await assert.doesNotReject(command.parseAsync(words, { from: 'user' }), line);
  }
});

test('guide: what it installs is this version', () => {
  const installed = [...page.matchAll(/plimsoll@(\d[\w.]*)/g)].map(([, one]) => one);
  assert.ok(installed.length > 0);
  assert.deepEqual(new Set(installed), new Set([version]));
});

/** `plimsoll …` wherever a command may begin in a line of shell. */
function runsOf(script: string): string[] {
  return script
    .split('\n')
    .flatMap((line) => line.split(/\s(?:\||&&)\s/))
    .filter((part) => part.startsWith('plimsoll '));
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', ''));
}
