// What a client that believes nothing makes of a log: an honest one, and every way of lying that it can notice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { emptyEdge, growEdge, hashLeaf, rootOfEdge, type TreeEdge } from '../../formats/crypto/merkle.ts';
import { createNoteSigner } from '../../formats/crypto/note.ts';
import { formatBundle, formatTile, tileWidth } from '../../formats/crypto/tile.ts';
import { registryErrors } from './errors.ts';
import { type LogQuestion, type ShownMove, verifyTagLog } from './tag-log-verify.ts';
import { formatEntry, formatTagRecord, type OpenedRecord } from './tag-record.ts';

const signer = createNoteSigner('images.example.org/tlog', new Uint8Array(32).fill(3));
const subject = { repository: 'team/app', tag: 'latest' };

function record(at: number, tag = 'latest', salt: string | null = null): OpenedRecord {
  const recordJson = formatTagRecord({
    v: 1,
    kind: 'moved',
    repository: 'team/app',
    tag,
    digest: `sha256:${String(at).padStart(64, '0')}`,
    previous: null,
    at: '2026-11-21T00:00:00.000Z',
    by: 'admin',
    via: 'push',
  });
  return { recordJson, salt };
}

/** A log of these records, as a server would serve it. */
function serve(records: readonly OpenedRecord[]) {
  const edges: TreeEdge[] = [emptyEdge];
  const levels = new Map<string, Uint8Array>();
  const entries = records.map(formatEntry);
  for (const entry of entries) {
    const grown = growEdge(edges.at(-1) as TreeEdge, hashLeaf(entry));
    edges.push(grown.edge);
    for (const { level, position, hash } of grown.completed)
      if (level % 8 === 0) levels.set(`${level / 8}/${position}`, hash);
  }
  const noteAt = (size: number): string => {
    const root = rootOfEdge(edges[size] as TreeEdge);
    return signer.sign(formatCheckpoint({ origin: signer.key.name, size, root }));
  };
  return {
    noteAt,
    note: noteAt(records.length),
    reader: {
      async tile(place: Parameters<LogQuestion['reader']['tile']>[0]) {
        const start = place.position * tileWidth;
        if (place.kind === 'entries') return formatBundle(entries.slice(start, start + place.width));
        const hashes = Array.from({ length: place.width }, (_, at) =>
          levels.get(`${place.level}/${start + at}`),
        );
        return formatTile(hashes as Uint8Array[]);
      },
    },
  };
}

/** 600 leaves, every hundredth a move of the tag. */
const records = Array.from({ length: 600 }, (_, at) => record(at, at % 100 === 0 ? 'latest' : `t${at}`));
const moves: readonly ShownMove[] = records
  .map((one, leaf) => ({ ...one, leaf }))
  .filter(({ leaf }) => leaf % 100 === 0)
  .reverse();
const log = serve(records);
const whole: LogQuestion = { ...subject, reader: log.reader, note: log.note, key: signer.key, moves };
const byTiles: LogQuestion = { ...whole, entriesRead: 0 };
const ways = [
  ['read whole', whole],
  ['by its tiles', byTiles],
] as const;

const forked = { code: registryErrors.log_forked.code, kind: 'untrusted' };
const unproven = { code: registryErrors.log_entry_unproven.code, kind: 'untrusted' };

for (const [way, question] of ways) {
  test(`verify, ${way}: an honest log holds, from every earlier one on`, async () => {
    for (const size of [0, 1, 255, 256, 257, 512, 599, 600]) {
      const proven = await verifyTagLog({ ...question, seen: log.noteAt(size) });
      assert.equal(proven.grownFrom, size);
      assert.equal(proven.included, 6);
      assert.equal(proven.size, 600);
    }
    assert.equal((await verifyTagLog(question)).grownFrom, undefined);
  });

  test(`verify, ${way}: a shown move that says something else than its leaf is refused`, async () => {
    const [first, ...rest] = moves;
    assert.ok(first !== undefined);
    const forged = { ...first, recordJson: first.recordJson.replace('"by":"admin"', '"by":"nobody"') };
    await assert.rejects(verifyTagLog({ ...question, moves: [forged, ...rest] }), {
      ...unproven,
      message:
        'what the server shows as leaf 500 is not in the tag log images.example.org/tlog of 600 leaves',
    });
    await assert.rejects(verifyTagLog({ ...question, moves: [{ ...first, leaf: 600 }, ...rest] }), unproven);
    await assert.rejects(verifyTagLog({ ...question, moves: [{ ...first, leaf: 499 }, ...rest] }), unproven);
  });

  test(`verify, ${way}: a log that lost leaves is refused`, async () => {
    await assert.rejects(verifyTagLog({ ...question, note: log.noteAt(501), seen: log.note }), {
      ...forked,
      message: /had 600 leaves when it was seen last and has 501 now: leaves were taken away/,
    });
  });

  test(`verify, ${way}: a log with another past is refused, also of the same size and a greater one`, async () => {
    const other = serve(records.map((one, leaf) => (leaf === 7 ? record(7, 'another') : one)));
    const asked = { ...question, reader: other.reader, note: other.note };
    await assert.rejects(verifyTagLog({ ...asked, seen: log.note }), forked);
    await assert.rejects(verifyTagLog({ ...asked, seen: log.noteAt(300) }), {
      ...forked,
      message: /does not continue the one of 300 that was seen last: its past was changed/,
    });
    // Before the change both are one log.
    await verifyTagLog({ ...asked, seen: log.noteAt(7) });
  });

  test(`verify, ${way}: another’s signature and another’s name are refused`, async () => {
    const thief = createNoteSigner(signer.key.name, new Uint8Array(32).fill(4));
    await assert.rejects(verifyTagLog({ ...question, key: thief.key }), { code: 'crypto.note_untrusted' });
    const root = rootOfEdge(emptyEdge);
    const renamed = signer.sign(formatCheckpoint({ origin: 'elsewhere', size: 0, root }));
    await assert.rejects(verifyTagLog({ ...question, note: renamed }), forked);
  });
}

test('verify, read whole: entries that are not those of the checkpoint are refused', async () => {
  for (const change of [
    records.map((one, leaf) => (leaf === 42 ? record(42, 'changed') : one)),
    [...records.slice(1), record(0)],
  ]) {
    const { reader } = serve(change);
    await assert.rejects(verifyTagLog({ ...whole, reader, moves: [] }), { kind: 'untrusted' });
  }
  const short = serve(records.slice(0, 599));
  await assert.rejects(verifyTagLog({ ...whole, reader: short.reader }), { code: 'crypto.bundle_invalid' });
});

test('verify, read whole: a move that the server does not show is found', async () => {
  await assert.rejects(verifyTagLog({ ...whole, moves: moves.slice(1) }), {
    code: registryErrors.log_move_hidden.code,
    kind: 'untrusted',
    message: 'the tag log has moves of team/app:latest that the server did not show: leaf 500',
  });
  const { isWhole, notProven } = await verifyTagLog(whole);
  assert.ok(isWhole);
  assert.deepEqual(notProven, []);
});

test('verify, by its tiles: that nothing is hidden is said to be not proven', async () => {
  const { isWhole, notProven } = await verifyTagLog({ ...byTiles, moves: moves.slice(1) });
  assert.ok(!isWhole);
  assert.match(
    notProven.join(),
    /was not read whole: it may have moves of this tag that the server did not show/,
  );
  const forgedTiles = { tile: async () => new Uint8Array(88 * 32) };
  await assert.rejects(verifyTagLog({ ...byTiles, reader: forgedTiles }), { code: 'crypto.bundle_invalid' });
});

test('verify: sealed moves are proven by their salt, and those of others are said to be unreadable', async () => {
  const salt = 'ab'.repeat(32);
  const sealed = [record(0, 'latest', salt), record(1, 'secret', 'cd'.repeat(32))];
  const served = serve(sealed);
  const question = { ...whole, reader: served.reader, note: served.note };
  const own = { ...(sealed[0] as OpenedRecord), leaf: 0 };
  const { notProven } = await verifyTagLog({ ...question, moves: [own] });
  assert.match(notProven.join(), /^1 sealed entries, .* cannot be read: any may be of this tag$/);
  await assert.rejects(verifyTagLog({ ...question, moves: [{ ...own, salt: null }] }), unproven);
  await assert.rejects(verifyTagLog({ ...question, moves: [{ ...own, salt: 'ef'.repeat(32) }] }), unproven);
});
