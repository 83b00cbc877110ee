// What a comment and its comparison must say, in the terms of the tools that know it better: npm, pip, go, dpkg.
import assert from 'node:assert/strict';
import type { Comparison, PackageChange } from '../../src/engines/compare/comparison.ts';
import type { OsvHit } from './advisory-oracle.ts';
import type { Installed } from './application.ts';

/** `name before → after`, sorted. */
export function differ(was: Installed, is: Installed): readonly string[] {
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return names
    .map((name) => line(name, was.get(name) ?? [], is.get(name) ?? []))
    .filter((one) => one !== undefined)
    .sort();
}

function line(name: string, before: readonly string[], after: readonly string[]): string | undefined {
  const [old, now] = [before.join(', ') || 'absent', after.join(', ') || 'absent'];
  return old === now ? undefined : `${name} ${old} → ${now}`;
}

export function listChanges(changes: readonly PackageChange[], type: string): readonly string[] {
  return changes
    .filter((change) => change.type === type)
    .map((change) => line(change.name, change.before, change.after) ?? `${change.name} unchanged`)
    .sort();
}

/** A row of the comment has the name, and behind it both versions. */
export function assertTold(body: string, change: string): void {
  const [, name, before, after] = /^(\S+) (.+) → (.+)$/.exec(change) as RegExpExecArray;
  const row = body
    .replaceAll('\\', '')
    .split('\n')
    .find((text) => text.startsWith(`| ${code(name as string)}`));
  assert.ok(row !== undefined, `${name} has a row`);
  const words = [before, after?.replace('absent', 'removed')] as const;
  assert.ok(row.includes(` | ${words[0]} | ${words[1]} | `), `${change}: ${row}`);
}

export function noted(notes: Comparison['findings']['fixed'], type: string): readonly string[] {
  return notes
    .filter((note) => note.type === type)
    .map(({ id, name }) => `${id} ${name}`)
    .sort();
}

/** Each CVE of the comparison has a record of the feed, and each record of the feed a CVE of the comparison. */
export function assertHits(
  { findings }: Comparison,
  type: string,
  had: readonly OsvHit[],
  has: readonly OsvHit[],
): void {
  const isIn = (hits: readonly OsvHit[], { ids, name }: OsvHit): boolean =>
    hits.some((hit) => hit.name === name && hit.ids.some((id) => ids.includes(id)));
  for (const [notes, hits] of [
    [findings.fixed, had.filter((hit) => !isIn(has, hit))],
    [findings.introduced, has.filter((hit) => !isIn(had, hit))],
  ] as const) {
    const told = notes.filter((note) => note.type === type).map(({ id, name }) => ({ ids: [id], name }));
    assert.deepEqual(
      told.filter((one) => !isIn(hits, one)),
      [],
      'told and in no record',
    );
    assert.deepEqual(
      hits.filter((one) => !isIn(told, one)),
      [],
      'in a record and not told',
    );
  }
}

/** As the comment sets it apart, without escapes. */
export function code(text: string): string {
  return `<code>${text}</code>`;
}

export function quoted(text: string): RegExp {
  return new RegExp(`.*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}.*`);
}

/** A row of the table at the top. */
export function rowOf(name: string, ...cells: readonly RegExp[]): RegExp {
  return new RegExp(`^\\| ${name} ${cells.map(({ source }) => `\\| ${source} `).join('')}\\|$`, 'm');
}
