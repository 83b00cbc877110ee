// The page for those who come from Docker Scout says of every switch whether it works: what it says works is
// defined, and no switch of Scout's own tables is left out of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { inertInputs } from '../actions/scan/lib/input.js';
import { commands } from '../src/entry/cli/all.ts';
import { root } from './house.ts';
import { readActionFile } from './world/runner.ts';

/** scout-cli docs/scout_*.md, July 2026. */
const switches: Readonly<Record<string, string>> = {
  compare:
    'exit-on format hide-policies ignore-base ignore-suppressed ignore-unchanged multi-stage only-fixed only-package-type only-policy only-severity only-stage only-unfixed only-vex-affected org output platform policy-bundle policy-config policy-dir policy-file ref to to-env to-latest to-ref vex-author vex-location',
  cves: 'details env epss epss-percentile epss-score exit-code format ignore-base ignore-suppressed locations multi-stage only-base only-cisa-kev only-cve-id only-fixed only-metric only-package only-package-type only-severity only-stage only-unfixed only-vex-affected only-vuln-packages org output platform ref vex-author vex-location',
  quickview:
    'env ignore-suppressed latest only-policy only-vex-affected org output platform policy-bundle policy-config policy-dir policy-file ref vex-author vex-location',
  recommendations: 'only-refresh only-update org output platform ref tag',
  sbom: 'format only-package-type output platform ref',
  environment: 'org output platform',
};

const page = readFileSync(join(root, 'docs/reference/scout.md'), 'utf8');

for (const [name, list] of Object.entries(switches)) {
  test(`scout: every switch of ${name} works as the page says, or has its reason there`, async () => {
    const row = commands.find((one) => one.name === name);
    assert.ok(row !== undefined);
    const command = new Command(name);
    (await row.load()).define(command);
    const defined = new Set(command.options.map(({ long }) => long));
    const told = readTable(name);
    for (const option of list.split(' ')) {
      const words = told.get(`--${option}`);
      assert.ok(words !== undefined, `the page does not tell of --${option}`);
      assert.match(words, /^(?:works|not )/, `--${option}: ${words}`);
      assert.equal(defined.has(`--${option}`), words.startsWith('works'), `--${option}: ${words}`);
    }
    for (const option of told.keys())
      assert.ok(list.split(' ').includes(option.slice(2)), `${option} is no switch of Scout's ${name}`);
  });
}

/** docker/scout-action action.yaml, July 2026. */
const inputs =
  'command debug verbose-debug summary organization image platform ref to to-ref to-stream to-env to-latest stream environment hide-policies ignore-base ignore-unchanged only-vex-affected vex-author vex-location only-fixed only-unfixed only-severities only-package-types only-cisa-kev ignore-suppressed exit-code exit-on sarif-file only-refresh only-update format output secrets tags file predicate-type referrer referrer-repository registry-write-user registry-write-password dockerhub-user dockerhub-password registry-user registry-password github-token write-comment keep-previous-comments';

test('scout: every input of its action works as the page says, or has its reason there', () => {
  const [ofScout = '', ofOurs = ''] = partOf('Inputs of the action').split(
    'What Scout’s action does not have',
  );
  const told = readRows(ofScout, /`([a-z-]+)`/g);
  const ours = readRows(ofOurs, /`([a-z-]+)`/g);
  const inert = new Set(Object.keys(inertInputs));
  for (const input of inputs.split(' ')) {
    const words = told.get(input) ?? '';
    assert.match(words, /^(?:works|not )/, `${input}: ${words}`);
    assert.equal(!inert.has(input), words.startsWith('works'), `${input}: ${words}`);
  }
  assert.deepEqual([...told.keys()].sort(), inputs.split(' ').sort());
  const declared = Object.keys(readActionFile().inputs);
  assert.deepEqual([...told.keys(), ...ours.keys()].sort(), declared.sort());
});

/** Switch -> what the page says of it. */
function readTable(name: string): ReadonlyMap<string, string> {
  return readRows(partOf(`Switches of \`${name}\``), /`(--[a-z-]+)`/g);
}

function partOf(heading: string): string {
  const part = page.split(/^## /m).find((one) => one.startsWith(heading));
  assert.ok(part !== undefined, `no part: ${heading}`);
  return part;
}

/** What the first cell of a row names -> the second cell. */
function readRows(part: string, names: RegExp): ReadonlyMap<string, string> {
  const rows = part.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.flatMap((line) => {
      const [, named = '', words = ''] = line.split('|').map((cell) => cell.trim());
      return [...named.matchAll(names)].map(([, name]) => [name as string, words] as const);
    }),
  );
}
