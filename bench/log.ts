// The log of what was signed, over the real durable database: how many entries a second it keeps for callers one after
// another and at once, beside a file that is synced after each entry; and how long a proof takes in a log of ten
// million. Of that log only the tree is made, from leaves that are numbers: entries have no part in a proof.
//   node bench/log.ts [LEAVES]
import { generateKeyPairSync, hash, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createEntryLog } from '../src/engines/authority/entry-log.ts';
import { emptyEdge, growEdge, hashLeaf, rootOfEdge } from '../src/formats/crypto/merkle.ts';
import { isIncluded, proveInclusion } from '../src/formats/crypto/proof.ts';
import { openSqliteDatabase } from '../src/io/db/sqlite.ts';
import { createMemoryKey } from '../src/io/keys/memory.ts';
import { createTrustLogStore, placeOf } from '../src/services/trust/log-store.ts';
import { median, printTable, quantile } from './figure.ts';

const LEAVES = Number(process.argv[2] ?? 10_000_000);
const ENTRY_BYTES = 1_900;
const PROOFS = 2_000;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-log-'));
try {
  await measureAppends(folder);
  await measureProofs(folder);
} finally {
  rmSync(folder, { recursive: true });
}

async function measureAppends(at: string): Promise<void> {
  await using database = await openSqliteDatabase(join(at, 'appends.sqlite'));
  const store = createTrustLogStore(database);
  const log = createEntryLog({ origin: 'bench.example.org', key: await createMemoryKey('ed25519'), store });
  const bare = measureBare(join(at, 'bare'), 500);
  const rows = [['a file, synced after each entry', bare.toFixed(0), '1']];
  for (const [callers, count] of [
    [1, 500],
    [8, 2_000],
    [64, 10_000],
    [512, 20_000],
  ] as const) {
    let next = 0;
    const start = performance.now();
    const call = async (): Promise<void> => {
      for (let mine = next++; mine < count; mine = next++)
        await log.append(Buffer.alloc(ENTRY_BYTES, `${callers} ${mine} `));
    };
    await Promise.all(Array.from({ length: callers }, call));
    const rate = (count / (performance.now() - start)) * 1000;
    rows.push([`the log, ${callers} at once`, rate.toFixed(0), (rate / bare).toFixed(2)]);
  }
  printTable(['', 'entries a second', 'to the bare file'], rows);
}

/** Entries a second. */
function measureBare(path: string, count: number): number {
  const file = openSync(path, 'w');
  const start = performance.now();
  for (let at = 0; at < count; at += 1) {
    writeSync(file, Buffer.alloc(ENTRY_BYTES, String(at)));
    fdatasyncSync(file);
  }
  const rate = (count / (performance.now() - start)) * 1000;
  closeSync(file);
  return rate;
}

async function measureProofs(at: string): Promise<void> {
  const path = join(at, 'proofs.sqlite');
  await (await openSqliteDatabase(path))[Symbol.asyncDispose]();
  const edge = fill(path);
  await using database = await openSqliteDatabase(path);
  const store = createTrustLogStore(database);
  const root = rootOfEdge(edge);
  const times: number[] = [];
  for (let round = 0; round < PROOFS; round += 1) {
    // Spread over the whole log, the same in every run.
    const index = (round * 2_654_435_761) % LEAVES;
    const start = performance.now();
    const proof = await proveInclusion(index, LEAVES, store.readNode);
    times.push(performance.now() - start);
    if (!isIncluded({ leaf: leafOf(index), index, size: LEAVES, proof, root }))
      throw new Error(`the proof of ${index} does not hold`);
  }
  const bare = measureVerification();
  const value = median(times);
  printTable(
    ['', 'median', 'of a hundred, 99 within', 'to one P-256 verification'],
    [
      [
        `a proof in ${LEAVES.toLocaleString('en')} entries`,
        `${value.toFixed(2)} ms`,
        `${quantile(times, 0.99).toFixed(2)} ms`,
        (value / bare).toFixed(2),
      ],
    ],
  );
}

function leafOf(index: number): Uint8Array {
  return hashLeaf(Buffer.from(String(index)));
}

/** Past the store's own appends, which the first table measures. */
function fill(path: string) {
  const database = new DatabaseSync(path);
  database.exec('pragma synchronous = off; begin');
  const insert = database.prepare('insert into trust_log_hash (log, place, hash) values (1, ?, ?)');
  let edge = emptyEdge;
  for (let index = 0; index < LEAVES; index += 1) {
    const grown = growEdge(edge, leafOf(index));
    edge = grown.edge;
    for (const { level, position, hash: node } of grown.completed) insert.run(placeOf(level, position), node);
  }
  const whole = database.prepare('update trust_log set size = ?, edge = ? where id = 1');
  whole.run(edge.size, Buffer.concat(edge.hashes));
  database.exec('commit');
  database.close();
  return edge;
}

/** What a client does with each signature: milliseconds. */
function measureVerification(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = hash('sha256', 'message', 'buffer');
  const signature = signBytes('sha256', message, privateKey);
  const times = Array.from({ length: 500 }, () => {
    const start = performance.now();
    verifyBytes('sha256', message, publicKey, signature);
    return performance.now() - start;
  });
  return median(times);
}
