// Promise: an instance that is witnessed cannot show one history of its tags to some and another to others: another
// instance cosigns its log, only while it grows, and who verifies asks for that word.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseWitnessPolicy } from '../../src/engines/witness/policy.ts';
import { judgeQuorum } from '../../src/engines/witness/quorum.ts';
import { formatWitnessRequest } from '../../src/engines/witness/request.ts';
import type { RevocationList } from '../../src/entry/http/contract-mark.ts';
import type { TagLogFacts } from '../../src/entry/http/contract-tag.ts';
import { createCosigner, formatCosignerKey } from '../../src/formats/crypto/cosignature.ts';
import { parseBundle } from '../../src/formats/sigstore/bundle.ts';
import { runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

const one = debianImage(['bash 5.2-1']);
const two = debianImage(['bash 5.2-2']);
let folder: ReturnType<typeof temporaryFolder>;
let witness: ProductWorld;
let policyFile: string;
let logLines: string;
/** The witness's other data folder, to start it anew on. */
let witnessFolder: ReturnType<typeof temporaryFolder>;
const logsFile = (): string => join(folder.path, 'logs.txt');

const bootWitness = (listen?: string): Promise<ProductWorld> =>
  bootProduct({
    folder: witnessFolder.path,
    flags: [['--witness-logs', logsFile()]],
    ...(listen === undefined ? {} : { listen }),
  });
const bootLog = (): Promise<ProductWorld> =>
  bootProduct({ folder: folder.path, flags: [['--witness-ask', policyFile]] });

before(async () => {
  folder = temporaryFolder();
  witnessFolder = temporaryFolder();
  policyFile = join(folder.path, 'witnesses.txt');
  {
    await using first = await bootProduct({ folder: folder.path });
    await first.push('team/app', 'latest', one);
    const keys = ['/tlog/key', '/trust/log/key'].map(async (at) => (await first.send('GET', at)).text());
    logLines = (await Promise.all(keys)).join('');
    assert.ok(logLines.includes((await first.get<TagLogFacts>('/api/v1/tag-log')).key));
  }
  writeFileSync(logsFile(), `${logLines}quorum none\n`);
  witness = await bootWitness();
  const lines = await (await witness.send('GET', '/witness/keys')).text();
  const names = lines.split('\n').flatMap((line) => line.split(' ').slice(1, 2));
  writeFileSync(policyFile, `${lines}group both all ${names.join(' ')}\nquorum both\n`);
});
after(async () => {
  await witness[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  witnessFolder[Symbol.dispose]();
});

async function readQuorum(world: ProductWorld) {
  const note = await (await world.send('GET', '/tlog/checkpoint')).text();
  return judgeQuorum(note, parseWitnessPolicy(policyText(), 'f'));
}
const policyText = (): string => readFileSync(policyFile, 'utf8');

test('a checkpoint is shown with the word of the witness, by both kinds of key, as the log grows', async () => {
  await using world = await bootLog();
  for (const image of [one, two]) {
    await world.push('team/app', 'latest', image);
    const { isReached, words } = await readQuorum(world);
    assert.ok(isReached);
    assert.deepEqual(
      words.map(({ kind }) => kind),
      ['held', 'held'],
    );
  }
  const { origin } = await world.get<TagLogFacts>('/api/v1/tag-log');
  const hash = createHash('sha256').update(origin).digest('hex');
  const monitored = await witness.send('GET', `/witness/${hash}/checkpoint`);
  assert.equal(monitored.status, 200);
  assert.match(await monitored.text(), new RegExp(`^${origin}\\n`));
});

test('what the instance signs carries the word of the witness, and its log shows the same', async () => {
  await using world = await bootLog();
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  await world.push('team/app', 'signed', one);
  const revoked = await world.send('POST', '/api/v1/repositories/team/app/-/revocations', {
    headers: { authorization, 'content-type': 'application/json', origin: world.url },
    body: JSON.stringify({ action: 'revoke', digest: one.digest, why: 'a test' }),
  });
  assert.equal(revoked.status, 201, await revoked.text());
  const { revocations } = await world.get<RevocationList>('/trust/revocations');
  const bundle = parseBundle(Buffer.from(JSON.stringify(revocations[0]?.bundle)));
  const inBundle = bundle.logEntries[0]?.proof?.checkpoint ?? '';
  const shown = await (await world.send('GET', '/trust/log/checkpoint')).text();
  const policy = parseWitnessPolicy(policyText(), 'f');
  for (const note of [inBundle, shown]) assert.ok(judgeQuorum(note, policy).isReached, note);
});

test('verify --witnesses wants that word of the log too', async () => {
  using home = temporaryFolder();
  await using world = await bootLog();
  await world.push('team/app', 'statement', two);
  const root = join(home.path, 'root.json');
  writeFileSync(root, await (await world.send('GET', '/trust/trusted_root.json')).text());
  const document = join(home.path, 'predicate.json');
  writeFileSync(document, '{"buildDefinition":{},"runDetails":{"builder":{"id":"x"}}}');
  const image = `${world.host}/team/app@${two.digest}`;
  const own = { home: home.path, stdin: password };
  assert.equal((await runCommand(['login', world.host, '-u', 'admin', '--password-stdin'], own)).exitCode, 0);
  const attested = await runCommand(
    ['attest', image, '--type', 'slsaprovenance1', '--predicate', document],
    own,
  );
  assert.equal(attested.exitCode, 0, attested.stderr);
  const issuer = world.url;
  const argv = ['verify', image, '--type', 'slsaprovenance1', '--trusted-root', root];
  const who = ['--certificate-identity-regexp', 'admin@.*', '--certificate-oidc-issuer', issuer];
  const yes = await runCommand([...argv, ...who, '--witnesses', policyFile], own);
  assert.equal(yes.exitCode, 0, yes.stdout + yes.stderr);
  assert.match(yes.stdout.replace(/\s+/g, ' '), /cosigned the checkpoint; both is reached/);
  const other = join(home.path, 'other.txt');
  const key = formatCosignerKey(createCosigner('nobody.example.org', 'ed25519', new Uint8Array(32)).key);
  writeFileSync(other, `witness nobody ${key}\nquorum nobody\n`);
  const no = await runCommand([...argv, ...who, '--witnesses', other], own);
  assert.equal(no.exitCode, 2, no.stdout + no.stderr);
  assert.match(no.stdout.replace(/\s+/g, ' '), /No witness cosigned the checkpoint; nobody is not reached/);
});

test('history --verify --witnesses asks for that word, and says no without it', async () => {
  await using world = await bootLog();
  using home = temporaryFolder();
  const argv = ['history', `${world.host}/team/app:latest`, '--verify', '--witnesses'];
  const yes = await runCommand([...argv, policyFile], { home: home.path });
  assert.equal(yes.exitCode, 0, yes.stderr);
  assert.match(yes.stdout.replace(/\s+/g, ' '), /witnessed: .* cosigned the checkpoint; both is reached\./);
  const other = join(folder.path, 'other.txt');
  const stranger = await bootProduct({ flags: [['--witness-logs', logsFile()]] });
  const lines = await (await stranger.send('GET', '/witness/keys')).text();
  await stranger[Symbol.asyncDispose]();
  writeFileSync(other, `${lines}quorum ${lines.split(' ')[1]}\n`);
  const no = await runCommand([...argv, other], { home: home.path });
  assert.equal(no.exitCode, 2, no.stderr);
  assert.match(no.stdout.replace(/\s+/g, ' '), /No witness cosigned the checkpoint; .* is not reached/);
});

test('a witness that starts anew knows what it cosigned, and refuses another history', async () => {
  const { host } = witness;
  await witness[Symbol.asyncDispose]();
  witness = await bootWitness(host);
  await using world = await bootLog();
  const note = await (await world.send('GET', '/tlog/checkpoint')).text();
  const ask = (body: string) => witness.send('POST', '/witness/add-checkpoint', { body });
  const conflict = await ask(formatWitnessRequest({ oldSize: 0, proof: [], checkpoint: note }));
  assert.deepEqual([conflict.status, conflict.headers.get('content-type')], [409, 'text/x.tlog.size']);
  const size = Number(await conflict.text());
  assert.ok(size > 0);
  const forged = formatWitnessRequest({ oldSize: size, proof: [new Uint8Array(32)], checkpoint: note });
  assert.equal((await ask(forged)).status, 422);
  const unknown = note.replace(/^.*\n/, 'another.example.org\n');
  assert.equal((await ask(formatWitnessRequest({ oldSize: 0, proof: [], checkpoint: unknown }))).status, 404);
  assert.equal((await ask('nothing')).status, 400);
  assert.equal((await ask('x'.repeat(300_000))).status, 413);
  assert.equal((await witness.send('GET', '/witness/add-checkpoint')).status, 405);
  assert.equal((await witness.send('GET', `/witness/${'0'.repeat(64)}/checkpoint`)).status, 404);
});

test('a witness that does not answer holds nobody up: the log goes on, and says so in its log alone', async () => {
  const dead: Server = createServer(() => {});
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
  const { port } = dead.address() as AddressInfo;
  const policy = policyText();
  const warnings: string[] = [];
  try {
    writeFileSync(policyFile, policy.replaceAll(/http:\/\/\S+/g, `http://127.0.0.1:${port}/witness`));
    const log = {
      debug() {},
      info() {},
      notice() {},
      error() {},
      warn: (text: string) => warnings.push(text),
    };
    await using world = await bootProduct({
      folder: folder.path,
      flags: [['--witness-ask', policyFile]],
      log: log as never,
    });
    await world.push('team/app', 'latest', one);
    const note = await (await world.send('GET', '/tlog/checkpoint')).text();
    assert.equal(judgeQuorum(note, parseWitnessPolicy(policy, 'f')).isReached, false);
    assert.deepEqual([...new Set(warnings)], ['a witness did not cosign a checkpoint']);
  } finally {
    writeFileSync(policyFile, policy);
    dead.closeAllConnections();
    dead.close();
  }
});
